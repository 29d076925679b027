package evaluation_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"loradex/evaluation"
	"loradex/evaluation/cosine"
	"loradex/internal/dataset"
)

// selfish is a data set whose first query is a document of the same id, and stands first in its own ranking.
func selfish(t *testing.T) (whole, without *dataset.Dataset, queries, docs [][]float32) {
	t.Helper()
	whole = &dataset.Dataset{
		Name: "selfish", Split: "test", Docs: []dataset.Text{{ID: "a"}, {ID: "b"}, {ID: "c"}, {ID: "d"}},
		Queries: []dataset.Text{{ID: "a"}, {ID: "x"}}, Judgements: [][]dataset.Judgement{{{Doc: 1, Grade: 1}}, {{Doc: 0, Grade: 1}}},
	}
	without, err := whole.WithoutSelf()
	if err != nil {
		t.Fatal(err)
	}
	return whole, without, [][]float32{{1, 0}, {1, 0}}, [][]float32{{1, 0}, {1, 0.2}, {1, 0.5}, {0, 1}}
}

// TestWithoutSelf: the query's own document is in no ranking, no pool and no rank, however it was ranked; the other query keeps it.
func TestWithoutSelf(t *testing.T) {
	whole, without, queries, docs := selfish(t)
	o := evaluation.Options{Metrics: []string{"mrr@10", "mrr"}}
	report, _, err := evaluation.RunVectors(t.Context(), queries, docs, whole, o)
	if err != nil || report.Metrics["mrr@10"] != 0.75 || report.ExcludeSelf || report.SelfQueries != 1 {
		t.Errorf("with itself: %+v %v", report, err)
	}
	check := func(what string, report *evaluation.Report, result *evaluation.Result, err error) {
		t.Helper()
		if err != nil || report.Metrics["mrr@10"] != 1 || report.Metrics["mrr"] != 1 || !report.ExcludeSelf || report.SelfQueries != 1 {
			t.Errorf("%s: %+v %v", what, report, err)
			return
		}
		own := func(h cosine.Hit) bool { return h.Doc == 0 }
		if slices.ContainsFunc(result.Rankings[0].Hits, own) || !slices.ContainsFunc(result.Rankings[1].Hits, own) {
			t.Errorf("%s: %v", what, result.Rankings)
		}
	}
	report, result, err := evaluation.RunVectors(t.Context(), queries, docs, without, o)
	check("vectors", report, result, err)
	for i, want := range []int{3, 4} {
		if got := len(result.Rankings[i].Hits); got != want {
			t.Errorf("query %d ranks %d documents, want %d", i, got, want)
		}
	}
	o.Pool = 4 // all that there are, but itself
	report, result, err = evaluation.RunVectors(t.Context(), queries, docs, without, o)
	check("a pool", report, result, err)
	o.Pool = 0
	rankings := []cosine.Result{{Hits: []cosine.Hit{{Doc: 0, Score: 3}, {Doc: 1, Score: 2}}}, {Hits: []cosine.Hit{{Doc: 0, Score: 1}}}}
	report, result, err = evaluation.RunRankings(t.Context(), rankings, without, o)
	check("rankings", report, result, err)
	path := filepath.Join(t.TempDir(), "run.trec")
	if err := os.WriteFile(path, []byte("\ufeffa Q0 a 1 3 t\na Q0 b 2 2 t\nx Q0 a 1 1 t\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	report, result, err = evaluation.RunFromFile(t.Context(), path, without, o)
	check("a run file", report, result, err)
}
