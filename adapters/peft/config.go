package peft

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"

	"loradex/adapters/folder"
	"loradex/internal/fault"
)

// PEFT's file names.
const (
	ConfigFile  = folder.ConfigFile
	WeightsFile = "adapter_model.safetensors"
	PickleFile  = "adapter_model.bin"
)

const (
	maxRank    = 1 << 16
	maxStrings = 1 << 16
	maxPattern = 1 << 14 // bytes of one regular expression
)

// Bias says which biases the file replaces.
type Bias string

// The three values of PEFT's field `bias`.
const (
	BiasNone     Bias = "none"
	BiasAll      Bias = "all"       // of every layer of the model, normalisations included
	BiasLoraOnly Bias = "lora_only" // of the layers that have a LoRA
)

// config is an adapter_config.json, checked. What a type has no field for stays at its default. Fields that only steer training are dropped.
type config struct {
	BaseModel     string // base_model_name_or_path; may be empty
	R             int
	Alpha         float64
	RSLoRA        bool // scale α/√r
	DoRA          bool // every adapted layer has a magnitude vector
	Bias          Bias
	ModulesToSave []string // heads that an encoder does not run; their tensors are ignored

	target   matcher // target_modules
	exclude  matcher // exclude_modules
	layers   layerFilter
	ranks    patterns // rank_pattern
	alphas   patterns // alpha_pattern
	toIgnore matcher  // modules_to_save
	format   format
	read     readLayer
}

// parseConfig decodes the text of an adapter_config.json; name stands in messages.
//
// Errors: Corrupt for what is not JSON or has values of the wrong type, Unsupported (naming the field) for what
// would change the mathematics in a way that is not implemented.
func parseConfig(name string, text []byte) (*config, error) {
	if len(text) > folder.MaxConfig {
		return nil, fault.New(fault.Corrupt, "%s: more than %d bytes", name, folder.MaxConfig)
	}
	raw := map[string]json.RawMessage{}
	if err := json.Unmarshal(text, &raw); err != nil {
		return nil, fault.Wrap(fault.Corrupt, err, "%s: not a JSON object", name)
	}
	format, err := formatOf(name, raw)
	if err != nil {
		return nil, err
	}
	read, err := format.open(name, raw)
	if err != nil {
		return nil, err
	}
	if err := format.check(name, raw); err != nil {
		return nil, err
	}
	c, err := decodeConfig(raw)
	if err != nil {
		var f *fault.Error
		if errors.As(err, &f) {
			return nil, fault.Wrap(f.Code, err, "%s", name).WithHint("%s", f.Hint)
		}
		return nil, fault.Wrap(fault.Corrupt, err, "%s", name)
	}
	c.format, c.read = format, read
	return c, nil
}

// method is the key of the table of methods.
func (c *config) method() string {
	if c.DoRA {
		return "dora"
	}
	return c.format.methods[0]
}

func decodeConfig(raw map[string]json.RawMessage) (*config, error) {
	c := &config{R: 8, Alpha: 8, Bias: BiasNone} // PEFT's defaults
	r := float64(c.R)
	var target, exclude, layersPattern oneOrMany[string]
	var layers oneOrMany[int]
	var ranks, alphas orderedNumbers
	for _, f := range []struct {
		key string
		dst any
	}{
		{"base_model_name_or_path", &c.BaseModel},
		{"r", &r},
		{"lora_alpha", &c.Alpha},
		{"use_rslora", &c.RSLoRA},
		{"use_dora", &c.DoRA},
		{"bias", &c.Bias},
		{"modules_to_save", &c.ModulesToSave},
		{"target_modules", &target},
		{"exclude_modules", &exclude},
		{"layers_to_transform", &layers},
		{"layers_pattern", &layersPattern},
		{"rank_pattern", &ranks},
		{"alpha_pattern", &alphas},
	} {
		if v, ok := raw[f.key]; ok && !isNull(v) {
			if err := json.Unmarshal(v, f.dst); err != nil {
				return nil, fmt.Errorf("field %s: %w", f.key, err)
			}
		}
	}
	var err error
	if c.R, err = rank("r", r); err != nil {
		return nil, err
	}
	if err := inRange("lora_alpha", c.Alpha); err != nil {
		return nil, err
	}
	switch c.Bias {
	case BiasNone, BiasAll, BiasLoraOnly:
	default:
		return nil, fault.New(fault.Unsupported, "field bias is %q, not none, all or lora_only", string(c.Bias))
	}
	if c.toIgnore, err = headMatcher(c.ModulesToSave); err != nil {
		return nil, err
	}
	if len(target.list) == 0 {
		return nil, errors.New("field target_modules is missing: which layers the adapter is for is unknown")
	}
	if target.single && len(layers.list)+len(layersPattern.list) > 0 {
		return nil, errors.New("field layers_to_transform or layers_pattern is set, but target_modules is a pattern")
	}
	if c.target, err = newMatcher("target_modules", target); err != nil {
		return nil, err
	}
	if c.exclude, err = newMatcher("exclude_modules", exclude); err != nil {
		return nil, err
	}
	if c.layers, err = newLayerFilter(layers, layersPattern); err != nil {
		return nil, err
	}
	for _, e := range ranks {
		if _, err := rank("rank_pattern", e.value); err != nil {
			return nil, err
		}
	}
	for _, e := range alphas {
		if err := inRange("alpha_pattern", e.value); err != nil {
			return nil, err
		}
	}
	if c.ranks, err = newPatterns("rank_pattern", ranks); err != nil {
		return nil, err
	}
	c.alphas, err = newPatterns("alpha_pattern", alphas)
	return c, err
}

