package adapterhub

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"loradex/adapters/delta"
	"loradex/adapters/folder"
	"loradex/adapters/safetensors"
	"loradex/internal/fault"
)

// q is the layer of the tests' adapters: 3 → 5 at rank 4.
const q = "encoder.layer.0.attention.self.query"

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

func pair(path string) []safetensors.Tensor {
	return []safetensors.Tensor{f32(path+".loras.go.lora_A", 4, 3), f32(path+".loras.go.lora_B", 5, 4)}
}

// configWith is a LoRA's configuration with some fields changed: those of the settings by their name, those of the header with
// a slash before it. An empty text takes a field out.
func configWith(t testing.TB, changes map[string]string) []byte {
	t.Helper()
	settings := map[string]json.RawMessage{"architecture": []byte(`"lora"`), "r": []byte("4"), "alpha": []byte("8"), "use_gating": []byte("false")}
	head := map[string]any{"name": "go", "model_type": "bert", "model_name": "MiniLM", "version": "adapters.1.3.0", "config": settings}
	for key, text := range changes {
		name, ofHead := strings.CutPrefix(key, "/")
		switch {
		case ofHead && text == "":
			delete(head, name)
		case ofHead:
			head[name] = json.RawMessage(text)
		case text == "":
			delete(settings, key)
		default:
			settings[key] = json.RawMessage(text)
		}
	}
	text, err := json.Marshal(head)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func open(t *testing.T, changes map[string]string, tensors ...safetensors.Tensor) (*folder.Folder, error) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, folder.ConfigFile), configWith(t, changes), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := safetensors.Write(filepath.Join(dir, WeightsFile), tensors, nil); err != nil {
		t.Fatal(err)
	}
	return openDir(t, dir)
}

func openDir(t *testing.T, dir string) (*folder.Folder, error) {
	t.Helper()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	f, err := Open(root, "ad")
	if err == nil {
		t.Cleanup(func() { f.Close() })
	}
	return f, err
}

// TestSaved reads what the library itself saved (testdata/gen/adapterhub_adapters.py).
func TestSaved(t *testing.T) {
	for name, want := range map[string]string{
		// query and value of the first layer and the last, α/r
		"hub_lora": "lora 0.attention.self.query 4 4, 0.attention.self.value 4 4, 5.attention.self.query 4 4, 5.attention.self.value 4 4",
		// a pickle whose names begin with "bert."; before 1.1.0 α/r was 1
		"hub_lora_old": "lora 5.attention.self.key 4 1, 5.attention.self.query 4 1, 5.output.dense 4 1",
	} {
		f, err := openDir(t, filepath.Join("..", "..", "testdata", "adapters", name))
		if err != nil {
			t.Fatal(err)
		}
		var parts []string
		for _, site := range slices.Sorted(maps.Keys(f.Updates)) {
			u := f.Updates[site]
			parts = append(parts, fmt.Sprintf("%s %d %g", strings.TrimPrefix(site, "encoder.layer."), u.Rank(), u.Branches[0].Scale))
			if !f.Targets(delta.Site{Path: site}) {
				t.Errorf("%s: %s is no target", name, site)
			}
		}
		if got := f.Method + " " + strings.Join(parts, ", "); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
		if f.BaseModel != "sentence-transformers/all-MiniLM-L6-v2" || f.Bytes == 0 || f.Targets(delta.Site{Path: "encoder.layer.2.attention.self.query"}) {
			t.Errorf("%s: %+v, %d bytes", name, f, f.Bytes)
		}
	}
}

func TestOpen(t *testing.T) {
	for name, changes := range map[string]map[string]string{
		"as saved":         {},
		"defaults":         {"r": "4", "use_gating": ""},
		"null is default":  {"attn_matrices": "null", "vera_d": "null", "leave_out": "null"},
		"of version 1":     {"/type": `"text_task"`, "invertible_adapter": `{"block_type": "nice", "reduction_factor": 2}`},
		"off though known": {"use_dora": "false", "vera_b": "null"},
		"off and unknown":  {"novel": "[]"},
	} {
		f, err := open(t, changes, pair("bert."+q)...)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		u := f.Updates[q]
		if len(f.Updates) != 1 || u.In != 3 || u.Out != 5 || u.Rank() != 4 || u.Branches[0].Scale != 2 || u.Branches[0].B[4] != 5 {
			t.Errorf("%s: %+v", name, u)
		}
	}
	// The defaults are r = α = 8.
	f, err := open(t, map[string]string{"r": "", "alpha": ""}, f32(q+".loras.go.lora_A", 8, 3), f32(q+".loras.go.lora_B", 5, 8))
	if err != nil || f.Updates[q].Branches[0].Scale != 1 {
		t.Error(f, err)
	}
}

