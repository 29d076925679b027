package peft

import (
	"cmp"
	"encoding/json"
	"maps"
	"math"
	"path/filepath"
	"slices"

	"loradex/adapters/delta"
	"loradex/adapters/safetensors"
	"loradex/internal/atomicfile"
	"loradex/internal/fault"
)

// WriteOptions says what the updates do not.
type WriteOptions struct {
	Type      string  // peft_type; default LORA
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
// itself, read the same updates from them. Updates are keyed by the path of their site. Each file is replaced atomically, the
// configuration last; for all or nothing, write to a new folder and rename it.
//
// Errors: Invalid for updates that contradict themselves or each other, or that the type cannot say; Unavailable where a file
// cannot be written.
func Write(dir string, updates map[string]delta.Update, o WriteOptions) error {
	if err := o.Validate(); err != nil {
		return err
	}
	o.Type = cmp.Or(o.Type, "LORA")
	f, ok := formatNamed(o.Type)
	if !ok {
		return fault.New(fault.Unsupported, "peft_type %q cannot be written", o.Type)
	}
	ordered, err := ordered(updates)
	if err != nil {
		return err
	}
	config := map[string]any{
		"peft_type": o.Type, "task_type": cmp.Or(o.TaskType, "FEATURE_EXTRACTION"), "base_model_name_or_path": o.BaseModel,
		"inference_mode": true, "modules_to_save": nil,
	}
	tensors, err := f.write(config, ordered, o)
	if err != nil {
		return err
	}
	text, err := json.MarshalIndent(config, "", "  ")
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "%s", ConfigFile)
	}
	text = append(text, '\n')
	if err := verify(f, text, tensors, ordered); err != nil {
		return err
	}
	// transformers and PEFT refuse a file that does not say which library's layout it has.
	meta := map[string]string{"format": "pt"}
	if err := safetensors.Write(filepath.Join(dir, WeightsFile), tensors, meta); err != nil {
		return err
	}
	if err := atomicfile.WriteBytes(filepath.Join(dir, ConfigFile), 0o644, text); err != nil {
		return fault.Wrap(fault.Unavailable, err, "%s: cannot write", filepath.Join(dir, ConfigFile))
	}
	return nil
}

// ordered checks the updates and returns copies of them with their paths, sorted by those.
func ordered(updates map[string]delta.Update) ([]delta.Update, error) {
	var out []delta.Update
	for _, path := range slices.Sorted(maps.Keys(updates)) {
		u := updates[path]
		u.Site = path
		if path == "" {
			return nil, fault.New(fault.Invalid, "a layer has no path")
		}
		if why := u.Malformed(); why != "" {
			return nil, fault.New(fault.Invalid, "layer %s: %s", path, why)
		}
		for _, b := range u.Branches {
			if b.Rank > maxRank || math.IsNaN(float64(b.Scale)) || math.IsInf(float64(b.Scale), 0) {
				return nil, fault.New(fault.Invalid, "layer %s: rank %d, scale %v", path, b.Rank, b.Scale)
			}
		}
		out = append(out, u)
	}
	return out, nil
}
