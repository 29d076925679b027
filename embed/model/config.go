package model

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"loradex/internal/fault"
)

// Families of encoders. XLM-RoBERTa has the graph of RoBERTa and is reported as it.
const (
	FamilyBERT    = "bert"
	FamilyRoBERTa = "roberta"
)

// Activations of the feed-forward layers, after the many names of config.json are mapped to one each.
const (
	ActGELU     = "gelu"      // x/2 · (1 + erf(x/√2))
	ActGELUTanh = "gelu_tanh" // x/2 · (1 + tanh(√(2/π) · (x + 0.044715·x³)))
	ActReLU     = "relu"      // max(x, 0)
	ActSiLU     = "silu"      // x · σ(x)
	ActTanh     = "tanh"      // tanh(x)
	ActSigmoid  = "sigmoid"   // σ(x)
)

// activations maps hidden_act to the activations above. All names of one row are the same function up to the last
// digits of a constant. Others (mish, gelu_10, …) are refused by name.
var activations = map[string]string{
	"gelu": ActGELU, "gelu_python": ActGELU,
	"gelu_new": ActGELUTanh, "gelu_pytorch_tanh": ActGELUTanh, "gelu_fast": ActGELUTanh,
	"gelu_python_tanh": ActGELUTanh, "gelu_accurate": ActGELUTanh,
	"relu": ActReLU, "silu": ActSiLU, "swish": ActSiLU, "tanh": ActTanh, "sigmoid": ActSigmoid,
}

// Config is what the graph builder needs of config.json. All sizes are positive and bounded; Heads divides HiddenSize.
type Config struct {
	Family       string  `json:"family"` // FamilyBERT or FamilyRoBERTa
	HiddenSize   int     `json:"hidden_size"`
	Layers       int     `json:"layers"`
	Heads        int     `json:"heads"`
	Intermediate int     `json:"intermediate"` // width of the feed-forward layer
	VocabSize    int     `json:"vocab_size"`   // rows of the word embeddings
	MaxPositions int     `json:"max_positions"`
	TypeVocab    int     `json:"type_vocab"` // rows of the token type embeddings; every token has type 0
	PadID        int     `json:"pad_id"`
	LayerNormEps float64 `json:"layer_norm_eps"`
	Activation   string  `json:"activation"` // one of the Act constants
	// PositionOffset is the position of a row's first token: 0 for BERT, PadID+1 for RoBERTa, which counts positions
	// over the tokens that are not padding and leaves the rows up to PadID unused.
	PositionOffset int `json:"position_offset"`
}

// HeadSize is the width of one attention head.
func (c Config) HeadSize() int { return c.HiddenSize / c.Heads }

// PositionLimit is the longest sequence, special tokens included, that the position embeddings can serve.
func (c Config) PositionLimit() int { return c.MaxPositions - c.PositionOffset }

// Bounds on sizes that come from config.json. They are far above any published model of these families; what they
// stop is a size product that overflows before the shapes are compared with the weights.
const (
	maxWidth  = 1 << 16
	maxLayers = 1 << 10
	maxRows   = 1 << 24
)

// rawConfig is config.json as transformers writes it. A nil pointer takes the family's default.
type rawConfig struct {
	ModelType        string                     `json:"model_type"`
	HiddenSize       *int                       `json:"hidden_size"`
	Layers           *int                       `json:"num_hidden_layers"`
	Heads            *int                       `json:"num_attention_heads"`
	Intermediate     *int                       `json:"intermediate_size"`
	VocabSize        *int                       `json:"vocab_size"`
	MaxPositions     *int                       `json:"max_position_embeddings"`
	TypeVocab        *int                       `json:"type_vocab_size"`
	PadID            *int                       `json:"pad_token_id"`
	LayerNormEps     *float64                   `json:"layer_norm_eps"`
	HiddenAct        *string                    `json:"hidden_act"`
	PositionType     *string                    `json:"position_embedding_type"`
	IsDecoder        bool                       `json:"is_decoder"`
	IsEncoderDecoder bool                       `json:"is_encoder_decoder"`
	CrossAttention   bool                       `json:"add_cross_attention"`
	Quantization     json.RawMessage            `json:"quantization_config"`
	AutoMap          map[string]json.RawMessage `json:"auto_map"`
}

// readConfig reads config.json of the folder. allowDecoder admits is_decoder, for UniXcoder: its own code masks in
// both directions whatever the flag says.
func readConfig(dir string, allowDecoder bool) (Config, error) {
	path := filepath.Join(dir, "config.json")
	var raw rawConfig
	found, err := readJSON(path, &raw)
	if err != nil {
		return Config{}, err
	}
	if !found {
		return Config{}, fault.New(fault.NotFound, "%s: no such file; the folder holds no model", path).
			WithHint("name a folder with config.json, weights and a tokenizer, or run `loradex model pull`")
	}
	return raw.resolve(path, allowDecoder)
}

