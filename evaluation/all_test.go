package evaluation_test

import (
	"errors"
	"math"
	"reflect"
	"testing"

	"loradex/adapters"
	"loradex/evaluation"
	"loradex/evaluation/significance"
	"loradex/internal/fault"
)

// TestRunAll: what mixes share is encoded once, and each has the figures that it has alone.
func TestRunAll(t *testing.T) {
	ds := tiny(t, "test")
	enc := &wordHasher{}
	mixes := []evaluation.Options{
		{}, {Adapter: mix("q1")}, {Adapter: mix("q2")}, {Adapter: mix("both"), DocAdapter: mix("both")}, {Adapter: mix("q1"), DocAdapter: mix("both")},
	}
	all, err := evaluation.RunAll(t.Context(), enc, ds, mixes)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int{"document none": 12, "document both": 12, "query none": 8, "query q1": 8, "query q2": 8, "query both": 8}
	if !reflect.DeepEqual(enc.mixes, want) {
		t.Errorf("rows %v, want %v", enc.mixes, want)
	}
	for i, o := range mixes {
		alone, _, err := evaluation.Run(t.Context(), &wordHasher{}, ds, o)
		if err != nil {
			t.Fatal(err)
		}
		got := *all[i].Report
		got.Seconds = alone.Seconds
		if !reflect.DeepEqual(&got, alone) {
			t.Errorf("mix %d: %+v, alone %+v", i, got, alone)
		}
	}
	stop := errors.New("stop")
	failing := &wordHasher{before: func(call int) error {
		if call == 3 {
			return stop
		}
		return nil
	}}
	if _, err := evaluation.RunAll(t.Context(), failing, ds, mixes); !errors.Is(err, stop) {
		t.Errorf("a failing encoder: %v", err)
	}
	if _, err := evaluation.RunAll(t.Context(), enc, ds, []evaluation.Options{{}, {Pool: -1}}); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("a bad pool: %v", err)
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
	list, err := evaluation.CompareMixes([]*evaluation.Saved{named("none", nil), worse, named("same", nil)}, significance.Options{})
	if err != nil || len(list) != 2 {
		t.Fatalf("%+v, %v", list, err)
	}
	w, s := list[0], list[1]
	if w.Reference != "none" || w.Adapter != "worse" || math.Abs(w.Difference+0.1875) > 1e-12 || w.P != 0.5 || w.Holm != 1 || w.Losses != 2 {
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
	if list, err := evaluation.CompareMixes([]*evaluation.Saved{saved(one), saved(one)}, significance.Options{}); err != nil || list[0].Detectable != nil {
		t.Errorf("one query: %+v, %v", list, err)
	}
	for name, other := range map[string]*evaluation.Saved{
		"another pool": saved(func(s *evaluation.Saved) { s.Report.Pool = 4 }),
		"other files":  saved(func(s *evaluation.Saved) { s.Report.Digests.Data = "x" }),
	} {
		first := saved(func(s *evaluation.Saved) { s.Report.Digests.Data = "y" })
		if _, err := evaluation.CompareMixes([]*evaluation.Saved{first, other}, significance.Options{}); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := evaluation.CompareMixes([]*evaluation.Saved{saved(nil)}, significance.Options{}); err == nil {
		t.Error("one evaluation is compared")
	}
}

// TestDescribe: what is known before an evaluation is what its report says afterwards.
func TestDescribe(t *testing.T) {
	o := evaluation.Options{
		Model: "m", MaxTokens: 9, System: "s", Template: "words", Truncation: "truncate", Pool: 5, PoolSeed: 2,
		Digests: evaluation.Digests{Model: "a", Code: "c"}, Adapter: mix("x"), DocAdapter: adapters.Mix{},
	}
	ds := tiny(t, "test")
	planned := evaluation.Describe(ds, o)
	report, _, err := evaluation.Run(t.Context(), &wordHasher{}, ds, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := evaluation.Stale(planned, report); err != nil {
		t.Error(err)
	}
	planned.Metrics, planned.CI95, planned.Seconds = report.Metrics, report.CI95, report.Seconds
	planned.GroupedBy, planned.Groups, planned.Macro = report.GroupedBy, report.Groups, report.Macro
	if !reflect.DeepEqual(planned, report) || len(report.Digests.Data) != 16 {
		t.Errorf("planned %+v, measured %+v", planned, report)
	}
}