// rank is the rank that the configuration gives a layer. Key is the layer's path as PEFT saw it, prefixes included.
func (c *config) rank(key string) int {
	if v, ok := c.ranks.find(key); ok {
		return int(v)
	}
	return c.R
}

// scale is the factor of B·A at a layer: α/r, or α/√r for rsLoRA, with the layer's own α and r.
func (c *config) scale(key string) float64 {
	alpha, ok := c.alphas.find(key)
	if !ok {
		alpha = c.Alpha
	}
	r := float64(c.rank(key))
	if c.RSLoRA {
		return alpha / math.Sqrt(r)
	}
	return alpha / r
}

// targets says whether the configuration puts a LoRA on the linear layer with this path (prefixes included).
func (c *config) targets(key string) bool {
	if c.exclude.match(key) || c.toIgnore.match(key) || !c.target.match(key) {
		return false
	}
	return c.target.full != nil || c.layers.match(key) // an expression leaves layers_to_transform no say
}

func rank(field string, v float64) (int, error) {
	if v != math.Trunc(v) || v < 1 || v > maxRank {
		return 0, fmt.Errorf("field %s: rank %v is not a whole number between 1 and %d", field, v, maxRank)
	}
	return int(v), nil
}

func inRange(field string, v float64) error {
	if math.IsNaN(v) || math.Abs(v) > math.MaxFloat32 {
		return fmt.Errorf("field %s: %v is out of range", field, v)
	}
	return nil
}

func isNull(v json.RawMessage) bool { return bytes.Equal(bytes.TrimSpace(v), []byte("null")) }

// oneOrMany is a JSON value or a list of such. PEFT takes an empty list, or text, for none.
type oneOrMany[T comparable] struct {
	single bool
	list   []T
}

func (s *oneOrMany[T]) UnmarshalJSON(text []byte) error {
	var one T
	if json.Unmarshal(text, &one) == nil {
		s.single = true
		if any(one) != any("") {
			s.list = []T{one}
		}
		return nil
	}
	if json.Unmarshal(text, &s.list) != nil {
		if _, isText := any(one).(string); isText {
			return errors.New("neither a string nor a list of strings")
		}
		return errors.New("neither an integer nor a list of integers")
	}
	if len(s.list) > maxStrings {
		return fmt.Errorf("more than %d entries", maxStrings)
	}
	return nil
}

// orderedNumbers is a JSON object of numbers in the file's order: PEFT uses the first pattern that matches.
type orderedNumbers []number

type number struct {
	key   string
	value float64
}

func (o *orderedNumbers) UnmarshalJSON(text []byte) error {
	dec := json.NewDecoder(bytes.NewReader(text))
	if tok, err := dec.Token(); err != nil || tok != json.Delim('{') {
		return errors.New("not an object")
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return err
		}
		var value float64
		if err := dec.Decode(&value); err != nil {
			return fmt.Errorf("%q: %w", key, err)
		}
		if len(*o) == maxStrings {
			return fmt.Errorf("more than %d entries", maxStrings)
		}
		name, _ := key.(string) // an object's key token is a string
		*o = append(*o, number{name, value})
	}
	if _, err := dec.Token(); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}
