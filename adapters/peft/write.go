package peft

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"loradex/adapters/safetensors"
	"loradex/internal/atomicfile"
	"loradex/internal/fault"
)

// WriteOptions says what the sites do not.
type WriteOptions struct {
	BaseModel string  // base_model_name_or_path
	TaskType  string  // default FEATURE_EXTRACTION
	Dropout   float64 // lora_dropout of the training, for the record; 0 to 1
	RSLoRA    bool    // scales are written as α/√r, not as α/r
	// Layers lists the paths of all linear layers of the base. With it target_modules is short ("query"); without, it lists
	// every site's path.
	Layers []string
}

// Validate refuses values that cannot be written.
func (o WriteOptions) Validate() error {
	if !(o.Dropout >= 0 && o.Dropout <= 1) {
		return fault.New(fault.Invalid, "dropout %v is not between 0 and 1", o.Dropout)
	}
	return nil
}

// Write makes adapter_config.json and adapter_model.safetensors in the folder dir, which exists, so that [Open], and PEFT
// itself, read the same sites from them. Sites are keyed by module path; a Key that is empty is that path. Either all low-rank
// sites have a Magnitude (DoRA) or none. Each file is replaced atomically, the configuration last; for all or
// nothing, write to a new folder and rename it.
//
// The commonest rank and α become r and lora_alpha, others patterns: PEFT has α, not the scale, in its files.
//
// Errors: Invalid for sites that contradict themselves or each other, Unavailable where a file cannot be written.
func Write(dir string, sites map[string]*Site, o WriteOptions) error {
	if err := o.Validate(); err != nil {
		return err
	}
	ordered, err := ordered(sites)
	if err != nil {
		return err
	}
	text, err := encodeConfig(ordered, o)
	if err != nil {
		return err
	}
	if err := verify(text, ordered); err != nil {
		return err
	}
	// transformers and PEFT refuse a file that does not say which library's layout it has.
	meta := map[string]string{"format": "pt"}
	if err := safetensors.Write(filepath.Join(dir, WeightsFile), encodeSites(ordered), meta); err != nil {
		return err
	}
	err = atomicfile.Write(filepath.Join(dir, ConfigFile), 0o644, func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
	if err != nil {
		return fault.Wrap(fault.Unavailable, err, "%s: cannot write", filepath.Join(dir, ConfigFile))
	}
	return nil
}

// ordered checks the sites and returns copies of them with their keys, by key.
func ordered(sites map[string]*Site) ([]Site, error) {
	var out []Site
	dora, plain := 0, 0
	for _, module := range slices.Sorted(maps.Keys(sites)) {
		s := *sites[module]
		s.Module, s.Key = module, cmp.Or(s.Key, module)
		bad := func(format string, args ...any) error {
			return fault.New(fault.Invalid, "layer %s: %s", module, fmt.Sprintf(format, args...))
		}
		switch {
		case module == "":
			return nil, bad("it has no path")
		case s.Rank < 0 || s.Rank > maxRank || s.Out < 1 || s.Rank > 0 && s.In < 1:
			return nil, bad("rank %d, %d → %d", s.Rank, s.In, s.Out)
		case len(s.A) != s.Rank*s.In || len(s.B) != s.Out*s.Rank:
			return nil, bad("A and B hold %d and %d numbers, which rank %d and %d → %d contradict", len(s.A), len(s.B), s.Rank, s.In, s.Out)
		case s.Bias != nil && len(s.Bias) != s.Out, s.Magnitude != nil && len(s.Magnitude) != s.Out:
			return nil, bad("bias or magnitude is not of length %d", s.Out)
		case s.Rank == 0 && s.Bias == nil:
			return nil, bad("neither a low-rank update nor a bias")
		case s.Rank == 0 && s.Magnitude != nil:
			return nil, bad("a magnitude without a low-rank update")
		case math.IsNaN(s.Scale) || math.IsInf(s.Scale, 0):
			return nil, bad("scale %v", s.Scale)
		}
		if s.Magnitude != nil {
			dora++
		} else if s.Rank > 0 {
			plain++
		}
		out = append(out, s)
	}
	if dora+plain == 0 {
		return nil, fault.New(fault.Invalid, "no layer has a low-rank update")
	}
	if dora > 0 && plain > 0 {
		return nil, fault.New(fault.Invalid, "%d layers have a magnitude and %d have none: one adapter is DoRA or is not", dora, plain)
	}
	slices.SortFunc(out, func(a, b Site) int { return strings.Compare(a.Key, b.Key) })
	return out, nil
}

func encodeSites(sites []Site) []safetensors.Tensor {
	var out []safetensors.Tensor
	add := func(name string, shape []int, values []float32) {
		out = append(out, safetensors.FromFloat32(keyPrefix+name, shape, values))
	}
	for _, s := range sites {
		bias := suffixBias
		if s.Rank > 0 {
			add(s.Key+suffixA, []int{s.Rank, s.In}, s.A)
			add(s.Key+suffixB, []int{s.Out, s.Rank}, s.B)
			bias = suffixBaseBias
		}
		if s.Magnitude != nil {
			add(s.Key+suffixMagnitude, []int{s.Out}, s.Magnitude)
		}
		if s.Bias != nil {
			add(s.Key+bias, []int{s.Out}, s.Bias)
		}
	}
	return out
}
