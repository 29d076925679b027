package summary

// This file compares every evaluation with the reference's.

import (
	"cmp"
	"context"
	"math"
	"slices"

	"loradex/evaluation"
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
			if err := sameQueries(other, e); err != nil {
				return err
			}
		}
		b.groups[id] = append(b.groups[id], e)
	}
	for id, group := range b.groups {
		slices.SortFunc(group, func(x, y *Evaluation) int { return cmp.Compare(b.place[keyOf(x)], b.place[keyOf(y)]) })
		r := &group[0].Report
		set := Set{Name: id.Name, Split: id.Split, Language: b.o.Language(id.Name), Queries: r.Queries, Corpus: r.Corpus}
		for _, e := range group {
			if e.groups != nil {
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
	for _, first := range e.first {
		r.Ranks.add(first)
	}
	if reference != nil && reference != e {
		r.Flips = evaluation.Flips(reference.first, e.first)
	}
	for _, name := range b.o.Metrics {
		values, ok := e.values[name]
		if !ok {
			continue
		}
		m := Metric{Name: name, Mean: e.Report.Metrics[name], CI95: e.Report.CI95[name]}
		if _, ok := e.Report.CI95[name]; !ok {
			ci, err := b.interval(values)
			if err != nil {
				return err
			}
			m.CI95 = ci
		}
		if sameMeasure(name, e, reference) && reference != e {
			d, err := b.difference(reference.values[name], values)
			if err != nil {
				return err
			}
			m.Difference = d
		}
		r.Metrics = append(r.Metrics, m)
	}
	var err error
	r.Groups, err = b.byGroup(e, reference)
	return err
}

// sameMeasure tells whether both have a metric, and it means the same in both. It does not where the reference did not run.
func sameMeasure(metric string, e, reference *Evaluation) bool {
	return reference != nil && e.values[metric] != nil && reference.values[metric] != nil && evaluation.Comparable(metric, &e.Report, &reference.Report)
}

func (b *builder) interval(values []float64) (ci [2]float64, err error) {
	intervals, err := significance.Bootstrap([][]float64{values}, b.o.Bootstrap)
	if err != nil {
		return ci, err
	}
	return [2]float64{intervals[0].Lo, intervals[0].Hi}, nil
}

// Power of the smallest detectable difference.
const power = 0.8

func (b *builder) difference(before, after []float64) (*Difference, error) {
	paired, err := significance.Paired(before, after, b.o.Bootstrap)
	if err != nil {
		return nil, err
	}
	d := &Difference{Difference: paired, Holm: paired.P}
	if len(before) > 1 {
		if d.Detectable, err = significance.Detectable(after, before, Level, power); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// correct applies Holm's correction, over the sets of each system and metric.
func (b *builder) correct() error {
	type family struct{ system, metric string }
	families := map[family][]*Difference{}
	for _, r := range b.results {
		for _, m := range r.Metrics {
			if m.Difference != nil {
				id := family{r.System, m.Name}
				families[id] = append(families[id], m.Difference)
			}
		}
	}
	for _, all := range families {
		if err := holm(all); err != nil {
			return err
		}
	}
	return nil
}

// holm corrects the p of a family of tests.
func holm(family []*Difference) error {
	p := make([]float64, len(family))
	for i, d := range family {
		p[i] = d.P
	}
	adjusted, err := significance.Holm(p)
	if err != nil {
		return err
	}
	for i, d := range family {
		d.Holm = adjusted[i]
	}
	return nil
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
				if e == nil || !sameMeasure(name, e, reference) {
					continue
				}
				m.Sets++
				m.Mean += mean(e.values[name])
				m.Reference += mean(reference.values[name])
				variance += squaredError(reference.values[name], e.values[name])
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

func mean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}
