package compare

import (
	"fmt"
	"math"

	"loradex/evaluation"
	"loradex/internal/fault"
)

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

// Gate holds an evaluation against a baseline, by one metric. maxDrop is how much its mean may fall below the baseline's, in units of
// the metric; with 0 a drop that is significant never passes, however small.
//
// Conflict where the baseline is stale; see [Stale]. Invalid where one of the two has no value of the metric, and for a drop that is no
// number from 0 to 1.
func Gate(baseline, now *evaluation.Saved, metric string, maxDrop float64) (*GateResult, error) {
	if !(maxDrop >= 0 && maxDrop <= 1) {
		return nil, fault.New(fault.Invalid, "a drop of at most %g: want a number from 0 to 1", maxDrop)
	}
	if err := Stale(&baseline.Report, &now.Report); err != nil {
		return nil, err
	}
	for _, s := range []struct {
		what   string
		report *evaluation.Report
	}{{"baseline", &baseline.Report}, {"evaluation", &now.Report}} {
		if _, ok := s.report.Metrics[metric]; !ok {
			return nil, fault.New(fault.Invalid, "the %s has no value of %s", s.what, metric).
				WithHint("name one of its metrics with --on, or compute it with --metrics")
		}
	}
	before, after, err := pair(baseline, now, []string{metric})
	if err != nil {
		return nil, err
	}
	m, err := before.with(after, metric, nil)
	if err != nil {
		return nil, err
	}
	g := &GateResult{
		Dataset: now.Report.Dataset, Split: now.Report.Split, Adapter: now.Report.Adapter, Was: baseline.Report.Adapter, Metric: metric,
		Queries: len(now.Queries), Baseline: m.A, Value: m.B, Difference: m.Difference, MaxDrop: maxDrop,
	}
	g.Fell = m.Mean < 0 && m.P < level
	g.Failed = g.over() && g.Fell
	if math.Abs(m.A-baseline.Report.Metrics[metric]) > 1e-9 {
		return nil, fault.New(fault.Corrupt, "the baseline says %s %.6f, and the values of its queries %.6f", metric, baseline.Report.Metrics[metric], m.A).
			WithHint("its report and its queries are not of one run: make it anew with --out")
	}
	return g, nil
}
