package workspace

import (
	"path/filepath"
	"strings"
	"testing"

	"loradex/internal/fault"
)

func TestReranker(t *testing.T) {
	ws := withEncoder(t)
	if ws.reranker("") != nil {
		t.Error("a reranker without a model")
	}
	models := filepath.Join("..", "testdata")
	r := ws.reranker(filepath.Join(models, "cross", "bert-sigmoid"))
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
		if _, err := ws.reranker(name).Score(t.Context(), "q", []string{"t"}); err == nil || fault.CodeOf(err) == fault.Internal ||
			!strings.Contains(err.Error(), words) || fault.HintOf(err) == "" {
			t.Errorf("%s: %v (%s)", name, err, fault.HintOf(err))
		}
	}
}
