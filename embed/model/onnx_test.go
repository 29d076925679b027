package model_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"loradex/embed/arch"
	"loradex/embed/model"
	"loradex/internal/fault"
)

// exported copies the ONNX model of testdata to a folder and returns the file.
func exported(t *testing.T, dir, name string) string {
	t.Helper()
	from := filepath.Join("..", "..", "testdata", "onnx")
	for file, to := range map[string]string{"model.onnx": name + ".onnx", "tokenizer.json": name + "-tokenizer.json"} {
		data, err := os.ReadFile(filepath.Join(from, file))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, to), data, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, name+".onnx")
}

func frameFault(t *testing.T, err error, code fault.Code, words string) {
	t.Helper()
	if fault.CodeOf(err) != code || !strings.Contains(err.Error()+fault.HintOf(err), words) {
		t.Errorf("%v, want %s with %q", err, code, words)
	}
}

// TestInstallONNX: the folder that is made of an ONNX file, and what is refused.
func TestInstallONNX(t *testing.T) {
	file, query, none := exported(t, t.TempDir(), "tiny"), "ask: ", ""
	frame := model.Frame{Pooling: "cls", Query: &query, Document: &none}
	to := filepath.Join(t.TempDir(), "made")
	if err := model.Install(t.Context(), file, to, model.InstallOptions{Frame: frame}); err != nil {
		t.Fatal(err)
	}
	m := open(t, to)
	if m.Pooling.Mode != arch.PoolCLS || !m.Normalize || m.Prompts.Query() != query || m.Prompts.Document() != "" || m.MaxTokens != 64 || m.Config.LayerNormEps != 1e-7 {
		t.Errorf("%+v", m)
	}
	if left, _ := filepath.Glob(filepath.Join(to, "*.onnx")); len(left) > 0 {
		t.Errorf("left %s", left)
	}

	// The same weights, opened from the ONNX file in a folder, are the same base.
	beside := t.TempDir()
	moved := exported(t, beside, "model")
	for from, name := range map[string]string{filepath.Join(to, "config.json"): "config.json", filepath.Join(to, "tokenizer.json"): "tokenizer.json"} {
		data, err := os.ReadFile(from)
		if err == nil {
			err = os.WriteFile(filepath.Join(beside, name), data, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if other := open(t, beside); other.BaseDigest() != m.BaseDigest() || other.TokenizerDigest != m.TokenizerDigest {
		t.Error("another digest out of the ONNX file itself")
	}
	if err := os.MkdirAll(filepath.Join(beside, "onnx"), 0o750); err != nil {
		t.Fatal(err)
	}
	hub := filepath.Join(beside, "onnx", "model.onnx")
	if err := os.Rename(moved, hub); err != nil {
		t.Fatal(err)
	}
	for name, src := range map[string]string{"folder": beside, "file": hub} {
		at := filepath.Join(t.TempDir(), name)
		if err := model.Install(t.Context(), src, at, model.InstallOptions{}); err != nil {
			t.Fatal(err)
		}
		if got := open(t, at); got.BaseDigest() != m.BaseDigest() || got.Pooling.Mode != arch.PoolMean {
			t.Errorf("%s: %+v", name, got)
		}
		if _, err := os.Stat(filepath.Join(at, "onnx")); err == nil {
			t.Errorf("%s: onnx is still there", name)
		}
	}

	install := func(src string, f model.Frame) error {
		at := filepath.Join(t.TempDir(), "refused")
		err := model.Install(t.Context(), src, at, model.InstallOptions{Frame: f})
		if _, statErr := os.Stat(at); err != nil && statErr == nil {
			t.Error("it was installed nevertheless")
		}
		return err
	}
	frameFault(t, install(file, model.Frame{Pooling: "sum"}), fault.Invalid, "mean_sqrt_len")
	frameFault(t, install(to, model.Frame{Pooling: "mean"}), fault.Conflict, "modules.json")
	lone := filepath.Join(t.TempDir(), "lone.onnx")
	data, err := os.ReadFile(file)
	if err == nil {
		err = os.WriteFile(lone, data, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	frameFault(t, install(lone, model.Frame{}), fault.NotFound, "lone.onnx: no tokenizer")
	if err := os.WriteFile(file, data[:len(data)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	frameFault(t, install(file, model.Frame{}), fault.Corrupt, "cut short")
}

func TestNeeded(t *testing.T) {
	frame := []string{"1_Pooling/config.json", "config.json", "modules.json", "tokenizer.json"}
	rest := []string{".gitattributes", "openvino/openvino_model.xml", "train_script.py", "a/b/config.json", "rust_model.ot", "tf_model.h5", "onnx/model_O4.onnx", "x_y/config.json"}
	for name, tt := range map[string]struct{ weights, want []string }{
		"safetensors": {[]string{"model.safetensors", "pytorch_model.bin", "onnx/model.onnx"}, []string{"model.safetensors"}},
		"shards": {
			[]string{"model.safetensors.index.json", "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors", "pytorch_model.bin"},
			[]string{"model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors", "model.safetensors.index.json"},
		},
		"bin":         {[]string{"pytorch_model.bin", "onnx/model.onnx"}, []string{"pytorch_model.bin"}},
		"ONNX":        {[]string{"onnx/model.onnx", "onnx/model_quantized.onnx"}, []string{"onnx/model.onnx"}},
		"in a folder": {[]string{"0_Transformer/model.safetensors", "onnx/model.onnx"}, []string{"0_Transformer/model.safetensors"}},
	} {
		got, err := model.Needed(slices.Concat(frame, rest, tt.weights))
		want := slices.Concat(frame, tt.want)
		slices.Sort(want)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %q (%v), want %q", name, got, err, want)
		}
	}
	if _, err := model.Needed(frame); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("without weights: %v", err)
	}
}
