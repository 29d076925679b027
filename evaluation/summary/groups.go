package summary

import (
	"loradex/evaluation/compare"
	"loradex/evaluation/significance"
)

// byGroup is what an evaluation says group by group, and how that differs from the reference's. Holm's correction is over
// the groups. There are none where its queries have none.
func (b *builder) byGroup(e, reference *Evaluation) ([]Group, error) {
	members := e.Groups()
	names := sortedKeys(members)
	out := make([]Group, len(names))
	families := compare.Families[string]{}
	for i, name := range names {
		out[i] = Group{Group: name, Queries: len(members[name])}
		for _, metric := range b.o.Metrics {
			values := e.Values(metric)
			if values == nil {
				continue
			}
			own := compare.At(values, members[name])
			m := Metric{Name: metric, Mean: significance.Mean(own)}
			var err error
			if m.CI95, err = compare.Interval(own, b.o.Bootstrap); err != nil {
				return nil, err
			}
			if m.Difference, err = b.difference(e, reference, metric, members[name]); err != nil {
				return nil, err
			}
			if m.Difference != nil {
				families.Add(metric, m.Difference)
			}
			out[i].Metrics = append(out[i].Metrics, m)
		}
	}
	return out, families.Correct()
}
