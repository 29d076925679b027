package robust

import (
	"context"
	"slices"

	"loradex/evaluation"
	"loradex/evaluation/compare"
	"loradex/evaluation/perturb"
	"loradex/internal/dataset"
	"loradex/internal/fault"
)

// Run measures every system on every kind of texts and every pool. Only changed texts are encoded anew.
//
// Errors: Invalid for options, no system, or two of one name; what the encoder and package perturb return; Canceled.
func Run(ctx context.Context, enc evaluation.Encoder, ds *dataset.Dataset, systems []System, o Options) (*Report, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	o = o.withDefaults()
	report := &Report{
		Dataset: ds.Name, Split: string(ds.Split), Queries: len(ds.Queries), Corpus: len(ds.Docs), Seed: o.Seed,
		Texts: map[perturb.Kind]map[perturb.Outcome]int{}, queries: ds.Queries,
	}
	for i, s := range systems {
		for _, other := range systems[:i] {
			if other.Name == s.Name {
				return nil, fault.New(fault.Invalid, "two systems are called %s", s.Name).WithHint("give each mix once")
			}
		}
		report.Systems = append(report.Systems, s.Name)
	}
	if len(systems) == 0 {
		return nil, fault.New(fault.Invalid, "there is no system to measure")
	}
	if err := report.perturb(ctx, ds, o); err != nil {
		return nil, canceled(ctx, err)
	}
	sizes, err := poolsOf(ds, o)
	if err != nil {
		return nil, err
	}
	for _, s := range systems {
		m := measurement{ds: ds, enc: enc, system: s, o: o, sizes: sizes, report: report}
		if err := m.measure(ctx); err != nil {
			return nil, canceled(ctx, err)
		}
	}
	return report, report.compare(o)
}

// poolsOf lists the sizes of pools that are smaller than the corpus. Invalid where a pool that was asked for does not hold the
// relevant documents of a query; of the usual ones it is left out.
func poolsOf(ds *dataset.Dataset, o Options) ([]int, error) {
	usual := o.Pools == nil
	if usual {
		o.Pools = []int{10, 100, 1000, All}
	}
	var sizes []int
	for _, n := range o.Pools {
		if n != All && n >= len(ds.Docs) {
			continue
		}
		if n != All {
			if _, err := evaluation.Pools(ds, n, o.Seed); err != nil && usual {
				continue
			} else if err != nil {
				return nil, err
			}
		}
		sizes = append(sizes, n)
	}
	if len(sizes) == 0 {
		sizes = []int{All} // every pool would hold all documents
	}
	return sizes, nil
}

// measurement is one system at work.
type measurement struct {
	ds     *dataset.Dataset
	enc    evaluation.Encoder
	system System
	o      Options
	sizes  []int
	report *Report
}

// measure adds the cells of the texts as they are, and of each condition.
func (m *measurement) measure(ctx context.Context) error {
	docs, err := evaluation.EncodeDocs(ctx, m.enc, m.ds.Docs, m.options(none))
	if err != nil {
		return err
	}
	queries, err := evaluation.EncodeQuestions(ctx, m.enc, m.ds.Queries, m.options(none))
	if err != nil {
		return err
	}
	if err := m.cells(ctx, none, docs, queries); err != nil {
		return err
	}
	for _, c := range m.report.conditions {
		side, encode := &docs, evaluation.EncodeDocs
		if c.kind.OfQueries() {
			side, encode = &queries, evaluation.EncodeQuestions
		}
		fresh, err := encode(ctx, m.enc, c.texts, m.options(string(c.kind)))
		if err != nil {
			return err
		}
		before := *side
		*side = slices.Clone(before)
		for i, at := range c.places {
			(*side)[at] = fresh[i]
		}
		if err := m.cells(ctx, string(c.kind), docs, queries); err != nil {
			return err
		}
		*side = before
	}
	return nil
}

// options are those of the system, with what is measured.
func (m *measurement) options(condition string) evaluation.Options {
	o := m.system.Options
	o.Metrics, o.Depth = Metrics(), depth
	o.Progress = func(p evaluation.Progress) {
		if p.Total > 0 {
			m.o.Progress(m.system.Name+", "+condition+": "+string(p.Stage), p.Done, p.Total)
		}
	}
	return o
}

// cells measures vectors in every pool.
func (m *measurement) cells(ctx context.Context, condition string, docs, queries [][]float32) error {
	for _, n := range m.sizes {
		o := m.options(condition)
		o.Pool, o.PoolSeed = n, m.o.Seed
		r, result, err := evaluation.RunVectors(ctx, queries, docs, m.ds, o)
		if err != nil {
			return err
		}
		cell := cell{System: m.system.Name, Perturbation: condition, Pool: poolName(n), Metrics: map[string]value{}, values: map[string][]float64{}}
		for _, name := range Metrics() {
			cell.Metrics[name] = value{Mean: r.Metrics[name], CI95: r.CI95[name]}
			cell.values[name] = result.Values(name)
		}
		m.report.Cells = append(m.report.Cells, cell)
	}
	return nil
}

// canceled gives an error that comes of ctx its code.
func canceled(ctx context.Context, err error) error {
	if ctx.Err() == nil {
		return err
	}
	return fault.Wrap(fault.Canceled, err, "the evaluation was stopped")
}

// compare fills in the differences of all cells.
func (r *Report) compare(o Options) error {
	type family struct{ to, metric string }
	families := compare.Families[family]{}
	difference := func(to string, before, after *cell, metric string) (*compare.Difference, error) {
		d, err := compare.Paired(before.values[metric], after.values[metric])
		if err == nil {
			families.Add(family{to, metric}, d)
		}
		return d, err
	}
	for i := range r.Cells {
		c := &r.Cells[i]
		o.Progress("compare", i, len(r.Cells))
		for _, metric := range Metrics() {
			v := c.Metrics[metric]
			var err error
			if c.Perturbation != none {
				if v.Change, err = difference(none, r.Cell(c.System, none, c.Pool), c, metric); err != nil {
					return err
				}
			}
			if base := r.Systems[0]; c.System != base {
				if v.VsBase, err = difference("base", r.Cell(base, c.Perturbation, c.Pool), c, metric); err != nil {
					return err
				}
			}
			c.Metrics[metric] = v
		}
	}
	return families.Correct()
}
