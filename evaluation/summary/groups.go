package summary

import (
	"maps"
	"slices"
)

// byGroup is what an evaluation says group by group, and how that differs from the reference's. Holm's correction is over
// the groups. There are none where its queries have none.
func (b *builder) byGroup(e, reference *Evaluation) ([]Group, error) {
	members := map[string][]int{}
	for i, name := range e.groups {
		members[name] = append(members[name], i)
	}
	names := slices.Sorted(maps.Keys(members))
	out := make([]Group, len(names))
	for i, name := range names {
		out[i] = Group{Group: name, Queries: len(members[name])}
	}
	for _, metric := range b.o.Metrics {
		values, ok := e.values[metric]
		if !ok {
			continue
		}
		var family []*Difference
		for i, name := range names {
			own := of(values, members[name])
			m := Metric{Name: metric, Mean: mean(own)}
			var err error
			if m.CI95, err = b.interval(own); err != nil {
				return nil, err
			}
			if sameMeasure(metric, e, reference) && reference != e {
				if m.Difference, err = b.difference(of(reference.values[metric], members[name]), own); err != nil {
					return nil, err
				}
				family = append(family, m.Difference)
			}
			out[i].Metrics = append(out[i].Metrics, m)
		}
		if err := holm(family); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// of picks the values at some places.
func of(values []float64, places []int) []float64 {
	out := make([]float64, len(places))
	for i, at := range places {
		out[i] = values[at]
	}
	return out
}
