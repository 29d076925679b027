package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"loradex/internal/fault"
)

func TestReranker(t *testing.T) {
	p := newPlace(t).withEncoder()
	a := newApp(p.getenv, strings.NewReader(""), &bytes.Buffer{}, &bytes.Buffer{})
	must(t, a.setup(func(string) bool { return false }))
	t.Cleanup(func() { must(t, a.close()) })
	var lock sync.Mutex
	if a.reranker("", &lock) != nil {
		t.Error("a reranker without a model")
	}
	models := filepath.Join("..", "..", "testdata")
	r := a.reranker(filepath.Join(models, "cross", "bert-sigmoid"), &lock)
	for range 2 { // opened once
		scores, err := r.Score(t.Context(), "open a file", []string{"os.Open", "boil the potatoes"})
		if err != nil || len(scores) != 2 || scores[0] == scores[1] || scores[0] <= 0 || scores[0] >= 1 {
			t.Fatalf("%v %v", scores, err)
		}
	}
	for name, words := range map[string]string{
		filepath.Join(models, "no-such-folder"):            "no-such-folder",
		filepath.Join(models, "models", "bert-bin-shards"): "cross-encoder",
	} {
		if _, err := a.reranker(name, &lock).Score(t.Context(), "q", []string{"t"}); err == nil || fault.CodeOf(err) == fault.Internal ||
			!strings.Contains(err.Error(), words) || fault.HintOf(err) == "" {
			t.Errorf("%s: %v (%s)", name, err, fault.HintOf(err))
		}
	}
}
