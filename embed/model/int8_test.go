package model_test

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"loradex/adapters/safetensors"
	"loradex/embed/arch"
	"loradex/embed/model"
	"loradex/internal/fault"
)

const queryLayer = "encoder.layer.0.attention.self.query"

// inIntegers writes a model of testdata with its first query layer in integers.
func inIntegers(t *testing.T) (dir string, layer *arch.Int8) {
	t.Helper()
	m, err := model.Open(filepath.Join("testdata", "models", "bert-sharded"))
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	w, shape, err := m.Weight(queryLayer + ".weight")
	if err != nil {
		t.Fatal(err)
	}
	out, in := shape[0], shape[1]
	layer = &arch.Int8{Input: arch.Int8Input{Step: 0.05, Zero: 128}, Codes: make([]byte, in*out)}
	for o := range out {
		row := w[o*in:][:in]
		scale := max(slices.Max(row), -slices.Min(row)) / arch.MaxWeightCode
		sum := 0.0
		for i, v := range row {
			layer.Codes[i*out+o] = byte(int8(math.Round(float64(v / scale / 2)))) //nolint:gosec // a signed byte
			sum += float64(v) * float64(v)
		}
		layer.Scales, layer.Norms = append(layer.Scales, scale), append(layer.Norms, float32(math.Sqrt(sum)))
	}
	for range in {
		layer.Smoothing = append(layer.Smoothing, 0.5)
	}
	dir = filepath.Join(t.TempDir(), "small-int8")
	if err := os.Mkdir(dir, 0o750); err != nil {
		t.Fatal(err)
	}
	if err := m.WriteInt8(dir, map[string]*arch.Int8{queryLayer: layer}, nil); err != nil {
		t.Fatal(err)
	}
	return dir, layer
}

// TestInt8Folder reads what was written: the weight but for its rounding, the twin, and another digest.
func TestInt8Folder(t *testing.T) {
	dir, layer := inIntegers(t)
	m, err := model.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	twin, err := model.Open(filepath.Join("testdata", "models", "bert-sharded"))
	if err != nil {
		t.Fatal(err)
	}
	defer twin.Close()
	if name, digest := m.AdapterBase(); name != "bert-sharded" || digest != twin.BaseDigest() || m.BaseDigest() == digest || m.Precision() != "int8" || twin.Precision() != "fp32" {
		t.Errorf("twin %s %s, own digest %s, precision %s", name, digest, m.BaseDigest(), m.Precision())
	}
	got, err := m.Layer(queryLayer)
	if err != nil || !slices.Equal(got.Norms, layer.Norms) {
		t.Fatal(err)
	}
	want, err := twin.Layer(queryLayer)
	if err != nil || want.Norms != nil {
		t.Fatal(err, want.Norms)
	}
	in := len(layer.Smoothing)
	for i, v := range want.Values {
		if d := math.Abs(float64(got.Values[i] - v)); d > 1.01*float64(layer.Scales[i/in]) {
			t.Fatalf("weight %d: %g, of %g", i, got.Values[i], v)
		}
	}
	same, err := model.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer same.Close()
	if same.BaseDigest() != m.BaseDigest() {
		t.Error("two digests of one model")
	}
	// A step is part of the digest: it makes vectors.
	edit(t, filepath.Join(dir, "config.json"), func(c map[string]any) { layerOf(c)["step"] = 0.06 })
	other, err := model.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if other.BaseDigest() == m.BaseDigest() {
		t.Error("another step has the same digest")
	}
}

// layerOf is the settings of the layer in a config.json.
func layerOf(c map[string]any) map[string]any {
	return settingsOf(c)["layers"].(map[string]any)[queryLayer].(map[string]any)
}

func settingsOf(c map[string]any) map[string]any { return c["quantization_config"].(map[string]any) }

