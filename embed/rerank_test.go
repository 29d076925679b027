//go:build cgo && ORT

package embed_test

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"loradex/adapters/delta"
	"loradex/embed"
	"loradex/embed/embedtest"
	"loradex/internal/fault"
)

// crossGolden is ../testdata/cross/golden.json, which gen/cross_encoders.py made.
type crossGolden struct {
	pairs  [][2]string
	models map[string][][]float64 // scores by model and pair
}

func readCrossGolden(t *testing.T) crossGolden {
	t.Helper()
	var raw struct {
		Pairs  [][2]int `json:"pairs"`
		Models map[string]struct {
			Scores [][]float64 `json:"scores"`
		} `json:"models"`
	}
	var texts []string
	for path, v := range map[string]any{"cross/golden.json": &raw, "parity/texts.json": &texts} {
		data, err := os.ReadFile(filepath.Join("..", "testdata", path))
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(data, v); err != nil {
			t.Fatal(err)
		}
	}
	g := crossGolden{models: map[string][][]float64{}}
	for _, p := range raw.Pairs {
		pair := [2]string{}
		for i, at := range p {
			if at >= 0 {
				pair[i] = texts[at]
			}
		}
		g.pairs = append(g.pairs, pair)
	}
	for name, m := range raw.Models {
		g.models[name] = m.Scores
	}
	return g
}

func openCross(t testing.TB, name string, o embed.RerankOptions) *embed.Reranker {
	t.Helper()
	o.Model = filepath.Join("..", "testdata", "cross", name)
	r, err := embed.OpenReranker(embedtest.Env, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

func score(t testing.TB, r *embed.Reranker, query string, texts ...string) []float32 {
	t.Helper()
	s, err := r.Score(t.Context(), query, texts)
	if err != nil {
		t.Fatal(err)
	}
	if len(s) != len(texts) {
		t.Fatalf("%d scores for %d texts", len(s), len(texts))
	}
	return s
}

// TestRerankGolden compares every kind of model with sentence-transformers' CrossEncoder.
func TestRerankGolden(t *testing.T) {
	const tolerance = 1e-5
	golden := readCrossGolden(t)
	for name, want := range golden.models {
		t.Run(name, func(t *testing.T) {
			r := openCross(t, name, embed.RerankOptions{})
			worst := 0.0
			for i, p := range golden.pairs {
				got, err := r.Logits(t.Context(), p[0], []string{p[1]})
				if err != nil {
					t.Fatal(err)
				}
				if len(want[i]) == 1 { // the activation too
					got[0] = score(t, r, p[0], p[1])
				}
				if len(got[0]) != len(want[i]) {
					t.Fatalf("pair %d: %d outputs, want %d", i, len(got[0]), len(want[i]))
				}
				for j, w := range want[i] {
					d := math.Abs(float64(got[0][j]) - w)
					worst = max(worst, d)
					if d > tolerance*max(1, math.Abs(w)) {
						t.Errorf("pair %d, output %d: %v, want %v", i, j, got[0][j], w)
					}
				}
			}
			t.Logf("%d pairs, largest difference %.1e", len(golden.pairs), worst)
		})
	}
}

// TestRerankBatch: a text's score does not depend on what it is scored with, nor on the size of the runs.
func TestRerankBatch(t *testing.T) {
	golden := readCrossGolden(t)
	var texts []string
	for _, p := range golden.pairs {
		texts = append(texts, p[1])
	}
	for _, name := range []string{"bert-identity", "roberta-one"} {
		alone := openCross(t, name, embed.RerankOptions{})
		want := make([]float32, len(texts))
		for i, text := range texts {
			want[i] = score(t, alone, "parse a number", text)[0]
		}
		for _, budget := range []int{1, 200, 1 << 20} {
			r := openCross(t, name, embed.RerankOptions{BatchTokens: budget})
			for i, s := range score(t, r, "parse a number", texts...) {
				if math.Abs(float64(s-want[i])) > 1e-5 {
					t.Errorf("%s, runs of %d tokens: text %d has %v, alone %v", name, budget, i, s, want[i])
				}
			}
		}
	}
}

func TestRerankConcurrent(t *testing.T) {
	r := openCross(t, "bert-sigmoid", embed.RerankOptions{})
	texts := []string{"open a file", "close the window", strings.Repeat("long ", 200), ""}
	want := score(t, r, "read", texts...)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			got, err := r.Score(context.Background(), "read", texts)
			if err != nil {
				t.Error(err)
				return
			}
			for i := range want {
				if math.Abs(float64(got[i]-want[i])) > 1e-6 {
					t.Errorf("text %d: %v, want %v", i, got[i], want[i])
				}
			}
		})
	}
	wg.Wait()
}

func TestRerankOptions(t *testing.T) {
	three := openCross(t, "bert-three", embed.RerankOptions{})
	sum := score(t, three, "a", "b")[0]
	for label := 1; label <= 2; label++ {
		sum += score(t, openCross(t, "bert-three", embed.RerankOptions{Label: label}), "a", "b")[0]
	}
	if math.Abs(float64(sum)-1) > 1e-5 {
		t.Errorf("the shares of all labels make %v", sum)
	}
	long := strings.Repeat("open the file and read it. ", 20)
	short := openCross(t, "bert-identity", embed.RerankOptions{MaxTokens: 16})
	if score(t, short, "read", long)[0] == score(t, openCross(t, "bert-identity", embed.RerankOptions{}), "read", long)[0] {
		t.Error("MaxTokens cuts nothing")
	}
	for name, o := range map[string]embed.RerankOptions{
		"negative": {MaxTokens: -1}, "too long": {MaxTokens: 65}, "no room": {MaxTokens: 4}, "no such label": {Label: 2},
	} {
		o.Model = filepath.Join("..", "testdata", "cross", "bert-sigmoid")
		if _, err := embed.OpenReranker(embedtest.Env, o); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := embed.OpenReranker(embedtest.Env, embed.RerankOptions{}); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("no folder: %v", err)
	}
	if _, err := embed.OpenReranker(embedtest.Env, embed.RerankOptions{Model: embedtest.BaseModel}); err == nil || !strings.Contains(err.Error(), "encoder") {
		t.Errorf("an encoder: %v", err)
	}
	if r := openCross(t, "roberta-one", embed.RerankOptions{}); r.Model().Activation != delta.Sigmoid {
		t.Errorf("activation %s", r.Model().Activation)
	}
}

func TestRerankEnds(t *testing.T) {
	r := openCross(t, "bert-sigmoid", embed.RerankOptions{})
	if s, err := r.Score(t.Context(), "q", nil); len(s) != 0 || err != nil {
		t.Errorf("nothing to score: %v %v", s, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.Score(ctx, "q", []string{"t"}); fault.CodeOf(err) != fault.Canceled {
		t.Errorf("canceled: %v", err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Score(t.Context(), "q", []string{"t"}); fault.CodeOf(err) != fault.Conflict {
		t.Errorf("closed: %v", err)
	}
}
