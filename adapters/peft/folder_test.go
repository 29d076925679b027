package peft

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"loradex/adapters/safetensors"
	"loradex/internal/fault"
)

const prefix = "base_model.model."

func f32(name string, shape ...int) safetensors.Tensor {
	n := 1
	for _, d := range shape {
		n *= d
	}
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(i + 1)
	}
	return safetensors.FromFloat32(name, shape, v)
}

// pair is the LoRA of one layer: 3 → 5 at rank 4.
func pair(path string) []safetensors.Tensor {
	return []safetensors.Tensor{f32(prefix+path+".lora_A.weight", 4, 3), f32(prefix+path+".lora_B.weight", 5, 4)}
}

func open(t *testing.T, config map[string]string, tensors ...safetensors.Tensor) (*opened, error) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, ConfigFile), configWith(t, config), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := safetensors.Write(filepath.Join(dir, WeightsFile), tensors, nil); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	f, err := openFolder(root, "ad")
	if err == nil {
		t.Cleanup(func() { f.Close() })
	}
	return f, err
}

func TestOpen(t *testing.T) {
	const q = "encoder.layer.0.attention.self.query"
	ts := append(pair("bert."+q), f32(prefix+"bert."+q+".base_layer.bias", 5), f32(prefix+"classifier.weight", 2, 5), f32(prefix+"classifier.bias", 2))
	f, err := open(t, map[string]string{"bias": `"lora_only"`, "modules_to_save": `["classifier"]`}, ts...)
	if err != nil {
		t.Fatal(err)
	}
	s := f.Updates[q]
	if len(f.Updates) != 1 || f.prefix != "bert." || s.In != 3 || s.Out != 5 || s.Rank() != 4 || len(s.Shift) != 5 || !s.Whole ||
		s.Branches[0].Scale != 2 || s.Branches[0].A[3] != 4 || s.Branches[0].B[4] != 5 {
		t.Errorf("%+v", s)
	}
	if f.Bytes == 0 {
		t.Error("no size")
	}
}

// Half precision is converted.
func TestOpenHalf(t *testing.T) {
	a := safetensors.Tensor{Name: prefix + "query.lora_A.weight", DType: safetensors.F16, Shape: []int{4, 1}, Data: []byte{0, 0x3c, 0, 0x40, 0, 0, 0, 0xbc}}
	b := safetensors.Tensor{Name: prefix + "query.lora_B.weight", DType: safetensors.BF16, Shape: []int{1, 4}, Data: []byte{0x80, 0x3f, 0, 0x40, 0, 0, 0x80, 0xbf}}
	f, err := open(t, nil, a, b)
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(f.Updates["query"].Branches[0].A, f.Updates["query"].Branches[0].B); got != "[1 2 0 -1] [1 2 0 -1]" {
		t.Error(got)
	}
}

