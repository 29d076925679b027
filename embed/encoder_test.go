//go:build cgo && ORT

package embed_test

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"loradex/adapters"
	"loradex/embed"
	"loradex/embed/runtime"
	"loradex/internal/home"
)

// env is the process's ONNX Runtime; baseModel the default model's folder.
var (
	env       *runtime.Environment
	baseModel string
)

func TestMain(m *testing.M) {
	h, err := home.Resolve(os.Getenv)
	if err == nil {
		var dir string
		if dir, err = h.NativeRuntime("cpu"); err == nil {
			env, err = runtime.Start(context.Background(), runtime.Options{LibraryDir: dir, Patient: true}) // tests of other packages run beside
		}
		if err == nil {
			baseModel, err = h.Model("all-MiniLM-L6-v2")
		}
	}
	if err != nil {
		println("embed tests need `make setup`:", err.Error())
		os.Exit(1)
	}
	code := m.Run()
	if err := env.Close(); err != nil {
		println(err.Error())
		code = 1
	}
	os.Exit(code)
}

// open opens an encoder that is closed with the test.
func open(t testing.TB, o embed.Options) *embed.Encoder {
	t.Helper()
	if o.Model == "" {
		o.Model = baseModel
	}
	e, err := embed.Open(t.Context(), env, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

// library opens the committed adapters, which lie side by side like a library.
func library(t testing.TB) *adapters.Library {
	t.Helper()
	l, err := adapters.OpenLibrary(filepath.Join("..", "testdata", "adapters"), adapters.LibraryOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func encode(t testing.TB, e *embed.Encoder, rows []embed.Row) [][]float32 {
	t.Helper()
	v, err := e.Encode(t.Context(), rows)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func readJSON(t testing.TB, path string, into any) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(data, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func readFloats(t testing.TB, path string) []float32 {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]float32, len(data)/4)
	for i := range out {
		out[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
	}
	return out
}

// maxDiff is the largest absolute difference of two vectors.
func maxDiff(a, b []float32) float64 {
	d := 0.0
	if len(a) != len(b) {
		return math.Inf(1)
	}
	for i := range a {
		d = max(d, math.Abs(float64(a[i])-float64(b[i])))
	}
	return d
}

// parityTexts are real texts with the vectors that sentence-transformers gives them (testdata/gen/parity.py).
func parityTexts(t testing.TB) (texts []string, vectors []float32) {
	t.Helper()
	dir := filepath.Join("..", "testdata", "parity")
	readJSON(t, filepath.Join(dir, "texts.json"), &texts)
	return texts, readFloats(t, filepath.Join(dir, "base.f32"))
}

func TestParityWithSentenceTransformers(t *testing.T) {
	texts, want := parityTexts(t)
	if len(texts) < 200 {
		t.Fatalf("%d texts, want at least 200", len(texts))
	}
	e := open(t, embed.Options{})
	rows := make([]embed.Row, len(texts))
	for i, s := range texts {
		rows[i].Text = s
	}
	worst := 0.0
	for i, v := range encode(t, e, rows) {
		d := maxDiff(v, want[i*384:(i+1)*384])
		worst = max(worst, d)
		if d > 1e-5 {
			t.Errorf("text %d %.40q: differs by %.2g", i, texts[i], d)
		}
	}
	t.Logf("%d texts, largest difference %.2g", len(texts), worst)
}
