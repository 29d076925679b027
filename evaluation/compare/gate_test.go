package compare_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"loradex/evaluation"
	"loradex/evaluation/compare"
	"loradex/evaluation/runfile"
	"loradex/internal/fault"
)

// gated is an evaluation with these values of mrr@10.
func gated(values ...float64) *evaluation.Saved {
	s := &evaluation.Saved{Report: evaluation.Report{
		Dataset: "set", Split: "test", Model: "m", Corpus: 9, Pool: 9, Queries: len(values), Adapter: "a", Depth: 1000, Metrics: map[string]float64{},
		Digests: evaluation.Digests{Model: "1", Data: "2", Code: "3"},
	}}
	for i, v := range values {
		s.Queries = append(s.Queries, runfile.QueryResult{Query: fmt.Sprintf("%03d", i), Metrics: map[string]float64{"mrr@10": v}})
		s.Report.Metrics["mrr@10"] += v / float64(len(values))
	}
	return s
}

// repeated is n times every value.
func repeated(n int, values ...float64) []float64 {
	var out []float64
	for range n {
		out = append(out, values...)
	}
	return out
}

func TestGate(t *testing.T) {
	base := repeated(20, 1, 0.5, 1, 0.5)
	for _, tt := range []struct {
		name                string
		now                 []float64
		maxDrop             float64
		failed, significant bool
	}{
		{"the same", base, 0, false, false},
		{"better", repeated(20, 1, 1, 1, 1), 0, false, false},
		{"much worse", repeated(20, 0.5, 0.5, 0.5, 0.5), 0.01, true, true},
		{"worse, as far as allowed", repeated(20, 0.5, 0.5, 0.5, 0.5), 0.25, false, true},
		{"worse, by a little more than allowed", repeated(20, 0.5, 0.5, 0.5, 0.5), 0.2499, true, true},
		{"one query is worse", append([]float64{0}, base[1:]...), 0.01, false, false},
		{"one query is worse, and nothing may be lost", append([]float64{0}, base[1:]...), 0, false, false},
		// Of eighty, four fall by 1 or ½ and none rises: the bootstrap interval lies below 0, and p is 0.125.
		{"four queries are worse", append([]float64{0, 0, 0, 0}, base[4:]...), 0.01, false, false},
		{"wins and losses", repeated(20, 0.5, 1, 1, 0.45), 0.01, false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			g, err := compare.Gate(gated(base...), gated(tt.now...), "mrr@10", tt.maxDrop)
			if err != nil {
				t.Fatal(err)
			}
			if g.Failed != tt.failed || g.Fell != tt.significant {
				t.Errorf("failed %t, significant %t: %s", g.Failed, g.Fell, g)
			}
			if strings.Contains(g.String(), "FAILED") != tt.failed || !strings.Contains(g.String(), fmt.Sprintf("%.4f", g.Value)) {
				t.Errorf("says %s", g)
			}
			if math.Abs(g.Value-g.Baseline-g.Mean) > 1e-9 {
				t.Errorf("%+v", g)
			}
		})
	}
}

func TestGateRefuses(t *testing.T) {
	const metric, maxDrop = "mrr@10", 0.01
	values := []float64{1, 0.5}
	for _, tt := range []struct {
		words  string
		mutate func(*evaluation.Report)
	}{
		{"data set", func(r *evaluation.Report) { r.Dataset = "other" }},
		{"split", func(r *evaluation.Report) { r.Split = "dev" }},
		{"documents", func(r *evaluation.Report) { r.Corpus = 10 }},
		{"data digest", func(r *evaluation.Report) { r.Digests.Data = "x" }},
		{"model digest", func(r *evaluation.Report) { r.Digests.Model = "x" }},
		{"model ", func(r *evaluation.Report) { r.Digests.Model, r.Model = "", "other" }},
		{"max tokens 0, now 128", func(r *evaluation.Report) { r.MaxTokens = 128 }},
		{"truncation", func(r *evaluation.Report) { r.Truncation = "mean:128/64" }},
		{`template "", now "words"`, func(r *evaluation.Report) { r.Template = "words" }},
		{"pool 9, now 4", func(r *evaluation.Report) { r.Pool = 4 }},
		{"pool seed", func(r *evaluation.Report) { r.PoolSeed = 4 }},
		{"depth", func(r *evaluation.Report) { r.Depth = 10 }},
		{"tie break", func(r *evaluation.Report) { r.TieBreak = evaluation.TieAsSearched }},
		{"search", func(r *evaluation.Report) { r.Search = &evaluation.Search{Mode: "hybrid", Coverage: 1} }},
	} {
		now := gated(values...)
		tt.mutate(&now.Report)
		_, err := compare.Gate(gated(values...), now, metric, maxDrop)
		if fault.CodeOf(err) != fault.Conflict || !strings.Contains(err.Error(), tt.words) || strings.Contains(err.Error(), ";") || !strings.Contains(fault.HintOf(err), "--out") {
			t.Errorf("%s: %v", tt.words, err)
		}
	}
	// What is gated may differ: the adapter, the code, where the model lies and what it is called.
	now := gated(values...)
	now.Report.Adapter, now.Report.Digests.Adapter, now.Report.Digests.Code, now.Report.Model, now.Report.System = "b", "x", "y", "renamed", "http://elsewhere"
	if g, err := compare.Gate(gated(values...), now, metric, maxDrop); err != nil || g.Was != "a" || g.Adapter != "b" {
		t.Errorf("%+v, %v", g, err)
	}
	for name, tt := range map[string]struct {
		metric string
		drop   float64
		mutate func(*evaluation.Saved)
		code   fault.Code
	}{
		"no such metric": {"map", 0, nil, fault.Invalid},
		"negative drop":  {metric, -1, nil, fault.Invalid},
		"not a number":   {metric, math.NaN(), nil, fault.Invalid},
		"other queries":  {metric, maxDrop, func(s *evaluation.Saved) { s.Queries[0].Query = "x" }, fault.Invalid},
		"edited":         {metric, maxDrop, func(s *evaluation.Saved) { s.Report.Metrics["mrr@10"] = 0.1 }, fault.Corrupt},
	} {
		baseline := gated(values...)
		if tt.mutate != nil {
			tt.mutate(baseline)
		}
		if _, err := compare.Gate(baseline, gated(values...), tt.metric, tt.drop); fault.CodeOf(err) != tt.code || err == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
