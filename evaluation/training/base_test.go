//go:build cgo && ORT

package training

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"loradex/adapters"
	"loradex/embed"
	"loradex/embed/runtime"
	"loradex/internal/dataset"
	"loradex/internal/home"
)

// openEncoder opens a small model.
func openEncoder(t *testing.T) *embed.Encoder {
	t.Helper()
	h, err := home.Resolve(os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	library, err := h.NativeRuntime("cpu")
	if err != nil {
		t.Fatal("needs `make setup`:", err)
	}
	env, err := runtime.Start(t.Context(), runtime.Options{LibraryDir: library, Patient: true})
	if err != nil {
		t.Fatal(err)
	}
	enc, err := embed.Open(t.Context(), env, embed.Options{Model: filepath.Join("..", "..", "testdata", "models", "bert-cased-bf16")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := enc.Close(); err != nil {
			t.Error(err)
		}
		if err := env.Close(); err != nil {
			t.Error(err)
		}
	})
	return enc
}

// TestVectorSpace: what a checkpoint of the query side belongs to changes with what an index gives.
func TestVectorSpace(t *testing.T) {
	enc := openEncoder(t)
	own, err := enc.Space(t.Context(), adapters.Mix{})
	if err != nil {
		t.Fatal(err)
	}
	docs := []dataset.Text{{ID: "1", Text: "one"}, {ID: "2", Text: "two"}, {ID: "3", Text: "three"}, {ID: "4", Text: "two"}}
	for _, tt := range []struct {
		name  string
		holds map[string][]float32 // nil: there is no index
		want  string
	}{
		{"no index", nil, "space " + own.ID},
		{"an index without vectors", map[string][]float32{}, "space " + own.ID + ", 0 of them from the index"},
		{"some", map[string][]float32{"two": {1}}, "space " + own.ID + ", 2 of them from the index"},
		{"all", map[string][]float32{"one": {1}, "two": {1}, "three": {1}}, "space " + own.ID + ", 4 of them from the index"},
	} {
		tools := Tools{Encoder: enc}.withDefaults()
		if tt.holds != nil {
			tools.Indexed = func(_ context.Context, base embed.Space, texts []string) ([][]float32, error) {
				if base.ID != own.ID {
					t.Errorf("vectors of space %s are asked for", base.ID)
				}
				out := make([][]float32, len(texts))
				for i, text := range texts {
					out[i] = tt.holds[text]
				}
				return out, nil
			}
		}
		b := newBaseVectors(tools)
		for range 2 { // what is in memory already counts, too
			if got, err := b.space(t.Context(), docs); err != nil || got != tt.want {
				t.Errorf("%s: %q %v, want %q", tt.name, got, err, tt.want)
			}
		}
		vectors, err := b.of(t.Context(), embed.Document, docs)
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range vectors {
			want := enc.Dimensions()
			if tt.holds[docs[i].Text] != nil {
				want = 1
			}
			if len(v) != want {
				t.Errorf("%s: document %d has a vector of %d numbers, want %d", tt.name, i, len(v), want)
			}
		}
	}
}
