package peft

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"loradex/adapters/delta"
	"loradex/adapters/safetensors"
	"loradex/internal/fault"
)

// vera is a configuration of VeRA with some fields changed.
func vera(changes map[string]string) map[string]string {
	config := map[string]string{
		"peft_type": `"VERA"`, "r": "2", "target_modules": `["key", "output.dense"]`, "save_projection": "true", "bias": `"none"`,
		"lora_alpha": "", "lora_dropout": "", "megatron_core": "", "qalora_group_size": "",
	}
	for key, text := range changes {
		config[key] = text
	}
	return config
}

const veraKey, veraOut = "encoder.layer.0.attention.self.key", "encoder.layer.0.output.dense"

// veraTensors are two matrices for layers of at most four inputs and three outputs, and two layers.
func veraTensors() []safetensors.Tensor {
	return []safetensors.Tensor{
		f32(veraA, 2, 4), f32(veraB, 3, 2),
		f32(prefix+veraKey+".vera_lambda_d", 2), f32(prefix+veraKey+".vera_lambda_b", 3),
		f32(prefix+veraOut+".vera_lambda_d", 2), f32(prefix+veraOut+".vera_lambda_b", 1),
	}
}

func TestOpenVeRA(t *testing.T) {
	f, err := open(t, vera(nil), veraTensors()...)
	if err != nil {
		t.Fatal(err)
	}
	k, o := f.Updates[veraKey], f.Updates[veraOut]
	if k.In != 0 || k.Out != 3 || o.Out != 1 || k.Rank() != 2 || k.Params() != 5 || &k.Projected.A[0] != &o.Projected.A[0] || fmt.Sprint(k.Projected.Up) != "[1 2 3]" || f.Method != "vera" {
		t.Errorf("%+v %+v", k.Projected, o.Projected)
	}
	written(t, f.Updates, WriteOptions{Type: "VERA"})
}

func TestOpenVeRARefusals(t *testing.T) {
	all := veraTensors()
	for words, c := range map[string]struct {
		config  map[string]string
		tensors []safetensors.Tensor
		code    fault.Code
	}{
		"save_projection is false":       {map[string]string{"save_projection": "false"}, all[2:], fault.Unsupported},
		"without the shared matrices":    {nil, all[1:], fault.Unsupported},
		"not both":                       {nil, all[:3], fault.Corrupt},
		"field r gives 3":                {map[string]string{"r": "3"}, all, fault.Corrupt},
		"field r is missing":             {map[string]string{"r": ""}, all, fault.Corrupt},
		"vera_B only 3":                  {nil, append(all[:2:2], f32(prefix+veraKey+".vera_lambda_d", 2), f32(prefix+veraKey+".vera_lambda_b", 4)), fault.Corrupt},
		"leaves it out":                  {map[string]string{"target_modules": `["key"]`}, all, fault.Corrupt},
		"is no part of an adapter":       {nil, append(all[:len(all):len(all)], f32(prefix+veraKey+".lora_A.weight", 2, 4)), fault.Unsupported},
		"only linear layers can be":      {nil, append(all[1:len(all):len(all)], f32(veraA, 8)), fault.Unsupported},
		"bias is \"vera_only\"":          {map[string]string{"bias": `"vera_only"`}, all, fault.Unsupported},
		"projection of another is unkno": {map[string]string{"projection of another is unkno": "1"}, all, fault.Unsupported},
	} {
		if _, err := open(t, vera(c.config), c.tensors...); fault.CodeOf(err) != c.code || !strings.Contains(err.Error(), words) {
			t.Errorf("%q: %v", words, err)
		}
	}
}

// lnTuning is a configuration of LN tuning with some fields changed.
func lnTuning(changes map[string]string) map[string]string {
	config := vera(map[string]string{"peft_type": `"LN_TUNING"`, "r": "", "target_modules": `["LayerNorm"]`, "save_projection": "", "bias": ""})
	for key, text := range changes {
		config[key] = text
	}
	return config
}

func TestOpenLNTuning(t *testing.T) {
	const norm = "encoder.layer.0.output.LayerNorm"
	weight, bias := f32(prefix+norm+".ln_tuning_layers.weight", 3), f32(prefix+norm+".ln_tuning_layers.bias", 3)
	f, err := open(t, lnTuning(nil), weight, bias)
	if err != nil {
		t.Fatal(err)
	}
	u := f.Updates[norm]
	if fmt.Sprint(u.Gains, u.Shift, u.Whole, u.Out, f.Method) != "[1 2 3] [1 2 3] true 3ln_tuning" || !f.Targets(delta.Site{Path: norm, Kind: delta.Norm}) || f.Targets(delta.Site{Path: norm}) {
		t.Errorf("%+v", u)
	}
	written(t, f.Updates, WriteOptions{Type: "LN_TUNING"})
	for words, tensors := range map[string][]safetensors.Tensor{
		"not both":            {weight},
		"different lengths":   {weight, f32(prefix+norm+".ln_tuning_layers.bias", 2)},
		"leaves it out":       {f32(prefix+"encoder.layer.0.dense.ln_tuning_layers.weight", 3), f32(prefix+"encoder.layer.0.dense.ln_tuning_layers.bias", 3)},
		"no part of an adapt": {weight, bias, f32(prefix+norm+".ln_tuning_layers.scale", 3)},
	} {
		if _, err := open(t, lnTuning(nil), tensors...); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%q: %v", words, err)
		}
	}
	for _, u := range []delta.Update{{Out: 3, Gains: []float32{1, 2, 3}}, {Out: 1, Shift: []float32{float32(math.Pi)}, Whole: true}} {
		if err := Write(t.TempDir(), map[string]delta.Update{norm: u}, WriteOptions{Type: "LN_TUNING"}); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%+v is written: %v", u, err)
		}
	}
}
