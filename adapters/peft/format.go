package peft

import (
	"encoding/json"
	"slices"

	"loradex/adapters/delta"
	"loradex/adapters/safetensors"
	"loradex/internal/fault"
)

// format is one peft_type. To add one: a file with its format, and a line in formats.
type format struct {
	name   string              // peft_type, in upper case
	fields map[string]fieldUse // of adapter_config.json, beside those of every type
	parts  []part              // of a layer in the file
	// open reads what is the type's own in a configuration, and returns how layers are read. name stands in messages.
	open func(name string, raw map[string]json.RawMessage) (readLayer, error)
	// write adds the type's own fields to a configuration, and lists the tensors. Updates are sorted by path.
	write func(config map[string]any, updates []delta.Update, o WriteOptions) ([]safetensors.Tensor, error)
}

func formats() []format { return []format{ia3Format(), loraFormat()} }

// readLayer makes an update of what the file holds for one layer.
type readLayer func(c *Config, l *layer) (delta.Update, error)

// formatOf finds the format of a peft_type.
func formatOf(name string) (format, bool) {
	all := formats()
	if i := slices.IndexFunc(all, func(f format) bool { return f.name == name }); i >= 0 {
		return all[i], true
	}
	return format{}, false
}

// layer is what a file holds for one layer.
type layer struct {
	file        string // path, for messages
	module, key string // path in the encoder, and as PEFT saw it
	tensors     map[string]tensor
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