// resolve fills the defaults of the family and refuses what the encoder does not compute.
func (raw *rawConfig) resolve(path string, allowDecoder bool) (Config, error) {
	c := Config{
		HiddenSize: or(raw.HiddenSize, 768), Layers: or(raw.Layers, 12), Heads: or(raw.Heads, 12),
		Intermediate: or(raw.Intermediate, 3072), MaxPositions: or(raw.MaxPositions, 512),
		TypeVocab: or(raw.TypeVocab, 2), LayerNormEps: or(raw.LayerNormEps, 1e-12),
	}
	switch raw.ModelType {
	case "bert":
		c.Family, c.VocabSize, c.PadID = FamilyBERT, or(raw.VocabSize, 30522), or(raw.PadID, 0)
	case "roberta", "xlm-roberta":
		c.Family, c.VocabSize, c.PadID = FamilyRoBERTa, or(raw.VocabSize, 50265), or(raw.PadID, 1)
		c.PositionOffset = c.PadID + 1
	case "":
		return Config{}, fault.New(fault.Invalid, "%s: model_type is missing", path).
			WithHint("add \"model_type\": \"bert\" or \"roberta\"")
	default:
		return Config{}, fault.New(fault.Unsupported, "%s: model_type %q is not supported", path, raw.ModelType).
			WithHint("supported are bert, roberta and xlm-roberta")
	}
	act, known := activations[or(raw.HiddenAct, "gelu")]
	c.Activation = act
	refused := ""
	switch pos := or(raw.PositionType, "absolute"); {
	case pos != "absolute":
		refused = fmt.Sprintf("position_embedding_type %q", pos)
	case !known:
		refused = fmt.Sprintf("hidden_act %q", *raw.HiddenAct)
	case raw.IsDecoder && !allowDecoder:
		refused = "is_decoder true"
	case raw.IsEncoderDecoder:
		refused = "is_encoder_decoder true"
	case raw.CrossAttention:
		refused = "add_cross_attention true"
	case len(raw.Quantization) > 0 && string(raw.Quantization) != "null":
		refused = "quantization_config"
	case raw.AutoMap["AutoModel"] != nil:
		refused = "auto_map (a model with code of its own)"
	}
	if refused != "" {
		return Config{}, fault.New(fault.Unsupported, "%s: %s is not supported", path, refused)
	}
	return c, c.validate(path)
}

// validate checks the sizes, so that later code may multiply and allocate by them.
func (c Config) validate(path string) error {
	for _, f := range []struct {
		name       string
		value, max int
	}{
		{"hidden_size", c.HiddenSize, maxWidth},
		{"num_hidden_layers", c.Layers, maxLayers},
		{"num_attention_heads", c.Heads, maxWidth},
		{"intermediate_size", c.Intermediate, maxWidth},
		{"vocab_size", c.VocabSize, maxRows},
		{"max_position_embeddings", c.MaxPositions, maxRows},
		{"type_vocab_size", c.TypeVocab, maxRows},
	} {
		if f.value < 1 || f.value > f.max {
			return fault.New(fault.Invalid, "%s: %s is %d, want 1 to %d", path, f.name, f.value, f.max)
		}
	}
	switch {
	case c.HiddenSize%c.Heads != 0:
		return fault.New(fault.Invalid, "%s: num_attention_heads %d does not divide hidden_size %d", path, c.Heads, c.HiddenSize)
	case c.PadID < 0 || c.PadID >= c.VocabSize:
		return fault.New(fault.Invalid, "%s: pad_token_id %d is outside the vocabulary of %d", path, c.PadID, c.VocabSize)
	case !(c.LayerNormEps > 0 && c.LayerNormEps < 1):
		return fault.New(fault.Invalid, "%s: layer_norm_eps is %g, want a small positive number", path, c.LayerNormEps)
	case c.PositionLimit() < 8:
		return fault.New(fault.Invalid, "%s: max_position_embeddings %d leaves room for %d tokens; at least 8 are needed",
			path, c.MaxPositions, c.PositionLimit())
	}
	return nil
}

// TensorSpec names one tensor of the encoder and the shape that the configuration gives it.
type TensorSpec struct {
	Name  string // canonical: without "bert." or "roberta."
	Shape []int
}

// Tensors lists the tensors that the encoder's graph needs, in graph order. Linear weights are [out, in].
func (c Config) Tensors() []TensorSpec {
	h, f := c.HiddenSize, c.Intermediate
	specs := []TensorSpec{
		{"embeddings.word_embeddings.weight", []int{c.VocabSize, h}},
		{"embeddings.position_embeddings.weight", []int{c.MaxPositions, h}},
		{"embeddings.token_type_embeddings.weight", []int{c.TypeVocab, h}},
		{"embeddings.LayerNorm.weight", []int{h}},
		{"embeddings.LayerNorm.bias", []int{h}},
	}
	for i := range c.Layers {
		prefix := fmt.Sprintf("encoder.layer.%d.", i)
		for _, l := range []struct {
			name  string
			shape []int
		}{
			{"attention.self.query", []int{h, h}},
			{"attention.self.key", []int{h, h}},
			{"attention.self.value", []int{h, h}},
			{"attention.output.dense", []int{h, h}},
			{"attention.output.LayerNorm", []int{h}},
			{"intermediate.dense", []int{f, h}},
			{"output.dense", []int{h, f}},
			{"output.LayerNorm", []int{h}},
		} {
			specs = append(specs, TensorSpec{prefix + l.name + ".weight", l.shape},
				TensorSpec{prefix + l.name + ".bias", l.shape[:1]})
		}
	}
	return specs
}

// or is *p, or def where p is nil.
func or[T any](p *T, def T) T {
	if p == nil {
		return def
	}
	return *p
}

// sameShape tells whether two shapes are equal.
func sameShape(a, b []int) bool { return slices.Equal(a, b) }

// shapeText writes a shape as [2 3].
func shapeText(shape []int) string { return strings.ReplaceAll(fmt.Sprint(shape), " ", ", ") }
