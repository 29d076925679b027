package adapterhub

import (
	"fmt"

	"loradex/adapters/delta"
)

// ia3Form is (IA)³ as the library has it: (W x + b) ⊙ α·l, on outputs alone, those of feed-forward layers too.
func ia3Form() form {
	return form{
		method: "ia3", architecture: "lora", mode: "scale", holder: "loras", fields: loraFields(), open: openIA3,
		parts: map[string]int{"lora_B": 2}, // [out, 1]
	}
}

func openIA3(s settings) (method, error) {
	l, err := decodeLoRA(s) // its settings and their defaults are LoRA's
	if err == nil && l.R != 1 {
		err = s.corrupt("field config.r is %d; (IA)³ has 1", l.R)
	}
	return ia3{l}, err
}

type ia3 struct{ lora }

func (l ia3) read(m *module) (delta.Update, error) {
	t, err := m.need("lora_B")
	if err != nil {
		return delta.Update{}, err
	}
	if t[0].shape[1] != 1 {
		return delta.Update{}, m.corrupt(fmt.Sprintf("lora_B has shape %v, not [out, 1]", t[0].shape))
	}
	return delta.Update{Site: m.path, Out: t[0].shape[0], Outputs: scaled(t[0].values, float32(l.Alpha))}, nil
}

// scaled is values times f; the values themselves where that is 1.
func scaled(values []float32, f float32) []float32 {
	if f == 1 {
		return values
	}
	out := make([]float32, len(values))
	for i, v := range values {
		out[i] = f * v
	}
	return out
}
