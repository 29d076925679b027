package compare

// This file defines what a comparison needs of an evaluation.

import (
	"cmp"
	"math"
	"slices"

	"loradex/evaluation"
	"loradex/evaluation/metrics"
	"loradex/evaluation/runfile"
	"loradex/internal/fault"
)

// Evaluation is a saved evaluation with its queries in the order of their ids.
type Evaluation struct {
	Dir string // that it was found in
	evaluation.Saved
	values map[string][]float64 // by metric, parallel to Queries
}

// evaluationOf takes the given metrics of a saved evaluation. Corrupt where a query has no value of one.
func evaluationOf(s *evaluation.Saved, wanted []string) (*Evaluation, error) {
	e := &Evaluation{Saved: *s, values: map[string][]float64{}}
	e.Queries = slices.SortedFunc(slices.Values(s.Queries), func(a, b runfile.QueryResult) int { return cmp.Compare(a.Query, b.Query) })
	for _, name := range wanted {
		values := make([]float64, len(e.Queries))
		for i, q := range e.Queries {
			v, ok := q.Metrics[name]
			if !ok || math.IsNaN(v) || v < 0 || v > 1 {
				return nil, fault.New(fault.Corrupt, "query %q has no value of %s between 0 and 1", q.Query, name).WithHint("run the evaluation again")
			}
			values[i] = v
		}
		e.values[name] = values
	}
	return e, nil
}

// groups lists the queries of each group by their places; nil where no query has one.
func (e *Evaluation) groups() map[string][]int {
	if !slices.ContainsFunc(e.Queries, func(q runfile.QueryResult) bool { return q.Group != "" }) {
		return nil
	}
	names := make([]string, len(e.Queries))
	for i, q := range e.Queries {
		names[i] = q.Group
	}
	return evaluation.Members(names)
}

// against compares a metric with the reference's, over the queries at some places; over all with nil. The result is nil where
// one of the two lacks the metric, or it means something else in both. Both are of the same queries: see sameData.
func (e *Evaluation) against(reference *Evaluation, metric string, places []int) (*Difference, error) {
	if !e.comparableTo(reference, metric) {
		return nil, nil //nolint:nilnil // documented: nothing to compare is no error
	}
	return Paired(at(reference.values[metric], places), at(e.values[metric], places))
}

// comparableTo tells whether both have a metric, and it means the same in both: one with a cut-off always does; one without
// looks at all hits that were kept, and their number must be the same. Where vectors are ranked in memory, the rank of the
// first answer is known beyond those.
func (e *Evaluation) comparableTo(reference *Evaluation, metric string) bool {
	if e.values[metric] == nil || reference.values[metric] == nil {
		return false
	}
	m, err := metrics.Parse(metric)
	return err == nil && (m.Cutoff > 0 || e.Report.Depth == reference.Report.Depth && e.Report.TieBreak == reference.Report.TieBreak)
}

// at picks the values at some places; all with nil.
func at(values []float64, places []int) []float64 {
	if places == nil {
		return values
	}
	out := make([]float64, len(places))
	for i, at := range places {
		out[i] = values[at]
	}
	return out
}
