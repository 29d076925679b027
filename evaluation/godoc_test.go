//go:build cgo && ORT

package evaluation_test

import (
	"os"
	"path/filepath"
	"testing"

	"loradex/adapters"
	"loradex/embed"
	"loradex/embed/runtime"
	"loradex/evaluation"
	"loradex/internal/dataset"
	"loradex/internal/home"
)

// TestAdapterBeatsBase measures the committed query adapter on packages that it was not trained on. The documents are
// encoded once, by the base: that is what a query adapter is for.
func TestAdapterBeatsBase(t *testing.T) {
	if testing.Short() {
		t.Skip("encodes 1,000 functions")
	}
	h, err := home.Resolve(os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	library, err1 := h.NativeRuntime("cpu")
	model, err2 := h.Model(home.DefaultModel)
	if err1 != nil || err2 != nil {
		t.Fatal("needs `make setup`:", err1, err2)
	}
	env, err := runtime.Start(t.Context(), runtime.Options{LibraryDir: library, Patient: true})
	if err != nil {
		t.Fatal(err)
	}
	defer env.Close()
	lib, err := adapters.OpenLibrary(filepath.Join("..", "testdata", "adapters"), adapters.LibraryOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer lib.Close()
	enc, err := embed.Open(t.Context(), env, embed.Options{Model: model, Adapters: lib})
	if err != nil {
		t.Fatal(err)
	}
	defer enc.Close()
	ds, err := dataset.Open(filepath.Join("..", "testdata", "godoc-heldback"), "test")
	if err != nil {
		t.Fatal(err)
	}
	encode := func(texts []dataset.Text, role embed.Role, mix adapters.Mix) [][]float32 {
		rows := make([]embed.Row, len(texts))
		for i, text := range texts {
			rows[i] = embed.Row{Text: text.Text, Role: role, Mix: mix}
		}
		v, err := enc.Encode(t.Context(), rows)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	docs := encode(ds.Docs, embed.Document, adapters.Mix{})
	mrr := map[string]float64{}
	for _, name := range []string{"none", "godoc"} {
		mix, err := adapters.ParseMix(name)
		if err != nil {
			t.Fatal(err)
		}
		report, _, err := evaluation.RunVectors(t.Context(), encode(ds.Queries, embed.Query, mix), docs, ds, evaluation.Options{})
		if err != nil {
			t.Fatal(err)
		}
		mrr[name] = report.Metrics["mrr@10"]
	}
	t.Logf("mrr@10: base %.4f, godoc %.4f", mrr["none"], mrr["godoc"])
	if gain := mrr["godoc"] - mrr["none"]; gain < 0.01 {
		t.Errorf("the adapter gains %.4f over the base's %.4f, want 0.01 or more", gain, mrr["none"])
	}
}
