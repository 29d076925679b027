//go:build cgo && ORT

package embed_test

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"testing"

	"loradex/adapters"
	"loradex/embed"
	"loradex/embed/embedtest"
)

func TestMain(m *testing.M) {
	code := embedtest.Main(m, func() error {
		if common == nil {
			return nil
		}
		return errors.Join(common.Close(), commonLibrary.Close())
	})
	os.Exit(code)
}

// common is an encoder of the default model with the committed adapters; see [shared].
var (
	common        *embed.Encoder
	commonLibrary *adapters.Library
)

// shared is one encoder for the tests that only encode: its graphs are loaded once.
func shared(t testing.TB) *embed.Encoder {
	t.Helper()
	if common != nil {
		return common
	}
	var err error
	if commonLibrary, err = adapters.OpenLibrary(filepath.Join("..", "testdata", "adapters"), adapters.LibraryOptions{}); err != nil {
		t.Fatal(err)
	}
	if common, err = embed.Open(context.Background(), embedtest.Env, embed.Options{Model: embedtest.BaseModel, Adapters: commonLibrary}); err != nil {
		t.Fatal(err)
	}
	return common
}

// open opens an encoder that is closed with the test.
func open(t testing.TB, o embed.Options) *embed.Encoder {
	t.Helper()
	if o.Model == "" {
		o.Model = embedtest.BaseModel
	}
	e, err := embed.Open(t.Context(), embedtest.Env, o)
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
	e := shared(t)
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
