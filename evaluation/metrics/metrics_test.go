package metrics_test

import (
	"encoding/json"
	"math"
	"os"
	"sort"
	"testing"

	"loradex/evaluation/metrics"
	"loradex/evaluation/runfile"
	"loradex/internal/fault"
)

// TestByHand checks each metric on rankings that can be worked out on paper.
func TestByHand(t *testing.T) {
	log3, log4 := math.Log2(3), 2.0
	queries := map[string]metrics.Query{
		"second of two": {Ranked: []float64{0, 1, metrics.Unjudged, 1}, Relevant: []float64{1, 1}},
		"graded":        {Ranked: []float64{1, 3, metrics.Unjudged}, Relevant: []float64{3, 2, 1}},
		"judged":        {Ranked: []float64{metrics.Unjudged, 0, 1, 0, 2}, Relevant: []float64{2, 1, 1}, Nonrelevant: 2},
		"none ranked":   {Ranked: nil, Relevant: []float64{1}},
		"none relevant": {Ranked: []float64{0, metrics.Unjudged}, Relevant: nil},
		"nothing":       {},
		"fewer than k":  {Ranked: []float64{1}, Relevant: []float64{1, 1}},
		"beyond":        {Ranked: []float64{0, 0}, Relevant: []float64{1}, First: 8},
	}
	for _, c := range []struct {
		query, metric string
		want          float64
	}{
		{"second of two", "mrr", 1.0 / 2},
		{"second of two", "mrr@1", 0},
		{"second of two", "mrr@2", 1.0 / 2},
		{"second of two", "recall@1", 0},
		{"second of two", "recall@2", 1.0 / 2},
		{"second of two", "recall@10", 1},
		{"second of two", "precision@2", 1.0 / 2},
		{"second of two", "precision@10", 2.0 / 10},
		{"second of two", "hit@1", 0},
		{"second of two", "hit@2", 1},
		{"second of two", "map", (1.0/2 + 2.0/4) / 2},
		{"second of two", "map@2", (1.0 / 2) / 2},
		{"second of two", "ndcg@10", (1/log3 + 1/math.Log2(5)) / (1 + 1/log3)},

		{"graded", "ndcg@1", 1.0 / 3},
		{"graded", "ndcg@2", (1 + 3/log3) / (3 + 2/log3)},
		{"graded", "ndcg", (1 + 3/log3) / (3 + 2/log3 + 1/log4)},
		{"graded", "map", (1 + 1) / 3.0},
		{"graded", "recall@100", 2.0 / 3},

		{"fewer than k", "precision@5", 1.0 / 5},
		{"fewer than k", "recall@5", 1.0 / 2},
		{"fewer than k", "ndcg@5", 1 / (1 + 1/log3)},
		{"fewer than k", "map", 1.0 / 2},

		{"second of two", "rprec", 1.0 / 2},
		{"graded", "rprec", 2.0 / 3},
		{"fewer than k", "rprec", 1.0 / 2},
		{"second of two", "rbp.50", 0.5 * (0.5 + 0.125)},
		{"second of two", "rbp.80", 0.2 * (0.8 + 0.512)},
		{"second of two", "rbp.95@3", 0.05 * 0.95},
		{"judged", "bpref", ((1 - 1.0/2) + 1 - 2.0/2) / 3},
		{"graded", "bpref", 2.0 / 3}, // nothing is known not to be relevant

		{"beyond", "mrr", 1.0 / 8},
		{"beyond", "mrr@10", 1.0 / 8},
		{"beyond", "mrr@7", 0},
		{"beyond", "hit@10", 0},
	} {
		if got := compute(t, c.metric, queries[c.query]); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%s of %q = %g, want %g", c.metric, c.query, got, c.want)
		}
	}
	for _, empty := range []string{"none ranked", "none relevant", "nothing"} {
		for _, metric := range []string{"mrr", "mrr@10", "ndcg", "ndcg@10", "recall@10", "precision@10", "hit@10", "map", "map@10", "rprec", "bpref", "rbp.80"} {
			if got := compute(t, metric, queries[empty]); got != 0 {
				t.Errorf("%s of %q = %g, want 0", metric, empty, got)
			}
		}
	}
	if got := metrics.Precision(queries["graded"], 0); got != 0 {
		t.Errorf("precision without a cut-off = %g, want 0", got)
	}
}

// TestRanx compares with ranx on random runs without ties, which it orders otherwise; testdata/gen/ranx_goldens.py made the
// golden.
func TestRanx(t *testing.T) {
	compareGoldens(t, "testdata/ranx.json", 30*12)
}

// TestTrecEval compares with trec_eval on random runs with ties; testdata/gen/trec_eval.py made the golden.
func TestTrecEval(t *testing.T) {
	compareGoldens(t, "testdata/trec_eval.json", 30*17)
}

// compareGoldens wants every value of a golden, and at least so many of them.
func compareGoldens(t *testing.T, file string, atLeast int) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Query string
		Qrels map[string]float64
		Run   map[string]float32
		Want  map[string]float64
	}
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, c := range cases {
		var hits []runfile.Hit
		for doc, score := range c.Run {
			hits = append(hits, runfile.Hit{Doc: doc, Score: score})
		}
		runfile.Order(hits)
		var q metrics.Query
		for _, hit := range hits {
			grade, ok := c.Qrels[hit.Doc]
			if !ok {
				grade = metrics.Unjudged
			}
			q.Ranked = append(q.Ranked, grade)
		}
		for _, grade := range c.Qrels {
			if grade > 0 {
				q.Relevant = append(q.Relevant, grade)
			} else {
				q.Nonrelevant++
			}
		}
		sort.Sort(sort.Reverse(sort.Float64Slice(q.Relevant)))
		for name, want := range c.Want {
			compared++
			if got := compute(t, name, q); math.Abs(got-want) > 1e-9 {
				t.Errorf("%s of %s = %.12f, the golden says %.12f", name, c.Query, got, want)
			}
		}
	}
	if compared < atLeast {
		t.Errorf("only %d values compared", compared)
	}
}

func TestParse(t *testing.T) {
	for _, name := range append(metrics.Default(), "hit@5", "precision@1", "ndcg", "map@3") {
		if m, err := metrics.Parse(name); err != nil || m.Name != name {
			t.Errorf("Parse(%q) = %q, %v", name, m.Name, err)
		}
	}
	for _, name := range []string{"", "mrr@", "mrr@0", "mrr@-1", "mrr@+5", "mrr@05", "mrr@1e3", "recall", "precision", "hit", "nope@3", "MRR", "mrr@99999999999"} {
		if _, err := metrics.Parse(name); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("Parse(%q): %v, want an invalid error", name, err)
		}
	}
	if _, err := metrics.ParseAll([]string{"mrr", "map", "mrr"}); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("a metric asked for twice: %v", err)
	}
}

func compute(t *testing.T, name string, q metrics.Query) float64 {
	t.Helper()
	m, err := metrics.Parse(name)
	if err != nil {
		t.Fatal(err)
	}
	return m.Compute(q)
}
