//go:build cgo && ORT

package embed_test

import (
	"os"
	"path/filepath"
	"testing"

	"loradex/adapters/safetensors"
	"loradex/embed"
	"loradex/embed/model"
)

// sameAsONNX compares an encoder with what ONNX Runtime gave for the file that the encoder's model was made of
// (testdata/gen/onnx_model.py), and logs the largest difference.
func sameAsONNX(t *testing.T, e *embed.Encoder, f *safetensors.File, tensor string, role embed.Role, texts []string) {
	t.Helper()
	want, shape, err := f.Float32(tensor)
	if err != nil {
		t.Fatal(err)
	}
	if shape[0] != len(texts) {
		t.Fatalf("%s has %d rows, not %d", tensor, shape[0], len(texts))
	}
	rows := make([]embed.Row, len(texts))
	for i, text := range texts {
		rows[i] = embed.Row{Text: text, Role: role}
	}
	worst := 0.0
	for i, v := range encode(t, e, rows) {
		worst = max(worst, maxDiff(v, want[i*shape[1]:(i+1)*shape[1]]))
	}
	t.Logf("%s: differs by %.2g at most", tensor, worst)
	if !(worst <= 1e-6) {
		t.Errorf("%s: differs by %.2g", tensor, worst)
	}
}

// TestModelOfONNX installs an ONNX file alone, with a tokenizer beside it, and compares the vectors.
func TestModelOfONNX(t *testing.T) {
	dir := filepath.Join("..", "testdata", "onnx")
	f, err := safetensors.Open(filepath.Join(dir, "golden.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var texts []string
	readJSON(t, filepath.Join("..", "testdata", "models", "texts.json"), &texts)
	for _, pooling := range f.Names() {
		to := filepath.Join(t.TempDir(), "made")
		if err := model.Install(t.Context(), filepath.Join(dir, "model.onnx"), to, model.InstallOptions{Frame: model.Frame{Pooling: pooling}}); err != nil {
			t.Fatal(err)
		}
		sameAsONNX(t, open(t, embed.Options{Model: to}), f, pooling, embed.Document, texts)
	}
}

// TestBasesOfONNX compares the models that `make setup MODEL=NAME` installs with the files that they were made of.
func TestBasesOfONNX(t *testing.T) {
	home := os.Getenv("LORADEX_HOME")
	if home == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			t.Skip(err)
		}
		home = filepath.Join(cache, "loradex")
	}
	all, _ := parityTexts(t)
	var texts []string
	for i := 0; len(texts) < 10; i += 10 {
		texts = append(texts, all[i])
	}
	for _, name := range []string{"e5-small-v2", "bge-small-en-v1.5"} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(home, "models", name)
			if _, err := os.Stat(dir); err != nil {
				t.Skipf("%s is not installed: make setup MODEL=%s", name, name)
			}
			f, err := safetensors.Open(filepath.Join("..", "testdata", "onnx", name+".safetensors"))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			e := open(t, embed.Options{Model: dir})
			sameAsONNX(t, e, f, "query", embed.Query, texts)
			sameAsONNX(t, e, f, "document", embed.Document, texts)
		})
	}
}
