package experiment

// This file measures what `eval efficiency` shows.

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"loradex/adapters"
	"loradex/embed"
	"loradex/embed/model"
	"loradex/evaluation"
	"loradex/evaluation/compare"
	"loradex/internal/dataset"
	"loradex/internal/fault"
	"loradex/internal/machine"
)

// EfficiencyOptions say what [Lab.Efficiency] measures. Data and Split are needed.
type EfficiencyOptions struct {
	Data, Split string
	Adapters    []adapters.Mix // beside the base
	Full        []string       // fully fine-tuned models, by name or folder
	// How much of the data set is timed: queries, documents of a round, and rounds.
	Queries, Documents, Rounds int
}

// contender is a system to measure, with what encodes for it.
type contender struct {
	compare.Cost
	encoder       *embed.Encoder
	query, docMix adapters.Mix

	values []float64 // of the metric, by query
}

// efficiencyMetric is what quality is measured by.
const efficiencyMetric = "mrr@10"

// Efficiency measures quality and speed of the base and others on one data set, and holds the others against the base.
func (l *Lab) Efficiency(ctx context.Context, o EfficiencyOptions) (*compare.CostReport, error) {
	ds, err := OpenData([]string{o.Data}, o.Split, nil, false)
	if err != nil {
		return nil, err
	}
	l.noteMissing(ds)
	systems, err := l.contenders(ctx, o)
	if err != nil {
		return nil, err
	}
	families := compare.Families[string]{}
	for _, s := range systems {
		if err := l.quality(ctx, ds, s); err != nil {
			return nil, err
		}
		if s == systems[0] {
			continue
		}
		if s.Difference, err = compare.Paired(systems[0].values, s.values); err != nil {
			return nil, err
		}
		families.Add(efficiencyMetric, s.Difference)
	}
	if err := families.Correct(); err != nil {
		return nil, err
	}
	if err := l.speed(ctx, ds, systems, o); err != nil {
		return nil, err
	}
	m := machine.Read()
	report := &compare.CostReport{
		Machine: fmt.Sprintf("%s, %d cores, %s", cmp.Or(m.CPU, "unknown processor"), m.Cores, m.Platform), Threads: l.Threads,
		Device:  string(systems[0].encoder.Environment().Device()),
		Dataset: ds.Name, Split: string(ds.Split), Queries: len(ds.Queries), Corpus: len(ds.Docs),
	}
	for _, s := range systems {
		s.Adapter, s.DocAdapter = s.query.String(), s.docMix.String()
		report.Systems = append(report.Systems, s.Cost)
	}
	return report, nil
}

// contenders opens the base, the adapters and the other models. All are named before anything is measured, so that a wrong
// name costs no time.
func (l *Lab) contenders(ctx context.Context, o EfficiencyOptions) ([]*contender, error) {
	enc, err := l.Engine(ctx, 0)
	if err != nil {
		return nil, err
	}
	base, err := newContender("base", compare.KindBase, enc)
	if err != nil {
		return nil, err
	}
	systems := []*contender{base}
	add := func(flag string, s *contender, err error) error {
		if err != nil {
			return err
		}
		if slices.ContainsFunc(systems, func(t *contender) bool { return t.Name == s.Name }) {
			return fault.Usagef("give it once", "--%s: a system is called %q already", flag, s.Name)
		}
		systems = append(systems, s)
		return nil
	}
	for _, mix := range o.Adapters {
		s, err := l.adapterContender(ctx, enc, mix)
		if err := add("adapter", s, err); err != nil {
			return nil, err
		}
	}
	for _, name := range o.Full {
		s, err := l.fullContender(ctx, name, enc.MaxTokens())
		if err := add("full", s, err); err != nil {
			return nil, err
		}
	}
	return systems, nil
}

// newContender is a model by itself.
func newContender(name string, kind compare.CostKind, enc *embed.Encoder) (s *contender, err error) {
	s = &contender{encoder: enc}
	s.Name, s.Kind, s.Model = name, kind, enc.Model().Name
	s.Bytes, err = model.Bytes(enc.Model().Dir)
	return s, err
}

// adapterContender is the base with a mix.
func (l *Lab) adapterContender(ctx context.Context, enc *embed.Encoder, mix adapters.Mix) (*contender, error) {
	if mix.IsBase() {
		return nil, fault.Usagef("leave it out", "--adapter %s is the base, which is measured anyway", mix)
	}
	s := &contender{encoder: enc, query: mix}
	s.Name, s.Kind, s.Model = mix.String(), compare.KindAdapter, enc.Model().Name
	var err error
	if s.docMix, err = l.documentMix(ctx, mix); err != nil {
		return nil, err
	}
	lib, err := l.Library()
	if err != nil {
		return nil, err
	}
	names := mix.Names()
	for _, name := range names {
		entry, err := lib.Entry(ctx, name)
		if err != nil {
			return nil, err
		}
		s.Bytes += entry.Bytes
		if len(names) == 1 { // what a mix took is no sum: its parts were trained apart
			s.Training = entry.Card.Training
		}
	}
	return s, nil
}

// fullContender is another model, beside the base in the same runtime.
func (l *Lab) fullContender(ctx context.Context, name string, maxTokens int) (*contender, error) {
	enc, err := l.Model(ctx, name, maxTokens)
	if err != nil {
		return nil, fault.Prefix(err, "--full")
	}
	dir := enc.Model().Dir
	s, err := newContender(filepath.Base(dir), compare.KindFull, enc)
	if err != nil {
		return nil, err
	}
	s.Training, err = model.ReadTraining(dir)
	return s, err
}

// quality ranks the data set.
func (l *Lab) quality(ctx context.Context, ds *dataset.Dataset, s *contender) error {
	o := evaluation.Options{Metrics: []string{efficiencyMetric}, Adapter: s.query, DocAdapter: s.docMix, Model: s.Model}
	o.Progress = func(p evaluation.Progress) {
		p.Stage = evaluation.Stage(s.Name) + " " + p.Stage
		l.Progress(p)
	}
	if err := l.prepare(ctx, s.encoder, &o); err != nil {
		return err
	}
	report, result, err := evaluation.Run(ctx, s.encoder, ds, o)
	if err != nil {
		return err
	}
	s.MRR, s.CI95, s.values = report.Metrics[efficiencyMetric], report.CI95[efficiencyMetric], result.Values(efficiencyMetric)
	return nil
}

// speed times a sample of the queries and documents of the set.
func (l *Lab) speed(ctx context.Context, ds *dataset.Dataset, systems []*contender, o EfficiencyOptions) error {
	queries, documents := spread(ds.Queries, o.Queries), spread(ds.Docs, o.Documents)
	t := &timer{rounds: o.Rounds, warmUp: 3, now: time.Now, progress: func(done, total int) {
		l.Progress(evaluation.Progress{Stage: "time", Done: done, Total: total})
	}}
	for _, s := range systems {
		t.subjects = append(t.subjects, subject{s.encoder, s.query, s.docMix})
	}
	timings, err := t.run(ctx, queries, documents)
	if err != nil {
		return err
	}
	for i, s := range systems {
		s.Timing = timings[i]
	}
	return nil
}

// spread takes n texts evenly over a list, all of a shorter one; texts without words are of no use for timing.
func spread(texts []dataset.Text, n int) []string {
	var usable []string
	for _, t := range texts {
		if strings.TrimSpace(t.Text) != "" {
			usable = append(usable, t.Text)
		}
	}
	if len(usable) <= n {
		return usable
	}
	out := make([]string, n)
	for i := range out {
		out[i] = usable[i*len(usable)/n]
	}
	return out
}
