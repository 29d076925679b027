package evaluation

// This file defines the comparison of several mixes with one of them.

import (
	"loradex/evaluation/runfile"
	"loradex/evaluation/significance"
	"loradex/internal/fault"
)

// MixComparison is one metric of a mix against the reference: A is the reference's mean, B the mix's.
type MixComparison struct {
	Reference string `json:"reference"` // mix of the queries
	Adapter   string `json:"adapter"`
	MetricComparison
	// Holm is P corrected for the number of mixes that are compared with the reference by this metric.
	Holm float64 `json:"p_holm"`
	// Detectable is the smallest true difference that so many queries would have shown, four times in five, at the level
	// 0.05. nil for a single query, and where no query moved.
	Detectable *float64 `json:"detectable"`
}

// power is the chance of seeing a difference that Detectable speaks of: the usual one.
const (
	level = 0.05
	power = 0.8
)

// CompareMixes compares all but the first evaluation with the first: metric by metric in the order of a report's table, mixes
// in their order. They must be of one data set; see [Compare].
func CompareMixes(all []*Saved, o significance.Options) ([]MixComparison, error) {
	if len(all) < 2 {
		return nil, fault.New(fault.Invalid, "%d evaluations: a comparison needs two", len(all))
	}
	reference := all[0]
	var out []MixComparison
	for _, name := range metricNames(&reference.Report) {
		first := len(out)
		var p []float64
		for _, s := range all[1:] {
			if err := sameData(&reference.Report, &s.Report); err != nil {
				return nil, err
			}
			c := MixComparison{Reference: reference.Report.Adapter, Adapter: s.Report.Adapter}
			var err error
			if c.MetricComparison, c.Detectable, err = comparePair(name, reference.Queries, s.Queries, o); err != nil {
				return nil, err
			}
			p = append(p, c.P)
			out = append(out, c)
		}
		adjusted, err := significance.Holm(p)
		if err != nil {
			return nil, err
		}
		for i, v := range adjusted {
			out[first+i].Holm = v
		}
	}
	return out, nil
}

// comparePair compares one metric of the same queries.
func comparePair(name string, a, b []runfile.QueryResult, o significance.Options) (MetricComparison, *float64, error) {
	before, after, err := paired(a, b)
	if err != nil {
		return MetricComparison{}, nil, err
	}
	m, err := compareMetric(name, before, after, o)
	if err != nil || len(before) < 2 {
		return m, nil, err
	}
	x, y := make([]float64, len(before)), make([]float64, len(after))
	for i := range before {
		x[i], y[i] = before[i].Metrics[name], after[i].Metrics[name]
	}
	least, err := significance.Detectable(x, y, level, power)
	if err != nil || least == 0 {
		return m, nil, err // no query moved, which does not mean that any difference would have shown
	}
	return m, &least, nil
}
