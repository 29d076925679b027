package compare

import (
	"maps"
	"slices"

	"loradex/evaluation"
	"loradex/evaluation/significance"
)

// Comparison holds two evaluations of one data set side by side: A before, B after. Its JSON is the document of
// `eval compare --json`.
type Comparison struct {
	A       evaluation.Report  `json:"a"`
	B       evaluation.Report  `json:"b"`
	Metrics []MetricDifference `json:"metrics"` // in the order of a report's table
	// Incomparable names metrics that were computed over rankings of different lengths: see comparableTo.
	Incomparable []string          `json:"incomparable,omitempty"`
	Groups       []groupDifference `json:"groups,omitempty"` // by metric, then by group: where the queries have groups
	Flips        []flip            `json:"flips"`
	Queries      []QueryOutcome    `json:"queries"` // that changed the most by their first answer's reciprocal rank, losses first
}

// MetricDifference is a metric's mean over the queries in both, and what is known of the difference.
type MetricDifference struct {
	Metric string  `json:"metric"`
	A      float64 `json:"a"`
	B      float64 `json:"b"`
	Difference
}

// groupDifference is a metric over the queries of one group: a mean that rises can hide a language that falls. Holm's
// correction is over the groups, per metric.
type groupDifference struct {
	Group   string `json:"group"`
	Queries int    `json:"queries"`
	MetricDifference
}

// Two compares two evaluations. Invalid where they are not of the same queries and documents.
func Two(before, after *evaluation.Saved) (*Comparison, error) {
	c := &Comparison{A: before.Report, B: after.Report}
	names := slices.DeleteFunc(before.Report.MetricNames(), func(name string) bool { _, ok := after.Report.Metrics[name]; return !ok })
	a, b, err := pair(before, after, names)
	if err != nil {
		return nil, err
	}
	groups := b.groups() // which the newer program wrote
	families := Families[string]{}
	for _, name := range names {
		if !b.comparableTo(a, name) {
			c.Incomparable = append(c.Incomparable, name)
			continue
		}
		m, err := a.with(b, name, nil)
		if err != nil {
			return nil, err
		}
		c.Metrics = append(c.Metrics, m)
		if len(groups) < 2 {
			continue
		}
		for _, group := range slices.Sorted(maps.Keys(groups)) {
			m, err := a.with(b, name, groups[group])
			if err != nil {
				return nil, err
			}
			c.Groups = append(c.Groups, groupDifference{Group: group, Queries: len(groups[group]), MetricDifference: m})
		}
	}
	for i := range c.Groups {
		families.Add(c.Groups[i].Metric, &c.Groups[i].Difference)
	}
	c.Flips, c.Queries = flipsOf(a, b), outcomes(a.Queries, b.Queries)
	return c, families.Correct()
}

// pair takes some metrics of two evaluations of the same queries.
func pair(before, after *evaluation.Saved, metrics []string) (a, b *Evaluation, err error) {
	if a, err = evaluationOf(before, metrics); err != nil {
		return nil, nil, err
	}
	if b, err = evaluationOf(after, metrics); err != nil {
		return nil, nil, err
	}
	return a, b, sameData(a, b)
}

// with compares a metric that both have with b's.
func (e *Evaluation) with(b *Evaluation, metric string, places []int) (MetricDifference, error) {
	was, is := at(e.values[metric], places), at(b.values[metric], places)
	d, err := Paired(was, is)
	if err != nil {
		return MetricDifference{}, err
	}
	return MetricDifference{Metric: metric, A: significance.Mean(was), B: significance.Mean(is), Difference: *d}, nil
}
