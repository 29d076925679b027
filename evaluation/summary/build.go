package summary

// This file compares every evaluation with the reference's.

import (
	"cmp"
	"context"
	"math"
	"slices"

	"loradex/evaluation/compare"
	"loradex/evaluation/significance"
	"loradex/internal/fault"
)

// builder holds what is known while a summary is made.
type builder struct {
	o       Options
	s       *Summary
	place   map[string]int          // of a system, by key
	groups  map[Set][]*Evaluation   // by name and split alone; each in the order of the systems
	results map[*Evaluation]*Result // while they are filled in
}

// New makes a summary of evaluations that Find read with the same metrics.
//
// Invalid: two evaluations of one system on one set, evaluations of one set that differ in their queries or the size of
// their corpus, no reference or several. NotFound: a reference that is not there.
func New(ctx context.Context, evaluations []*Evaluation, o Options) (*Summary, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	o = o.withDefaults()
	if len(evaluations) == 0 {
		return nil, fault.New(fault.Invalid, "there is no evaluation to report")
	}
	b := &builder{o: o, s: &Summary{Title: o.Title, Metrics: o.Metrics, Efficiency: o.Efficiency}, results: map[*Evaluation]*Result{}}
	if err := b.arrange(evaluations); err != nil {
		return nil, err
	}
	done := 0
	for i := range b.s.Sets {
		set := &b.s.Sets[i]
		group := b.groups[Set{Name: set.Name, Split: set.Split}]
		var reference *Evaluation
		if b.place[keyOf(group[0])] == 0 {
			reference = group[0]
		}
		for _, e := range group {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			if err := b.result(e, reference); err != nil {
				return nil, err
			}
			done++
			o.Progress(done, len(evaluations))
		}
		if reference != nil && o.Examples > 0 {
			if err := b.examples(ctx, set, reference, group[1:]); err != nil {
				return nil, err
			}
		}
	}
	if err := b.correct(); err != nil {
		return nil, err
	}
	for _, set := range b.s.Sets {
		for _, e := range b.groups[Set{Name: set.Name, Split: set.Split}] {
			b.s.Results = append(b.s.Results, *b.results[e])
		}
	}
	b.average()
	b.preserve()
	b.s.Unmatched = b.unmatched()
	return b.s, nil
}

func keyOf(e *Evaluation) string { return systemOf(&e.Report).key() }

// arrange finds the systems and the sets, and refuses what does not fit together.
func (b *builder) arrange(evaluations []*Evaluation) error {
	systems := systemsOf(evaluations)
	reference, err := referenceOf(systems, b.o.Reference)
	if err != nil {
		return err
	}
	b.s.Reference = reference.Name
	b.s.Systems = append([]System{reference}, slices.DeleteFunc(systems, func(s System) bool { return s.Name == reference.Name })...)
	b.place = map[string]int{}
	for i, s := range b.s.Systems {
		b.place[s.key()] = i
	}
	b.s.Changed, b.s.Versions = b.changed(evaluations), versionsOf(evaluations)
	b.groups = map[Set][]*Evaluation{}
	for _, e := range evaluations {
		id := Set{Name: e.Report.Dataset, Split: e.Report.Split}
		for _, other := range b.groups[id] {
			if keyOf(other) == keyOf(e) {
				return fault.New(fault.Invalid, "%s and %s are of the same system on %s", other.Dir, e.Dir, id.Label()).WithHint("leave one of them out")
			}
			if err := compare.SameData(other.Evaluation, e.Evaluation); err != nil {
				return fault.Wrap(fault.Invalid, err, "%s and %s are of %s", other.Dir, e.Dir, id.Label())
			}
		}
		b.groups[id] = append(b.groups[id], e)
	}
	for id, group := range b.groups {
		slices.SortFunc(group, func(x, y *Evaluation) int { return cmp.Compare(b.place[keyOf(x)], b.place[keyOf(y)]) })
		r := &group[0].Report
		set := Set{Name: id.Name, Split: id.Split, Language: b.o.Language(id.Name), Queries: r.Queries, Corpus: r.Corpus}
		for _, e := range group {
			if e.Groups() != nil {
				set.GroupedBy = e.Report.GroupedBy
			}
		}
		b.s.Sets = append(b.s.Sets, set)
	}
	slices.SortFunc(b.s.Sets, func(x, y Set) int { return cmp.Or(cmp.Compare(x.Name, y.Name), cmp.Compare(x.Split, y.Split)) })
	return nil
}

