//go:build cgo && ORT

package train

import (
	"context"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"loradex/adapters"
	"loradex/embed"
	"loradex/internal/dataset"
	"loradex/internal/fault"
)

// Documents keep the base's vectors in the whole run, in the batches and in the scores; queries move.
func TestQuerySideKeepsDocuments(t *testing.T) {
	enc := openEncoder(t, embed.Options{})
	set := task(32, 30)
	base, err := enc.Encode(t.Context(), rowsOf(set.Docs, embed.Document))
	if err != nil {
		t.Fatal(err)
	}
	queries, err := enc.Encode(t.Context(), rowsOf(set.Queries, embed.Query))
	if err != nil {
		t.Fatal(err)
	}
	var docs, moved [][][]float32
	score := func(ctx context.Context, encode Encode) (float64, error) {
		d, err := encode(ctx, embed.Document, set.Docs)
		if err != nil {
			return 0, err
		}
		q, err := encode(ctx, embed.Query, set.Queries)
		docs, moved = append(docs, d), append(moved, q)
		return float64(len(docs)), err
	}
	o := Options{
		Side: adapters.SideQuery, Batch: 8, Epochs: 4, EvalEvery: 4, ExtraNegatives: 12, HardNegatives: 1, LearningRate: 1e-2, Rank: 4,
	}
	tr := newTrainer(t, enc, Job{Data: set, Score: score}, o)
	run(t, tr)
	if !reflect.DeepEqual(tr.stored, base) {
		t.Error("the stored vectors were changed")
	}
	for i, d := range docs {
		if diff := maxDiff(d, base); diff > 1e-6 {
			t.Errorf("score %d: documents moved by %g", i, diff)
		}
	}
	if diff := maxDiff(moved[0], queries); diff > 1e-5 {
		t.Errorf("queries are off the base by %g before the first step", diff)
	}
	if diff := maxDiff(moved[len(moved)-1], queries); diff < 1e-2 {
		t.Errorf("training moved the queries by %g only", diff)
	}
	if tr.tokens[1] != nil {
		t.Error("documents were tokenized for nothing")
	}
	for at := range tr.plan.batches {
		b := tr.batch(at)
		for j, d := range tr.plan.candidates(at) {
			if !slices.Equal(b.stored[16*j:16*(j+1)], base[d]) {
				t.Fatalf("batch %d: document %d has another vector", at, d)
			}
		}
	}
}

// Before the first step both sides are the base, so that it does not matter which one is trained.
func TestQuerySideStartsLikeBoth(t *testing.T) {
	enc := openEncoder(t, embed.Options{})
	o := Options{Batch: 8, Rank: 4, ExtraNegatives: -1}
	both := steps(t, newTrainer(t, enc, Job{Data: task(32, 0)}, o), 1)[0]
	o.Side = adapters.SideQuery
	if query := steps(t, newTrainer(t, enc, Job{Data: task(32, 0)}, o), 1)[0]; math.Abs(query-both) > 1e-5 {
		t.Errorf("the first loss is %g, with both sides %g", query, both)
	}
}

// Vectors that are given take the place of the base's.
func TestQuerySideTakesGivenVectors(t *testing.T) {
	defer fault.ExpectBugs()()
	enc := openEncoder(t, embed.Options{})
	set := task(16, 0)
	given := func(size, less int) func(context.Context, []dataset.Text) ([][]float32, error) {
		return func(_ context.Context, docs []dataset.Text) ([][]float32, error) {
			out := make([][]float32, len(docs)-less)
			for i := range out {
				out[i] = make([]float32, size)
				out[i][i%size] = 1
			}
			return out, nil
		}
	}
	o := Options{Side: adapters.SideQuery, Batch: 8, Rank: 4}
	tr := newTrainer(t, enc, Job{Data: set, Vectors: given(16, 0)}, o)
	if tr.stored[3][3] != 1 {
		t.Errorf("document 3 has vector %v", tr.stored[3])
	}
	steps(t, tr, 1)
	for name, vectors := range map[string]func(context.Context, []dataset.Text) ([][]float32, error){
		"dimensions": given(32, 0), "vectors": given(16, 1),
		"no store": func(context.Context, []dataset.Text) ([][]float32, error) {
			return nil, fault.New(fault.Unavailable, "no store")
		},
	} {
		if _, err := New(t.Context(), enc, Job{Data: set, Vectors: vectors}, o); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
