package compare

// This file compares every evaluation with the reference's.

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"

	"loradex/evaluation/significance"
	"loradex/internal/fault"
)

// builder holds what is known while a summary is made.
type builder struct {
	o     SummaryOptions
	s     *Summary
	table [][]*cell // by set, then by system; nil where the system did not run on the set
}

// cell is an evaluation, and what the summary says of it.
type cell struct {
	*Evaluation
	result Result
}

// Summarize makes a summary of evaluations that Find read with the same metrics.
//
// Invalid: two evaluations of one system on one set, evaluations of one set that differ in their queries or the size of
// their corpus, no reference or several. NotFound: a reference that is not there.
func Summarize(ctx context.Context, evaluations []*Evaluation, o SummaryOptions) (*Summary, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	o = o.withDefaults()
	if len(evaluations) == 0 {
		return nil, fault.New(fault.Invalid, "there is no evaluation to report")
	}
	b := &builder{o: o, s: &Summary{Title: o.Title, Metrics: o.Metrics, Efficiency: o.Efficiency, Repositories: o.Repositories}}
	if err := b.arrange(evaluations); err != nil {
		return nil, err
	}
	done := 0
	for i, row := range b.table {
		for _, c := range there(row) {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			if err := b.fill(c, row[0]); err != nil {
				return nil, err
			}
			done++
			o.Progress(done, len(evaluations))
		}
		if row[0] != nil && o.Examples > 0 {
			if err := b.examples(ctx, &b.s.Sets[i], row[0], there(row[1:])); err != nil {
				return nil, err
			}
		}
	}
	if err := b.correct(); err != nil {
		return nil, err
	}
	for _, row := range b.table {
		for _, c := range there(row) {
			b.s.Results = append(b.s.Results, c.result)
		}
	}
	b.average()
	b.preserve()
	b.s.Changed, b.s.Versions, b.s.Unmatched = b.changed(), versionsOf(evaluations), b.unmatched()
	return b.s, nil
}

// there are the cells of a row that hold something.
func there(row []*cell) []*cell {
	return slices.DeleteFunc(slices.Clone(row), func(c *cell) bool { return c == nil })
}

// arrange finds the systems and the sets, and refuses what does not fit together.
func (b *builder) arrange(evaluations []*Evaluation) error {
	systems := systemsOf(evaluations)
	reference, err := referenceOf(systems, b.o.Reference)
	if err != nil {
		return err
	}
	b.s.Reference = reference.Name
	b.s.Systems = append([]system{reference}, slices.DeleteFunc(systems, func(s system) bool { return s.Name == reference.Name })...)
	place := map[string]int{}
	for i, s := range b.s.Systems {
		place[s.key()] = i
	}
	rows := map[Set][]*cell{} // by name and split alone
	for _, e := range evaluations {
		id, at := Set{Name: e.Report.Dataset, Split: e.Report.Split}, place[systemOf(&e.Report).key()]
		if rows[id] == nil {
			rows[id] = make([]*cell, len(b.s.Systems))
		}
		if other := rows[id][at]; other != nil {
			return fault.New(fault.Invalid, "%s and %s are of the same system on %s", other.Dir, e.Dir, id.Label()).WithHint("leave one of them out")
		}
		for _, other := range there(rows[id]) {
			if err := sameData(other.Evaluation, e); err != nil {
				return fault.Wrap(fault.Invalid, err, "%s and %s are of %s", other.Dir, e.Dir, id.Label())
			}
		}
		rows[id][at] = &cell{e, Result{Set: id.Name, Split: id.Split, System: b.s.Systems[at].Name, Seconds: e.Report.Seconds}}
	}
	b.s.Sets = slices.SortedFunc(maps.Keys(rows), func(x, y Set) int { return cmp.Or(cmp.Compare(x.Name, y.Name), cmp.Compare(x.Split, y.Split)) })
	for i, set := range b.s.Sets {
		row := rows[set]
		b.table = append(b.table, row)
		r := &there(row)[0].Report
		set.Language, set.Queries, set.Corpus = b.o.Language(set.Name), r.Queries, r.Corpus
		for _, c := range there(row) {
			if c.groups() != nil {
				set.GroupedBy = c.Report.GroupedBy
			}
		}
		b.s.Sets[i] = set
	}
	return nil
}

// fill says what an evaluation gives, and how it differs from the reference's; that is nil where it did not run on the set.
func (b *builder) fill(c, reference *cell) (err error) {
	r := &c.result
	for _, q := range c.Queries {
		r.Ranks.add(q.First)
	}
	if reference != nil && reference != c {
		r.Flips = flipsOf(reference.Evaluation, c.Evaluation)
	}
	if r.Metrics, err = b.metrics(c, reference, nil); err != nil {
		return err
	}
	members := c.groups()
	families := Families[string]{} // Holm's correction is over the groups
	for _, name := range sortedKeys(members) {
		g := Group{Group: name, Queries: len(members[name])}
		if g.Metrics, err = b.metrics(c, reference, members[name]); err != nil {
			return err
		}
		for _, m := range g.Metrics {
			if m.Difference != nil {
				families.Add(m.Name, m.Difference)
			}
		}
		r.Groups = append(r.Groups, g)
	}
	return families.Correct()
}

// metrics are the wanted ones that an evaluation has, over all queries or those at some places, with their differences to the
// reference's. There are none for the reference itself, and where it did not run or has nothing to compare.
func (b *builder) metrics(c, reference *cell, places []int) ([]Metric, error) {
	var out []Metric
	for _, name := range b.o.Metrics {
		if c.values[name] == nil {
			continue
		}
		own := at(c.values[name], places)
		m, known := Metric{Name: name, Mean: significance.Mean(own)}, false
		if places == nil {
			m.Mean = c.Report.Metrics[name]
			m.CI95, known = c.Report.CI95[name]
		}
		var err error
		if !known {
			if m.CI95, err = interval(own); err != nil {
				return nil, err
			}
		}
		if reference != nil && reference != c {
			if m.Difference, err = c.against(reference.Evaluation, name, places); err != nil {
				return nil, err
			}
		}
		out = append(out, m)
	}
	return out, nil
}

// correct applies Holm's correction, over the sets of each system and metric.
func (b *builder) correct() error {
	families := Families[[2]string]{}
	for _, row := range b.table {
		for _, c := range there(row) {
			for _, m := range c.result.Metrics {
				if m.Difference != nil {
					families.Add([2]string{c.result.System, m.Name}, m.Difference)
				}
			}
		}
	}
	return families.Correct()
}

// average takes the means over sets.
func (b *builder) average() {
	for i, system := range b.s.Systems {
		avg := average{System: system.Name}
		for _, name := range b.o.Metrics {
			m := averageMetric{Name: name}
			variance := 0.0
			for _, row := range b.table {
				if row[i] == nil || row[0] == nil || !row[i].comparableTo(row[0].Evaluation, name) {
					continue
				}
				was, is := row[0].values[name], row[i].values[name]
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
		for _, row := range b.table {
			if row[i] == nil {
				continue
			}
			if m := row[i].result.Metric(b.o.Metrics[0]); m != nil && m.Difference != nil && m.Difference.Significant() {
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