// TestDistilBERT: its layers and sublayers have other names.
func TestDistilBERT(t *testing.T) {
	const layer = "transformer.layer.1.attention.q_lin"
	f, err := open(t, nil, pair("distilbert."+layer)...)
	if err != nil || f.Updates[layer].Rank() != 4 || !f.Targets(delta.Site{Path: "transformer.layer.0.attention.v_lin"}) {
		t.Errorf("%+v, %v", f, err)
	}
	f, err = open(t, seqBn("mh_adapter=true"), append(bottleneckOf("transformer.layer.1.output_adapters"), bottleneckOf("transformer.layer.1.attention_adapters")...)...)
	if err != nil || len(f.Updates) != 2 || f.Updates["transformer.layer.1.ffn@normed"].Rank() != 2 || f.Updates["transformer.layer.1.attention@normed"].Rank() != 2 {
		t.Errorf("%+v, %v", f, err)
	}
}

// TestVersions: what was trained before 1.1.0 was scaled by 1.
func TestVersions(t *testing.T) {
	for version, want := range map[string]float32{
		"adapters.1.3.0": 2, "adapters.1.1.0": 2, "adapters.1.1": 2, "adapters.2.0.0.dev0": 2, "adapters.1.0.9": 1, "adapters.0.1.0": 1,
		"adapters.1.1.0.dev0": 1, "adapters.1.1.0rc1": 1, "3.2.1": 2, "": 2, "adapters.": 2,
	} {
		f, err := open(t, map[string]string{"/version": fmt.Sprintf("%q", version)}, pair(q)...)
		if err != nil || f.Updates[q].Branches[0].Scale != want {
			t.Errorf("%q: %v, scale %v, want %v", version, err, f.Updates[q].Branches[0].Scale, want)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	for name, tt := range map[string]struct {
		changes map[string]string
		tensors []safetensors.Tensor
		code    fault.Code
		part    string
	}{
		"no settings":      {map[string]string{"/config": "null"}, pair(q), fault.Unsupported, "field config"},
		"named settings":   {map[string]string{"/config": `"lora"`}, pair(q), fault.Unsupported, "field config"},
		"no name":          {map[string]string{"/name": ""}, pair(q), fault.Corrupt, "field name"},
		"name with a dot":  {map[string]string{"/name": `"a.b"`}, pair(q), fault.Corrupt, "field name"},
		"another name":     {map[string]string{"/name": `"py"`}, pair(q), fault.Unsupported, "loras.go"},
		"ReFT":             {map[string]string{"architecture": `"reft"`}, pair(q), fault.Unsupported, `architecture is "reft"`},
		"prefix tuning":    {map[string]string{"architecture": `"prefix_tuning"`}, pair(q), fault.Unsupported, `architecture is "prefix_tuning"`},
		"prompt tuning":    {map[string]string{"architecture": `"prompt_tuning"`}, pair(q), fault.Unsupported, `architecture is "prompt_tuning"`},
		"MTL-LoRA":         {map[string]string{"architecture": `"mtl_lora"`}, pair(q), fault.Unsupported, `architecture is "mtl_lora"`},
		"a union":          {map[string]string{"architecture": `"union"`}, pair(q), fault.Unsupported, `architecture is "union"`},
		"composition":      {map[string]string{"composition_mode": `"multiply"`}, pair(q), fault.Unsupported, "composition_mode"},
		"gated":            {map[string]string{"use_gating": "true"}, pair(q), fault.Unsupported, "use_gating"},
		"DoRA":             {map[string]string{"use_dora": "true"}, pair(q), fault.Unsupported, "use_dora"},
		"VeRA":             {map[string]string{"vera_b": "0.0"}, pair(q), fault.Unsupported, "vera_b"},
		"unknown field":    {map[string]string{"novel": "1"}, pair(q), fault.Unsupported, "novel"},
		"wrong type":       {map[string]string{"leave_out": `"all"`}, pair(q), fault.Corrupt, "leave_out"},
		"rank 0":           {map[string]string{"r": "0"}, pair(q), fault.Corrupt, "config.r"},
		"rank of config":   {map[string]string{"r": "2"}, pair(q), fault.Corrupt, "config.r"},
		"nothing":          {nil, nil, fault.Invalid, "no tensor"},
		"A alone":          {nil, pair(q)[:1], fault.Corrupt, "lora_B"},
		"B alone":          {nil, pair(q)[1:], fault.Corrupt, "lora_A"},
		"left out":         {map[string]string{"leave_out": "[0]"}, pair(q), fault.Corrupt, "leaves out"},
		"no such matrix":   {nil, pair("encoder.layer.0.attention.self.key"), fault.Corrupt, "leaves out"},
		"output is off":    {nil, pair("encoder.layer.0.output.dense"), fault.Corrupt, "leaves out"},
		"no such layer":    {nil, pair("embeddings.word"), fault.Unsupported, "embeddings"},
		"one layer twice":  {nil, append(pair(q), pair("bert."+q)...), fault.Corrupt, "two tensors"},
		"invertible":       {nil, append(pair(q), f32("invertible_lang_adapters.go.F.0.weight", 2, 2)), fault.Unsupported, "invertible"},
		"a head":           {nil, append(pair(q), f32("heads.go.1.weight", 2, 2)), fault.Unsupported, "heads"},
		"three dimensions": {nil, []safetensors.Tensor{f32(q+".loras.go.lora_A", 4, 3, 1)}, fault.Corrupt, "dimensions"},
		"empty":            {nil, []safetensors.Tensor{f32(q+".loras.go.lora_A", 4, 0)}, fault.Corrupt, "shape"},
		"integers":         {nil, []safetensors.Tensor{{Name: q + ".loras.go.lora_A", DType: safetensors.I8, Shape: []int{4, 3}, Data: make([]byte, 12)}}, fault.Unsupported, "I8"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := open(t, tt.changes, tt.tensors...)
			if fault.CodeOf(err) != tt.code || !strings.Contains(fmt.Sprint(err), tt.part) {
				t.Errorf("%v (%s), want %s naming %q", err, fault.CodeOf(err), tt.code, tt.part)
			}
		})
	}
}

// TestFiles: what is missing is named, and no link leads out of the folder.
func TestFiles(t *testing.T) {
	dir := t.TempDir()
	outside := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(outside, configWith(t, nil), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := openDir(t, dir); fault.CodeOf(err) != fault.NotFound || !strings.Contains(err.Error(), folder.ConfigFile) {
		t.Error(err)
	}
	if err := os.Symlink(outside, filepath.Join(dir, folder.ConfigFile)); err != nil {
		t.Skip(err)
	}
	if _, err := openDir(t, dir); fault.CodeOf(err) != fault.Unavailable {
		t.Error(err)
	}
	if err := os.Remove(filepath.Join(dir, folder.ConfigFile)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, folder.ConfigFile), configWith(t, nil), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := openDir(t, dir); fault.CodeOf(err) != fault.NotFound || !strings.Contains(err.Error(), PickleFile) {
		t.Error(err)
	}
	if err := os.WriteFile(filepath.Join(dir, PickleFile), []byte("cos\nsystem\n(S'true'\ntR."), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := openDir(t, dir); fault.CodeOf(err) != fault.Corrupt { // no state dict, and never run
		t.Error(err)
	}
}

func TestIs(t *testing.T) {
	for text, want := range map[string]bool{
		`{"config": {}}`: true, `{"model_type": "bert"}`: true, `{"peft_type": "LORA", "model_type": "bert"}`: false, `{}`: false, `[]`: false, ``: false,
	} {
		if Is([]byte(text)) != want {
			t.Error(text)
		}
	}
}

func FuzzParseConfig(f *testing.F) {
	f.Add(configWith(f, nil))
	f.Add(configWith(f, map[string]string{"architecture": "null", "mh_adapter": "true", "output_adapter": "true", "reduction_factor": `{"1": 8, "default": 16}`, "non_linearity": `"relu"`}))
	f.Add(configWith(f, map[string]string{"composition_mode": `"scale"`, "r": "1", "/version": `"adapters.0.1.0"`}))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := parseConfig("c", text)
		if (c == nil) == (err == nil) {
			t.Error(c, err)
		}
		if code := fault.CodeOf(err); err != nil && code != fault.Corrupt && code != fault.Unsupported {
			t.Error(err)
		}
		if err == nil && (c.form.method == "" || !Is(text) && !strings.Contains(string(text), "peft_type")) {
			t.Errorf("%+v", c)
		}
	})
}
