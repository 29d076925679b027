package experiment

// This file measures what `eval efficiency` shows.

import (
	"context"
	"strings"
	"time"

	"loradex/adapters"
	"loradex/embed"
	"loradex/evaluation"
	"loradex/evaluation/compare"
	"loradex/internal/dataset"
)

// Contender is a system to measure, with what encodes for it.
type Contender struct {
	compare.Cost
	Encoder          *embed.Encoder
	QueryMix, DocMix adapters.Mix

	values []float64 // of the metric, by query
}

// Sample says how much of a data set is timed.
type Sample struct{ Queries, Documents, Rounds int }

// efficiencyMetric is what quality is measured by.
const efficiencyMetric = "mrr@10"

// Efficiency measures quality and speed of systems on one data set; the first is the base, which the others are compared with.
func (l *Lab) Efficiency(ctx context.Context, ds *dataset.Dataset, systems []*Contender, sample Sample) (*compare.CostReport, error) {
	families := compare.Families[string]{}
	for _, s := range systems {
		if err := l.quality(ctx, ds, s); err != nil {
			return nil, err
		}
		if s == systems[0] {
			continue
		}
		var err error
		if s.Difference, err = compare.Paired(systems[0].values, s.values); err != nil {
			return nil, err
		}
		families.Add(efficiencyMetric, s.Difference)
	}
	if err := families.Correct(); err != nil {
		return nil, err
	}
	if err := l.speed(ctx, ds, systems, sample); err != nil {
		return nil, err
	}
	report := &compare.CostReport{Dataset: ds.Name, Split: string(ds.Split), Queries: len(ds.Queries), Corpus: len(ds.Docs)}
	for _, s := range systems {
		report.Systems = append(report.Systems, s.Cost)
	}
	return report, nil
}

// quality ranks the data set.
func (l *Lab) quality(ctx context.Context, ds *dataset.Dataset, s *Contender) error {
	o := evaluation.Options{Metrics: []string{efficiencyMetric}, Adapter: s.QueryMix, DocAdapter: s.DocMix, Model: s.Model}
	o.Progress = func(p evaluation.Progress) {
		p.Stage = evaluation.Stage(s.Name) + " " + p.Stage
		l.Progress(p)
	}
	if err := l.Prepare(ctx, s.Encoder, &o); err != nil {
		return err
	}
	report, result, err := evaluation.Run(ctx, s.Encoder, ds, o)
	if err != nil {
		return err
	}
	s.MRR, s.CI95, s.values = report.Metrics[efficiencyMetric], report.CI95[efficiencyMetric], result.Values(efficiencyMetric)
	return nil
}

// speed times a sample of the queries and documents of the set.
func (l *Lab) speed(ctx context.Context, ds *dataset.Dataset, systems []*Contender, sample Sample) error {
	queries, documents := spread(ds.Queries, sample.Queries), spread(ds.Docs, sample.Documents)
	t := &timer{rounds: sample.Rounds, warmUp: 3, now: time.Now, progress: func(done, total int) {
		l.Progress(evaluation.Progress{Stage: "time", Done: done, Total: total})
	}}
	for _, s := range systems {
		t.subjects = append(t.subjects, subject{s.Encoder, s.QueryMix, s.DocMix})
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
