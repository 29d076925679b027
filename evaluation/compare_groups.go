package evaluation

import (
	"maps"
	"slices"

	"loradex/evaluation/runfile"
	"loradex/evaluation/significance"
)

// GroupComparison is a metric over the queries of one group: a mean that rises can hide a language that falls.
type GroupComparison struct {
	Group   string `json:"group"`
	Queries int    `json:"queries"`
	MetricComparison
	// Holm is P corrected for the number of groups, per metric.
	Holm float64 `json:"p_holm"`
}

// compareGroups compares a metric group by group, in the order of their names. The lists are parallel; groups are those of
// after, which the newer program wrote. There are none where the queries have none.
func compareGroups(name string, before, after []runfile.QueryResult, o significance.Options) ([]GroupComparison, error) {
	names := make([]string, len(after))
	for i, q := range after {
		names[i] = q.Group
	}
	members := membersOf(names)
	if len(members) < 2 {
		return nil, nil
	}
	var out []GroupComparison
	var p []float64
	for _, group := range slices.Sorted(maps.Keys(members)) {
		var was, is []runfile.QueryResult
		for _, i := range members[group] {
			was, is = append(was, before[i]), append(is, after[i])
		}
		m, err := compareMetric(name, was, is, o)
		if err != nil {
			return nil, err
		}
		out = append(out, GroupComparison{Group: group, Queries: len(is), MetricComparison: m})
		p = append(p, m.P)
	}
	corrected, err := significance.Holm(p)
	if err != nil {
		return nil, err
	}
	for i := range out {
		out[i].Holm = corrected[i]
	}
	return out, nil
}
