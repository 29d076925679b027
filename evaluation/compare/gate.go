package compare

import (
	"fmt"
	"math"

	"loradex/evaluation"
	"loradex/evaluation/significance"
	"loradex/internal/fault"
)

// GateOptions say what a gate lets pass.
type GateOptions struct {
	Metric string // such as mrr@10
	// MaxDrop is how much the metric's mean may fall below the baseline's, in units of the metric. 0: a drop that is
	// significant never passes, however small.
	MaxDrop float64
	Tests   significance.Options
}

// Validate reports settings that cannot work.
func (o GateOptions) Validate() error {
	if !(o.MaxDrop >= 0 && o.MaxDrop <= 1) {
		return fault.New(fault.Invalid, "a drop of at most %g: want a number from 0 to 1", o.MaxDrop)
	}
	return o.Tests.Validate()
}

// GateResult is what a gate says of one metric of one mix.
type GateResult struct {
	Dataset  string  `json:"dataset"`
	Split    string  `json:"split"`
	Adapter  string  `json:"adapter"`
	Was      string  `json:"baseline_adapter"`
	Metric   string  `json:"metric"`
	Queries  int     `json:"queries"`
	Baseline float64 `json:"baseline"`
	Value    float64 `json:"value"`
	Difference
	MaxDrop float64 `json:"max_drop"`
	// Fell says that the metric fell by more than chance: p < 0.05 by the paired randomization test. The interval does
	// not decide: where few queries moved, its end is no bound that holds in 95 of 100 cases.
	Fell bool `json:"significant"`
	// Failed: the mean fell by more than MaxDrop, and that is significant. Both are asked for, since a small significant drop
	// may be a price worth paying, and a large one that chance explains says nothing.
	Failed bool `json:"failed"`
}

// String says the outcome with its figures, in a line.
func (g *GateResult) String() string {
	verdict := "passed"
	switch {
	case g.Failed:
		verdict = "FAILED"
	case g.over() && !g.Fell:
		verdict = "passed, for the drop is not significant"
	}
	text := fmt.Sprintf("%s %s, %s: %s %.4f, baseline %.4f, difference %+.4f (%+.4f to %+.4f, p %.4f), at most %.4g may be lost: %s",
		g.Dataset, g.Split, g.Adapter, g.Metric, g.Value, g.Baseline, g.Mean, g.CI95[0], g.CI95[1], g.P, g.MaxDrop, verdict)
	if g.over() && !g.Fell && g.Detectable != nil {
		text += fmt.Sprintf(" (%d queries show a difference of %.4f or more)", g.Queries, *g.Detectable)
	}
	return text
}

// over tells whether the mean fell by more than is allowed. Sums of the same numbers may differ in their last bits.
func (g *GateResult) over() bool { return -g.Mean > g.MaxDrop+1e-12 }

// Gate holds an evaluation against a baseline. Conflict where the baseline is stale; see [Stale]. Invalid where one of the
// two has no value of the metric.
func Gate(baseline, now *evaluation.Saved, o GateOptions) (*GateResult, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if err := Stale(&baseline.Report, &now.Report); err != nil {
		return nil, err
	}
	for _, s := range []struct {
		what   string
		report *evaluation.Report
	}{{"baseline", &baseline.Report}, {"evaluation", &now.Report}} {
		if _, ok := s.report.Metrics[o.Metric]; !ok {
			return nil, fault.New(fault.Invalid, "the %s has no value of %s", s.what, o.Metric).
				WithHint("name one of its metrics with --on, or compute it with --metrics")
		}
	}
	before, after, err := pair(baseline, now, []string{o.Metric})
	if err != nil {
		return nil, err
	}
	m, err := before.with(after, o.Metric, nil, o.Tests)
	if err != nil {
		return nil, err
	}
	g := &GateResult{
		Dataset: now.Report.Dataset, Split: now.Report.Split, Adapter: now.Report.Adapter, Was: baseline.Report.Adapter, Metric: o.Metric,
		Queries: len(now.Queries), Baseline: m.A, Value: m.B, Difference: m.Difference, MaxDrop: o.MaxDrop,
	}
	g.Fell = m.Mean < 0 && m.P < Level
	g.Failed = g.over() && g.Fell
	if math.Abs(m.A-baseline.Report.Metrics[o.Metric]) > 1e-9 {
		return nil, fault.New(fault.Corrupt, "the baseline says %s %.6f, and the values of its queries %.6f", o.Metric, baseline.Report.Metrics[o.Metric], m.A).
			WithHint("its report and its queries are not of one run: make it anew with --out")
	}
	return g, nil
}
