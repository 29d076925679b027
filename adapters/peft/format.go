package peft

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"loradex/adapters/delta"
	"loradex/adapters/folder"
	"loradex/adapters/safetensors"
	"loradex/internal/fault"
)

// format is one peft_type. To add one: a file with its format, and a line in formats.
type format struct {
	name    string                // peft_type, in upper case
	methods []string              // keys of the table of methods
	fields  map[string]folder.Use // of adapter_config.json, beside those of every type
	parts   []part                // of a layer in the file
	shared  []string              // names of tensors of the whole file, all matrices
	kind    delta.Kind            // of the sites that target_modules speaks of
	// open reads what is the type's own in a configuration, and returns how layers are read. name stands in messages.
	open func(name string, raw map[string]json.RawMessage) (readLayer, error)
	// write adds the type's own fields to a configuration, and lists the tensors. Updates are sorted by path.
	write func(config map[string]any, updates []delta.Update, o WriteOptions) ([]safetensors.Tensor, error)
}

func formats() []format { return []format{loraFormat(), ia3Format(), lnTuningFormat(), veraFormat()} }

// TypeOf is the peft_type of a method; false where PEFT has none.
func TypeOf(method string) (string, bool) {
	all := formats()
	i := slices.IndexFunc(all, func(f format) bool { return slices.Contains(f.methods, method) })
	if i < 0 {
		return "", false
	}
	return all[i].name, true
}

// readLayer makes an update of what the file holds for one layer.
type readLayer func(c *config, l *layer) (delta.Update, error)

// formatNamed finds the format of a peft_type; false where there is none.
func formatNamed(name string) (format, bool) {
	all := formats()
	if i := slices.IndexFunc(all, func(f format) bool { return f.name == name }); i >= 0 {
		return all[i], true
	}
	return format{}, false
}

// formatOf finds the format of a configuration; name stands in messages.
func formatOf(name string, raw map[string]json.RawMessage) (format, error) {
	v, ok := raw["peft_type"]
	if !ok || isNull(v) {
		return format{}, fault.Wrap(fault.Corrupt, fmt.Errorf("field peft_type is missing: not a PEFT adapter"), "%s", name)
	}
	var t string
	if err := json.Unmarshal(v, &t); err != nil {
		return format{}, fault.Wrap(fault.Corrupt, fmt.Errorf("field peft_type: %w", err), "%s", name)
	}
	t = strings.ToUpper(t)
	f, ok := formatNamed(t)
	if !ok {
		var known []string
		for _, f := range formats() {
			known = append(known, f.name)
		}
		return format{}, fault.New(fault.Unsupported, "%s: field peft_type is %.40q; this build reads %s", name, t, strings.Join(known, ", "))
	}
	return f, nil
}

// commonFields are those of every peft_type, as of PEFT 0.21.
var commonFields = map[string]folder.Use{
	"base_model_name_or_path": folder.Used, "modules_to_save": folder.Used, "target_modules": folder.Used, "exclude_modules": folder.Used,
	"peft_type": folder.Used,

	"auto_mapping": folder.Harmless, "revision": folder.Harmless, "task_type": folder.Harmless, "inference_mode": folder.Harmless,
	"peft_version":   folder.Harmless,
	"fan_in_fan_out": folder.Harmless, // how the base stores its weight; adapters are stored alike either way
}

// check refuses a field that we cannot serve.
func (f format) check(name string, raw map[string]json.RawMessage) error {
	fields := maps.Clone(commonFields)
	maps.Copy(fields, f.fields)
	key, known := folder.Unserved(raw, fields)
	switch {
	case key == "":
		return nil
	case known:
		return fault.New(fault.Unsupported, "%s: field %s is set (%.60s); it changes what the adapter computes and is not supported", name, key, raw[key])
	}
	return fault.New(fault.Unsupported, "%s: field %.60s is unknown and not off (%.60s); whether it changes the result cannot be told", name, key, raw[key]).
		WithHint("remove the field if it does not matter for inference")
}

// layer is what a file holds for one layer.
type layer struct {
	file        string // path, for messages
	module, key string // path in the encoder, and as PEFT saw it
	tensors     map[string]tensor
	shared      map[string]tensor // of the whole file, by name
}

// tensor is one part of a layer.
type tensor struct {
	shape  []int
	values []float32
}

// at is the values of a part; nil where the file has none.
func (l *layer) at(part string) []float32 { return l.tensors[part].values }

// size is one dimension of a part; 0 where the file has none.
func (l *layer) size(part string, axis int) int {
	if t := l.tensors[part]; t.shape != nil {
		return t.shape[axis]
	}
	return 0
}

// agreed is the first dimension of the parts that the file has, which must be the same.
func (l *layer) agreed(names ...string) (int, error) {
	first := 0
	for _, name := range names {
		n := l.size(name, 0)
		if first != 0 && n != 0 && n != first {
			return 0, l.corrupt("%v have different lengths, %d and %d", names, first, n)
		}
		first = max(first, n)
	}
	return first, nil
}

func (l *layer) corrupt(format string, args ...any) error {
	return fault.New(fault.Corrupt, "%s: layer %s: "+format, append([]any{l.file, l.key}, args...)...)
}
