package robust

import (
	"context"

	"loradex/evaluation"
	"loradex/evaluation/compare"
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
	report := newReport(ds, o)
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
	conditions, err := perturbAll(ctx, ds, o, report)
	if err != nil {
		return nil, canceled(ctx, err)
	}
	sizes, err := poolsOf(ds, o)
	if err != nil {
		return nil, err
	}
	for _, s := range systems {
		m := measurement{ds: ds, enc: enc, system: s, o: o, sizes: sizes, report: report}
		for _, c := range conditions {
			if err := m.measure(ctx, c); err != nil {
				return nil, canceled(ctx, err)
			}
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

	docs, queries [][]float32 // of the texts as they are
}

// measure adds the cells of one condition.
func (m *measurement) measure(ctx context.Context, c condition) error {
	o := m.system.Options
	o.Metrics, o.Depth, o.Bootstrap = Metrics(), depth, m.o.Statistics
	o.Progress = func(p evaluation.Progress) {
		m.o.Progress(m.system.Name+", "+c.name+": "+string(p.Stage), p.Done, p.Total)
	}
	docs, queries, err := m.vectors(ctx, c, o)
	if err != nil {
		return err
	}
	for _, n := range m.sizes {
		o.Pool, o.PoolSeed = n, m.o.Seed
		r, result, err := evaluation.RunVectors(ctx, queries, docs, m.ds, o)
		if err != nil {
			return err
		}
		cell := Cell{System: m.system.Name, Perturbation: c.name, Pool: poolName(n), Metrics: map[string]Value{}, values: map[string][]float64{}}
		for _, name := range Metrics() {
			cell.Metrics[name] = Value{Mean: r.Metrics[name], CI95: r.CI95[name]}
			cell.values[name] = result.Values(name)
		}
		for _, q := range m.ds.Queries {
			cell.ids = append(cell.ids, q.ID)
		}
		m.report.Cells = append(m.report.Cells, cell)
	}
	return nil
}

// vectors returns the vectors of a condition. The first one is that of the texts as they are.
func (m *measurement) vectors(ctx context.Context, c condition, o evaluation.Options) (docs, queries [][]float32, err error) {
	if m.docs == nil {
		if m.docs, err = encoded(ctx, m.enc, c.docs, o, evaluation.EncodeDocs); err != nil {
			return nil, nil, err
		}
		if m.queries, err = encoded(ctx, m.enc, c.queries, o, evaluation.EncodeQuestions); err != nil {
			return nil, nil, err
		}
		return m.docs, m.queries, nil
	}
	before, texts, encode := m.docs, c.docs, evaluation.EncodeDocs
	if c.ofQueries {
		before, texts, encode = m.queries, c.queries, evaluation.EncodeQuestions
	}
	var moved []dataset.Text
	for i, t := range texts {
		if c.moved[i] {
			moved = append(moved, t)
		}
	}
	fresh, err := encoded(ctx, m.enc, moved, o, encode)
	if err != nil {
		return nil, nil, err
	}
	after := make([][]float32, len(before))
	for i := range before {
		after[i] = before[i]
		if c.moved[i] {
			after[i], fresh = fresh[0], fresh[1:]
		}
	}
	if c.ofQueries {
		return m.docs, after, nil
	}
	return after, m.queries, nil
}

func encoded(ctx context.Context, enc evaluation.Encoder, texts []dataset.Text, o evaluation.Options,
	encode func(context.Context, evaluation.Encoder, []dataset.Text, evaluation.Options) ([][]float32, error),
) ([][]float32, error) {
	if len(texts) == 0 {
		return nil, nil
	}
	return encode(ctx, enc, texts, o)
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
	difference := func(to string, before, after *Cell, metric string) (*compare.Difference, error) {
		d, err := compare.Paired(before.values[metric], after.values[metric], o.Statistics)
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
			if c.Perturbation != None {
				if v.Change, err = difference(None, r.Cell(c.System, None, c.Pool), c, metric); err != nil {
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
