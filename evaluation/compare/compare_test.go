package compare_test

import (
	"math"
	"testing"

	"loradex/evaluation"
	"loradex/evaluation/compare"
	"loradex/evaluation/runfile"
	"loradex/internal/fault"
)

func saved(mutate func(*evaluation.Saved)) *evaluation.Saved {
	s := &evaluation.Saved{Report: evaluation.Report{Dataset: "set", Split: "test", Corpus: 9, Metrics: map[string]float64{"mrr@10": 0}}}
	for i, first := range []int{1, 2, 0, 5} {
		rr := 0.0
		if first > 0 {
			rr = 1 / float64(first)
		}
		s.Queries = append(s.Queries, runfile.QueryResult{
			Query: string(rune('a' + i)), Relevant: 1, First: first, Metrics: map[string]float64{"mrr@10": rr},
		})
	}
	if mutate != nil {
		mutate(s)
	}
	return s
}

func set(s *evaluation.Saved, i, first int, rr float64) {
	s.Queries[i].First, s.Queries[i].Metrics["mrr@10"] = first, rr
}

func TestCompare(t *testing.T) {
	// a falls from 1 to 4, b rises from 2 to 1, c is found at 10, d stays; the order of the lists does not matter.
	after := saved(func(s *evaluation.Saved) {
		set(s, 0, 4, 0.25)
		set(s, 1, 1, 1)
		set(s, 2, 10, 0.1)
		s.Queries[0], s.Queries[3] = s.Queries[3], s.Queries[0]
	})
	c, err := compare.Two(saved(nil), after)
	if err != nil {
		t.Fatal(err)
	}
	m := c.Metrics[0]
	if want := (-0.75 + 0.5 + 0.1) / 4; math.Abs(m.Mean-want) > 1e-12 || m.Wins != 2 || m.Losses != 1 {
		t.Errorf("difference %g with %d wins and %d losses, want %g, 2, 1", m.Mean, m.Wins, m.Losses, want)
	}
	if m.CI95[0] > m.Mean || m.CI95[1] < m.Mean || m.P < 0.05 {
		t.Errorf("four queries prove nothing: interval %v, p %g", m.CI95, m.P)
	}
	if c.Flips[0] != (compare.Flip{K: 1, Lost: 1, Gained: 1}) || c.Flips[1] != (compare.Flip{K: 10, Gained: 1}) {
		t.Errorf("flips: %+v", c.Flips)
	}
	if len(c.Queries) != 3 || c.Queries[0].Query != "a" || c.Queries[2].Query != "b" {
		t.Errorf("queries by their change: %+v", c.Queries)
	}
	same, err := compare.Two(saved(nil), saved(nil))
	if err != nil || same.Metrics[0].Mean != 0 || same.Metrics[0].P != 1 || len(same.Queries) != 0 {
		t.Errorf("with itself: %+v, %v", same, err)
	}
}

// TestIncomparable: a metric without a cut-off over 1000 hits is not that over 100.
func TestIncomparable(t *testing.T) {
	with := func(depth int) *evaluation.Saved {
		return saved(func(s *evaluation.Saved) {
			s.Report.Depth, s.Report.Metrics["mrr"] = depth, 0
			for i := range s.Queries {
				s.Queries[i].Metrics["mrr"] = s.Queries[i].Metrics["mrr@10"]
			}
		})
	}
	c, err := compare.Two(with(1000), with(100))
	if err != nil || len(c.Metrics) != 1 || c.Metrics[0].Metric != "mrr@10" || len(c.Incomparable) != 1 || c.Incomparable[0] != "mrr" {
		t.Errorf("%+v, %v", c, err)
	}
	if c, err = compare.Two(with(100), with(100)); err != nil || len(c.Metrics) != 2 || c.Incomparable != nil {
		t.Errorf("the same depth: %+v, %v", c, err)
	}
}

func TestCompareRefuses(t *testing.T) {
	for name, mutate := range map[string]func(*evaluation.Saved){
		"another set":    func(s *evaluation.Saved) { s.Report.Dataset = "other" },
		"another split":  func(s *evaluation.Saved) { s.Report.Split = "dev" },
		"another pool":   func(s *evaluation.Saved) { s.Report.Corpus = 10 },
		"fewer queries":  func(s *evaluation.Saved) { s.Queries = s.Queries[1:] },
		"other queries":  func(s *evaluation.Saved) { s.Queries[1].Query = "x" },
		"no value":       func(s *evaluation.Saved) { delete(s.Queries[1].Metrics, "mrr@10") },
		"a query thrice": func(s *evaluation.Saved) { s.Queries[1].Query, s.Queries[2].Query = "a", "a" },
	} {
		if _, err := compare.Two(saved(nil), saved(mutate)); err == nil {
			t.Errorf("%s: compared", name)
		}
	}
	none := saved(func(s *evaluation.Saved) { s.Queries = nil })
	if _, err := compare.Two(none, none); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("no queries: %v", err)
	}
}

func TestCompareMixes(t *testing.T) {
	// Against the reference: the first loses a little everywhere, the second is the same.
	named := func(name string, mutate func(*evaluation.Saved)) *evaluation.Saved {
		s := saved(mutate)
		s.Report.Adapter = name
		return s
	}
	worse := named("worse", func(s *evaluation.Saved) {
		set(s, 0, 2, 0.5)
		set(s, 1, 4, 0.25)
	})
	list, err := compare.Mixes([]*evaluation.Saved{named("none", nil), worse, named("same", nil)})
	if err != nil || len(list) != 2 {
		t.Fatalf("%+v, %v", list, err)
	}
	w, s := list[0], list[1]
	if w.Reference != "none" || w.Adapter != "worse" || math.Abs(w.Mean+0.1875) > 1e-12 || w.P != 0.5 || w.Holm != 1 || w.Losses != 2 {
		t.Errorf("%+v", w)
	}
	if s.Adapter != "same" || s.P != 1 || s.Holm != 1 || s.Detectable != nil { // nothing moved, so nothing is known of what would
		t.Errorf("%+v", s)
	}
	// (1.96 + 0.8416) · sd(-0.5, -0.25, 0, 0) / √4
	if want := 2.801585 * 0.2393568 / 2; w.Detectable == nil || math.Abs(*w.Detectable-want) > 1e-5 {
		t.Errorf("detectable %v, want %g", w.Detectable, want)
	}
	one := func(s *evaluation.Saved) { s.Queries = s.Queries[:1] }
	if list, err := compare.Mixes([]*evaluation.Saved{saved(one), saved(one)}); err != nil || list[0].Detectable != nil {
		t.Errorf("one query: %+v, %v", list, err)
	}
	for name, other := range map[string]*evaluation.Saved{
		"another pool": saved(func(s *evaluation.Saved) { s.Report.Pool = 4 }),
		"other files":  saved(func(s *evaluation.Saved) { s.Report.Digests.Data = "x" }),
	} {
		first := saved(func(s *evaluation.Saved) { s.Report.Digests.Data = "y" })
		if _, err := compare.Mixes([]*evaluation.Saved{first, other}); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := compare.Mixes([]*evaluation.Saved{saved(nil)}); err == nil {
		t.Error("one evaluation is compared")
	}
}