func TestOpenRefuses(t *testing.T) {
	const q = "layer.0.query"
	all := map[string]string{"bias": `"all"`}
	dora := map[string]string{"use_dora": "true"}
	for name, tt := range map[string]struct {
		config  map[string]string
		tensors []safetensors.Tensor
		code    fault.Code
		part    string
	}{
		"nothing":           {nil, nil, fault.Invalid, "no tensor"},
		"heads only":        {map[string]string{"modules_to_save": `["score"]`}, []safetensors.Tensor{f32(prefix+"score.weight", 1, 3)}, fault.Invalid, "no tensor"},
		"A alone":           {nil, pair(q)[:1], fault.Corrupt, q},
		"B alone":           {nil, pair(q)[1:], fault.Corrupt, q},
		"ranks differ":      {nil, []safetensors.Tensor{pair(q)[0], f32(prefix+q+".lora_B.weight", 5, 3)}, fault.Corrupt, q},
		"rank of config":    {map[string]string{"r": "8"}, pair(q), fault.Corrupt, "rank_pattern"},
		"not targeted":      {nil, pair("layer.0.key"), fault.Corrupt, "target_modules"},
		"layer left out":    {map[string]string{"layers_to_transform": "[1]"}, pair("x." + q), fault.Corrupt, "layers_to_transform"},
		"three dimensions":  {nil, []safetensors.Tensor{f32(prefix+q+".lora_A.weight", 4, 3, 1)}, fault.Unsupported, "lora_A"},
		"integers":          {nil, []safetensors.Tensor{{Name: prefix + q + ".lora_A.weight", DType: safetensors.I8, Shape: []int{4, 3}, Data: make([]byte, 12)}}, fault.Unsupported, "I8"},
		"empty":             {nil, []safetensors.Tensor{f32(prefix+q+".lora_A.weight", 4, 0)}, fault.Corrupt, "empty"},
		"DoRA, but off":     {nil, append(pair(q), f32(prefix+q+".lora_magnitude_vector", 5)), fault.Corrupt, "use_dora"},
		"no magnitude":      {dora, pair(q), fault.Corrupt, "use_dora"},
		"magnitude alone":   {dora, []safetensors.Tensor{f32(prefix+"layer.1.query.lora_magnitude_vector", 5)}, fault.Corrupt, "no LoRA"},
		"two magnitudes":    {dora, append(pair(q), f32(prefix+q+".lora_magnitude_vector", 5), f32(prefix+q+".lora_magnitude_vector.weight", 5)), fault.Corrupt, "two magnitude"},
		"magnitude length":  {dora, append(pair(q), f32(prefix+q+".lora_magnitude_vector", 4)), fault.Corrupt, q},
		"magnitude matrix":  {dora, append(pair(q), f32(prefix+q+".lora_magnitude_vector", 5, 1)), fault.Unsupported, q},
		"embedding":         {nil, append(pair(q), f32(prefix+"word.lora_embedding_A", 4, 9)), fault.Unsupported, "embedding"},
		"bias of B":         {map[string]string{"bias": `"all"`}, append(pair(q), f32(prefix+q+".lora_B.bias", 5)), fault.Unsupported, "lora_bias"},
		"a base weight":     {nil, append(pair(q), f32(prefix+"embeddings.word_embeddings.weight", 9, 3)), fault.Unsupported, "word_embeddings"},
		"adapter name":      {nil, []safetensors.Tensor{f32(prefix+q+".lora_A.default.weight", 4, 3)}, fault.Corrupt, "not both"},
		"bias, but none":    {nil, append(pair(q), f32(prefix+q+".bias", 5)), fault.Corrupt, "field bias"},
		"bias elsewhere":    {map[string]string{"bias": `"lora_only"`}, append(pair(q), f32(prefix+"layer.0.key.bias", 5)), fault.Corrupt, "lora_only"},
		"bias length":       {all, append(pair(q), f32(prefix+q+".base_layer.bias", 4)), fault.Corrupt, q},
		"two biases":        {all, append(pair(q), f32(prefix+q+".base_layer.bias", 5), f32(prefix+q+".bias", 5)), fault.Corrupt, "two biases"},
		"one layer twice":   {nil, append(pair(q), pair("bert."+q)...), fault.Corrupt, "same layer"},
		"two models":        {nil, append(pair(q), pair("bert.layer.1.query")...), fault.Unsupported, "two models"},
		"bias of dimension": {all, append(pair(q), f32(prefix+"norm.bias", 5, 1)), fault.Unsupported, "norm"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := open(t, tt.config, tt.tensors...)
			if fault.CodeOf(err) != tt.code || !strings.Contains(fmt.Sprint(err), tt.part) {
				t.Errorf("%v (%s), want %s naming %q", err, fault.CodeOf(err), tt.code, tt.part)
			}
		})
	}
}

// TestAdapterNameInKeys: keys of a saved state hold the adapter's name; they say the same, unless they are of two adapters.
func TestAdapterNameInKeys(t *testing.T) {
	const q, v = prefix + "encoder.layer.0.attention.self.query", prefix + "encoder.layer.0.attention.self.value"
	for _, tt := range []struct {
		name    string
		config  map[string]string
		tensors []safetensors.Tensor
		code    fault.Code // "" where it is read
	}{
		{"lora", nil, []safetensors.Tensor{f32(q+".lora_A.default.weight", 4, 3), f32(q+".lora_B.default.weight", 5, 4)}, ""},
		{"another name", nil, []safetensors.Tensor{f32(q+".lora_A.my-go.weight", 4, 3), f32(q+".lora_B.my-go.weight", 5, 4)}, ""},
		{"with a bias", map[string]string{"bias": `"lora_only"`}, []safetensors.Tensor{f32(q+".lora_A.default.weight", 4, 3), f32(q+".lora_B.default.weight", 5, 4), f32(q+".base_layer.bias", 5)}, ""},
		{"dora", map[string]string{"use_dora": "true"}, []safetensors.Tensor{f32(q+".lora_A.default.weight", 4, 3), f32(q+".lora_B.default.weight", 5, 4), f32(q+".lora_magnitude_vector.default.weight", 5)}, ""},
		{"dora, older", map[string]string{"use_dora": "true"}, []safetensors.Tensor{f32(q+".lora_A.default.weight", 4, 3), f32(q+".lora_B.default.weight", 5, 4), f32(q+".lora_magnitude_vector.default", 5)}, ""},
		{"two adapters", nil, []safetensors.Tensor{f32(q+".lora_A.a.weight", 4, 3), f32(q+".lora_B.a.weight", 5, 4), f32(v+".lora_A.b.weight", 4, 3), f32(v+".lora_B.b.weight", 5, 4)}, fault.Unsupported},
		{"one with and one without", nil, []safetensors.Tensor{f32(q+".lora_A.weight", 4, 3), f32(q+".lora_B.a.weight", 5, 4)}, fault.Unsupported},
		{"a bias of the branch", nil, append(pair("encoder.layer.0.attention.self.query"), f32(q+".lora_B.default.bias", 5)), fault.Unsupported},
	} {
		f, err := open(t, tt.config, tt.tensors...)
		if fault.CodeOf(err) != tt.code && (err != nil || tt.code != "") {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if tt.code == "" && f.Updates["encoder.layer.0.attention.self.query"].Rank() != 4 {
			t.Errorf("%s: %v", tt.name, f.Updates)
		}
	}
}