func TestInt8Refuses(t *testing.T) {
	setting := func(change func(c map[string]any)) func(*testing.T, string) {
		return func(t *testing.T, dir string) { edit(t, filepath.Join(dir, "config.json"), change) }
	}
	tensor := func(name string, change func(*safetensors.Tensor)) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			f, err := safetensors.Open(filepath.Join(dir, "model.safetensors"))
			if err != nil {
				t.Fatal(err)
			}
			var all []safetensors.Tensor
			for _, n := range f.Names() {
				one, _ := f.Tensor(n)
				one.Data = slices.Clone(one.Data)
				if n == queryLayer+name {
					if change == nil {
						continue
					}
					change(&one)
				}
				all = append(all, one)
			}
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
			writeSafetensors(t, dir, all)
		}
	}
	number := func(v float32) func(*safetensors.Tensor) {
		return func(s *safetensors.Tensor) {
			copy(s.Data[4:8], safetensors.FromFloat32("", []int{1}, []float32{v}).Data)
		}
	}
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for name, c := range map[string]struct {
		damage func(*testing.T, string)
		code   fault.Code
		names  []string
	}{
		"no scales":      {tensor(".int8.scales", nil), fault.Corrupt, []string{queryLayer + ".int8.scales", "missing", "quantize"}},
		"no codes":       {tensor(".int8.codes", nil), fault.Corrupt, []string{queryLayer + ".int8.codes", "missing"}},
		"no norms":       {tensor(".int8.norms", nil), fault.Corrupt, []string{".int8.norms", "missing"}},
		"no smoothing":   {tensor(".int8.smoothing", nil), fault.Corrupt, []string{".int8.smoothing", "missing"}},
		"scale NaN":      {tensor(".int8.scales", number(nan)), fault.Corrupt, []string{".int8.scales", "number 1 is NaN"}},
		"scale zero":     {tensor(".int8.scales", number(0)), fault.Corrupt, []string{".int8.scales", "number 1 is 0"}},
		"scale negative": {tensor(".int8.scales", number(-1)), fault.Corrupt, []string{".int8.scales", "number 1 is -1"}},
		"norm infinite":  {tensor(".int8.norms", number(inf)), fault.Corrupt, []string{".int8.norms", "Inf"}},
		"smoothing NaN":  {tensor(".int8.smoothing", number(nan)), fault.Corrupt, []string{".int8.smoothing", "NaN"}},
		"code too large": {tensor(".int8.codes", func(s *safetensors.Tensor) { s.Data[3] = 65 }), fault.Corrupt, []string{".int8.codes", "number 3 is 65", "±64"}},
		"shape":          {tensor(".int8.codes", func(s *safetensors.Tensor) { s.Shape = []int{len(s.Data), 1} }), fault.Corrupt, []string{".int8.codes", "want I8"}},
		"type":           {tensor(".int8.codes", func(s *safetensors.Tensor) { s.DType = safetensors.U8 }), fault.Corrupt, []string{".int8.codes", "U8"}},
		"bias":           {tensor(".bias", nil), fault.Corrupt, []string{queryLayer + ".bias", "missing"}},
		"no layers":      {setting(func(c map[string]any) { delete(settingsOf(c), "layers") }), fault.Corrupt, []string{"no layer"}},
		"layer unknown": {setting(func(c map[string]any) {
			settingsOf(c)["layers"].(map[string]any)["encoder.layer.99.x"] = map[string]any{"zero": 128}
		}), fault.Corrupt, []string{"encoder.layer.99.x"}},
		"step negative": {setting(func(c map[string]any) { layerOf(c)["step"] = -1 }), fault.Corrupt, []string{queryLayer, "step -1"}},
		"two ways":      {setting(func(c map[string]any) { layerOf(c)["least"] = 1 }), fault.Corrupt, []string{queryLayer, "least 1"}},
		"zero":          {setting(func(c map[string]any) { layerOf(c)["zero"] = 200 }), fault.Corrupt, []string{queryLayer, "zero 200"}},
		"no twin":       {setting(func(c map[string]any) { delete(settingsOf(c), "twin") }), fault.Corrupt, []string{"twin names no model"}},
		"twin's digest": {setting(func(c map[string]any) { settingsOf(c)["twin"].(map[string]any)["digest"] = "abc" }), fault.Corrupt, []string{"twin names no model", "abc"}},
		"version":       {setting(func(c map[string]any) { settingsOf(c)["version"] = 2 }), fault.Unsupported, []string{"version 2"}},
		"another kind":  {setting(func(c map[string]any) { settingsOf(c)["quant_method"] = "gptq" }), fault.Unsupported, []string{"quantization_config"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir, _ := inIntegers(t)
			c.damage(t, dir)
			wantError(t, dir, c.code, c.names...)
		})
	}
}

// TestInt8ConfigIsRefusedElsewhere: a program that does not know the method must not take the folder for one in floats.
func TestInt8ConfigIsRefusedElsewhere(t *testing.T) {
	dir, _ := inIntegers(t)
	text, err := os.ReadFile(filepath.Join(dir, "config.json"))
	if err != nil {
		t.Fatal(err)
	}
	var c struct {
		Settings struct {
			Method string `json:"quant_method"`
		} `json:"quantization_config"`
	}
	if err := json.Unmarshal(text, &c); err != nil || c.Settings.Method != "loradex-int8" {
		t.Errorf("quant_method %q, %v", c.Settings.Method, err)
	}
	f, err := safetensors.Open(filepath.Join(dir, "model.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if slices.ContainsFunc(f.Names(), func(n string) bool { return strings.HasSuffix(n, queryLayer+".weight") }) {
		t.Error("the weight is there, too")
	}
}
