package evaluation_test

import (
	"errors"
	"reflect"
	"testing"

	"loradex/adapters"
	"loradex/evaluation"
	"loradex/evaluation/compare"
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
	if err := compare.Stale(planned, report); err != nil {
		t.Error(err)
	}
	planned.Metrics, planned.CI95, planned.Seconds = report.Metrics, report.CI95, report.Seconds
	planned.GroupedBy, planned.Groups, planned.Macro = report.GroupedBy, report.Groups, report.Macro
	if !reflect.DeepEqual(planned, report) || len(report.Digests.Data) != 16 {
		t.Errorf("planned %+v, measured %+v", planned, report)
	}
}