// result is what an evaluation says, and how it differs from the reference's; that is nil where it did not run on the set.
func (b *builder) result(e, reference *Evaluation) error {
	r := &Result{
		Set: e.Report.Dataset, Split: e.Report.Split, System: b.s.Systems[b.place[keyOf(e)]].Name, Seconds: e.Report.Seconds,
	}
	b.results[e] = r
	for _, q := range e.Queries {
		r.Ranks.add(q.First)
	}
	if reference != nil && reference != e {
		r.Flips = compare.Flips(reference.Evaluation, e.Evaluation)
	}
	for _, name := range b.o.Metrics {
		values := e.Values(name)
		if values == nil {
			continue
		}
		m := Metric{Name: name, Mean: e.Report.Metrics[name]}
		var err error
		var known bool
		if m.CI95, known = e.Report.CI95[name]; !known {
			if m.CI95, err = compare.Interval(values, b.o.Bootstrap); err != nil {
				return err
			}
		}
		if m.Difference, err = b.difference(e, reference, name, nil); err != nil {
			return err
		}
		r.Metrics = append(r.Metrics, m)
	}
	var err error
	r.Groups, err = b.byGroup(e, reference)
	return err
}

// difference compares a metric with the reference's, over all queries or those at some places. nil for the reference itself,
// and where it did not run or has nothing to compare.
func (b *builder) difference(e, reference *Evaluation, metric string, places []int) (*compare.Difference, error) {
	if reference == nil || reference == e {
		return nil, nil //nolint:nilnil // documented
	}
	return e.Against(reference.Evaluation, metric, places, b.o.Bootstrap)
}

// correct applies Holm's correction, over the sets of each system and metric.
func (b *builder) correct() error {
	families := compare.Families[[2]string]{}
	for _, r := range b.results {
		for _, m := range r.Metrics {
			if m.Difference != nil {
				families.Add([2]string{r.System, m.Name}, m.Difference)
			}
		}
	}
	return families.Correct()
}

// average takes the means over sets.
func (b *builder) average() {
	for i, system := range b.s.Systems {
		avg := Average{System: system.Name}
		for _, name := range b.o.Metrics {
			m := AverageMetric{Name: name}
			variance := 0.0
			for _, group := range b.ordered() {
				e, reference := pick(b, group, i), pick(b, group, 0)
				if e == nil || reference == nil || !e.Comparable(reference.Evaluation, name) {
					continue
				}
				was, is := reference.Values(name), e.Values(name)
				m.Sets++
				m.Mean += significance.Mean(is)
				m.Reference += significance.Mean(was)
				variance += squaredError(was, is)
			}
			if m.Sets == 0 {
				continue
			}
			m.Mean, m.Reference = m.Mean/float64(m.Sets), m.Reference/float64(m.Sets)
			m.Difference = m.Mean - m.Reference
			half := z975 * math.Sqrt(variance) / float64(m.Sets)
			m.CI95 = [2]float64{m.Difference - half, m.Difference + half}
			avg.Metrics = append(avg.Metrics, m)
		}
		for j := range b.s.Results {
			r := &b.s.Results[j]
			if m := r.Metric(b.o.Metrics[0]); r.System == system.Name && m != nil && m.Difference != nil && m.Difference.Significant() {
				if m.Difference.Mean > 0 {
					avg.Better++
				} else {
					avg.Worse++
				}
			}
		}
		b.s.Averages = append(b.s.Averages, avg)
	}
}

// ordered lists the groups in the order of the sets: sums must not depend on the order of a map.
func (b *builder) ordered() [][]*Evaluation {
	out := make([][]*Evaluation, len(b.s.Sets))
	for i, s := range b.s.Sets {
		out[i] = b.groups[Set{Name: s.Name, Split: s.Split}]
	}
	return out
}

// pick finds the evaluation of a system; nil where it did not run on the set.
func pick(b *builder, group []*Evaluation, system int) *Evaluation {
	for _, e := range group {
		if b.place[keyOf(e)] == system {
			return e
		}
	}
	return nil
}

// z975 is the 97.5 % quantile of the normal distribution.
const z975 = 1.959963984540054

// squaredError is the variance of the mean difference of pairs, sd²/n; 0 for a single pair, of which nothing is known.
func squaredError(a, b []float64) float64 {
	n := float64(len(a))
	if n < 2 {
		return 0
	}
	sum, squares := 0.0, 0.0
	for i := range a {
		sum += b[i] - a[i]
	}
	for i := range a {
		d := b[i] - a[i] - sum/n
		squares += d * d
	}
	return squares / (n - 1) / n
}
