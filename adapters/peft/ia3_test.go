package peft

import (
	"fmt"
	"strings"
	"testing"

	"loradex/adapters/delta"
	"loradex/adapters/safetensors"
	"loradex/internal/fault"
)

// ia3 is a configuration of (IA)³ with some fields changed.
func ia3(changes map[string]string) map[string]string {
	config := map[string]string{
		"peft_type": `"IA3"`, "target_modules": `["key", "output.dense"]`, "feedforward_modules": `["output.dense"]`,
		"r": "", "lora_alpha": "", "lora_dropout": "", "bias": "", "megatron_core": "", "qalora_group_size": "",
	}
	for key, text := range changes {
		config[key] = text
	}
	return config
}

func vector(path string, shape ...int) safetensors.Tensor {
	return f32(prefix+path+".ia3_l", shape...)
}

func TestOpenIA3(t *testing.T) {
	const key, out = "encoder.layer.0.attention.self.key", "encoder.layer.0.output.dense"
	f, err := open(t, ia3(nil), vector("bert."+key, 3, 1), vector("bert."+out, 1, 4))
	if err != nil {
		t.Fatal(err)
	}
	k, o := f.Updates[key], f.Updates[out]
	if fmt.Sprint(k.Outputs) != "[1 2 3]" || k.Out != 3 || k.In != 0 || k.Inputs != nil || fmt.Sprint(o.Inputs) != "[1 2 3 4]" || o.In != 4 || o.Out != 0 || f.prefix != "bert." {
		t.Errorf("%+v %+v", k, o)
	}
	// Ends of paths need not begin at a dot, unlike those of target_modules; an expression is for the whole.
	for _, modules := range []string{`["put.dense"]`, `".*dense"`} {
		if f, err := open(t, ia3(map[string]string{"feedforward_modules": modules}), vector(out, 1, 4)); err != nil || f.Updates[out].Inputs == nil {
			t.Errorf("%s: %v", modules, err)
		}
	}
	if f, err := open(t, ia3(map[string]string{"feedforward_modules": "[]"}), vector(out, 4, 1)); err != nil || f.Updates[out].Outputs == nil {
		t.Error(err)
	}
}

func TestOpenIA3Refuses(t *testing.T) {
	const key = "encoder.layer.0.attention.self.key"
	for name, tt := range map[string]struct {
		changes map[string]string
		tensor  safetensors.Tensor
		code    fault.Code
		part    string
	}{
		"no feedforward":   {map[string]string{"feedforward_modules": ""}, vector(key, 3, 1), fault.Unsupported, "feedforward_modules"},
		"null":             {map[string]string{"feedforward_modules": "null"}, vector(key, 3, 1), fault.Unsupported, "feedforward_modules"},
		"a number":         {map[string]string{"feedforward_modules": "3"}, vector(key, 3, 1), fault.Corrupt, "feedforward_modules"},
		"a bad expression": {map[string]string{"feedforward_modules": `"("`}, vector(key, 3, 1), fault.Unsupported, "feedforward_modules"},
		"of the other":     {nil, vector(key, 1, 3), fault.Corrupt, "feedforward_modules"},
		"a matrix":         {nil, vector(key, 3, 2), fault.Corrupt, key},
		"not targeted":     {nil, vector("encoder.layer.0.attention.self.query", 3, 1), fault.Corrupt, "target_modules"},
		"a LoRA":           {nil, pair(key)[0], fault.Unsupported, "lora_A"},
		"a LoRA's field":   {map[string]string{"use_dora": "true"}, vector(key, 3, 1), fault.Unsupported, "use_dora"},
		"one dimension":    {nil, vector(key, 3), fault.Unsupported, key},
	} {
		_, err := open(t, ia3(tt.changes), tt.tensor)
		if fault.CodeOf(err) != tt.code || !strings.Contains(fmt.Sprint(err), tt.part) {
			t.Errorf("%s: %v (%s), want %s naming %q", name, err, fault.CodeOf(err), tt.code, tt.part)
		}
	}
}

func TestWriteIA3(t *testing.T) {
	layers := []string{"a.key", "a.output.dense", "a.attention.output.dense"}
	updates := map[string]delta.Update{
		"a.key":                    {Out: 2, Outputs: []float32{1, 2}},
		"a.output.dense":           {In: 3, Inputs: []float32{1, 2, 3}},
		"a.attention.output.dense": {Out: 2, Outputs: []float32{3, 4}},
	}
	f, _ := written(t, updates, WriteOptions{Type: "IA3", Layers: layers})
	for path, want := range updates {
		if got := f.Updates[path]; fmt.Sprint(got.Inputs, got.Outputs) != fmt.Sprint(want.Inputs, want.Outputs) {
			t.Errorf("%s: %+v", path, got)
		}
	}
	for name, bad := range map[string]map[string]delta.Update{
		"nothing": {},
		"both":    {"a.key": {Out: 2, Outputs: []float32{1, 2}, In: 2, Inputs: []float32{1, 2}}},
		"a bias":  {"a.key": {Out: 2, Shift: []float32{1, 2}, Whole: true}},
	} {
		if err := Write(t.TempDir(), bad, WriteOptions{Type: "IA3"}); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}
