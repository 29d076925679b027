package model

import (
	"path/filepath"

	"loradex/adapters/safetensors"
	"loradex/internal/fault"
)

// WriteWith makes the folder of a model with other numbers in some of its tensors, by their canonical names: the frame of m and all its
// tensors, heads too, under the names that its files have, so that plain tools load it. What is changed is fp32; the rest stays
// as it is stored. dir must exist and be empty. Unsupported for a model in integers.
func (m *Model) WriteWith(dir string, changed map[string][]float32) error {
	if m.Quantized != nil {
		return fault.New(fault.Unsupported, "model %s is in integers, which would round what is added to its weights", m.Name).
			WithHint("use its twin in floats, %s", m.Quantized.Twin.Name)
	}
	transformer, err := m.CopyFrame(dir)
	if err != nil {
		return err
	}
	tensors, missing := make([]safetensors.Tensor, 0, len(m.weights.sources)), len(changed)
	for name, src := range m.weights.sources {
		t, _ := src.file.Tensor(src.name)
		if values, ok := changed[name]; ok {
			missing--
			n := 1
			for _, d := range t.Shape {
				n *= d
			}
			if n != len(values) {
				return fault.New(fault.Internal, "tensor %q has %d numbers, not %d", name, n, len(values))
			}
			t = safetensors.FromFloat32(t.Name, t.Shape, values)
		}
		t.Name = src.name
		tensors = append(tensors, t)
	}
	if missing != 0 {
		return fault.New(fault.Internal, "model %s lacks %d tensors that were to change", m.Name, missing)
	}
	return safetensors.Write(filepath.Join(transformer, "model.safetensors"), tensors, map[string]string{"format": "pt"})
}
