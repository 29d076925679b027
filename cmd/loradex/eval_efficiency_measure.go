package main

// This file measures what `eval efficiency` shows.

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"loradex/adapters"
	"loradex/embed"
	"loradex/embed/model"
	"loradex/evaluation"
	"loradex/evaluation/compare"
	"loradex/evaluation/dataset"
	"loradex/evaluation/efficiency"
	"loradex/evaluation/experiment"
	"loradex/evaluation/significance"
	"loradex/internal/machine"
	"loradex/workspace"
)

// candidateSystem is a system to measure, with the engine that encodes for it.
type candidateSystem struct {
	efficiency.System
	eng              *workspace.Engine
	queryMix, docMix adapters.Mix
	values           []float64 // MRR@10 by query
}

// efficiencyMetric is what quality is measured by.
const efficiencyMetric = "mrr@10"

func (a *app) measureEfficiency(ctx context.Context, f efficiencyFlags) (*efficiency.Report, error) {
	ds, err := experiment.OpenData([]string{f.data}, f.split, nil)
	if err != nil {
		return nil, err
	}
	lab := a.lab(f.noCache)
	systems, err := a.efficiencySystems(ctx, lab, f)
	if err != nil {
		return nil, err
	}
	base := systems[0]
	m := machine.Read()
	report := &efficiency.Report{
		Dataset: ds.Name, Split: ds.Split, Queries: len(ds.Queries), Corpus: len(ds.Docs), Device: string(base.eng.Env.Device()), Threads: a.threads(),
		Machine: fmt.Sprintf("%s, %d cores, %s", cmp.Or(m.CPU, "unknown processor"), m.Cores, m.Platform),
	}
	bar := a.Progress
	defer bar.Done()
	family := compare.Families[string]{}
	for _, s := range systems {
		o := evaluation.Options{
			Metrics: []string{efficiencyMetric}, Adapter: s.queryMix, DocAdapter: s.docMix, Model: s.Model,
			Progress: func(p evaluation.Progress) { bar.Set(s.Name+" "+string(p.Stage), p.Done, p.Total, "") },
		}
		if err := lab.Prepare(ctx, s.eng.Encoder, &o); err != nil {
			return nil, err
		}
		if err := measureQuality(ctx, ds, s, o); err != nil {
			return nil, err
		}
		if s == base {
			continue
		}
		if s.Difference, err = compare.Paired(base.values, s.values, significance.Options{}); err != nil {
			return nil, err
		}
		family.Add(efficiencyMetric, s.Difference)
	}
	if err := family.Correct(); err != nil {
		return nil, err
	}
	if err := measureSpeed(ctx, ds, systems, f, bar); err != nil {
		return nil, err
	}
	for _, s := range systems {
		report.Systems = append(report.Systems, s.System)
	}
	return report, nil
}

// efficiencySystems opens the base, the adapters and the other models. All are named before anything is measured, so that
// a wrong name costs no time.
func (a *app) efficiencySystems(ctx context.Context, lab *experiment.Lab, f efficiencyFlags) ([]*candidateSystem, error) {
	eng, err := a.Engine(ctx)
	if err != nil {
		return nil, err
	}
	dir, err := a.ModelDir()
	if err != nil {
		return nil, err
	}
	base := &candidateSystem{eng: eng}
	base.Name, base.Kind, base.Model = "base", efficiency.Base, eng.Encoder.Model().Name
	if base.Bytes, err = folderBytes(dir); err != nil {
		return nil, err
	}
	systems := []*candidateSystem{base}
	names := map[string]bool{base.Name: true}
	add := func(flag string, s *candidateSystem) error {
		if names[s.Name] {
			return usagef("give it once", "--%s: a system is called %q already", flag, s.Name)
		}
		names[s.Name] = true
		systems = append(systems, s)
		return nil
	}
	for _, text := range f.adapters {
		s, err := adapterSystem(ctx, lab, eng, text)
		if err != nil {
			return nil, err
		}
		if err := add("adapter", s); err != nil {
			return nil, err
		}
	}
	for _, name := range f.full {
		s, err := a.fullSystem(ctx, eng, name)
		if err != nil {
			return nil, err
		}
		if err := add("full", s); err != nil {
			return nil, err
		}
	}
	for _, s := range systems {
		s.Adapter, s.DocAdapter = s.queryMix.String(), s.docMix.String()
	}
	return systems, nil
}

// adapterSystem is the base with a mix.
func adapterSystem(ctx context.Context, lab *experiment.Lab, eng *workspace.Engine, text string) (*candidateSystem, error) {
	mix, err := parseMix("adapter", text)
	if err != nil {
		return nil, err
	}
	if mix.IsBase() {
		return nil, usagef("leave it out", "--adapter %s is the base, which is measured anyway", text)
	}
	s := &candidateSystem{eng: eng, queryMix: mix}
	s.Name, s.Kind, s.Model = mix.String(), efficiency.Adapter, eng.Encoder.Model().Name
	if s.docMix, err = lab.DocumentMix(ctx, mix); err != nil {
		return nil, err
	}
	terms := mix.Terms()
	for _, t := range terms {
		entry, err := eng.Library.Entry(ctx, t.ID)
		if err != nil {
			return nil, err
		}
		s.Bytes += entry.Bytes
		if len(terms) == 1 { // what a mix took is no sum: its parts were trained apart
			s.Training = entry.Card.Training
		}
	}
	return s, nil
}

// fullSystem is another model, beside the base in the same runtime.
func (a *app) fullSystem(ctx context.Context, eng *workspace.Engine, name string) (*candidateSystem, error) {
	dir, err := a.Home.Model(name)
	if err != nil {
		return nil, wrapFlag("full", err)
	}
	enc, err := embed.Open(ctx, eng.Env, embed.Options{Model: dir, MaxTokens: eng.Encoder.MaxTokens(), Window: a.Config.Window, Stride: a.Config.Stride})
	if err != nil {
		return nil, wrapFlag("full", err)
	}
	a.OnClose(enc.Close)
	s := &candidateSystem{eng: &workspace.Engine{Env: eng.Env, Encoder: enc, Library: eng.Library}}
	s.Name, s.Kind, s.Model = filepath.Base(dir), efficiency.Full, enc.Model().Name
	if s.Bytes, err = folderBytes(dir); err != nil {
		return nil, err
	}
	s.Training, err = model.ReadTraining(dir)
	return s, err
}

// measureQuality ranks the data set.
func measureQuality(ctx context.Context, ds *dataset.Dataset, s *candidateSystem, o evaluation.Options) error {
	report, result, err := evaluation.Run(ctx, s.eng.Encoder, ds, o)
	if err != nil {
		return err
	}
	s.MRR, s.CI95, s.values = report.Metrics[efficiencyMetric], report.CI95[efficiencyMetric], result.Values(efficiencyMetric)
	return nil
}

// measureSpeed times a sample of the queries and documents of the set.
func measureSpeed(ctx context.Context, ds *dataset.Dataset, systems []*candidateSystem, f efficiencyFlags, bar workspace.Progress) error {
	queries, documents := spread(ds.Queries, f.queries), spread(ds.Docs, f.documents)
	subjects := make([]efficiency.Subject, len(systems))
	for i, s := range systems {
		subjects[i] = efficiency.Subject{Encoder: s.eng.Encoder, Adapter: s.queryMix, DocAdapter: s.docMix}
	}
	timings, err := efficiency.Time(ctx, subjects, queries, documents, efficiency.Options{
		Rounds: f.rounds, Progress: func(done, total int) { bar.Set("time", done, total, "") },
	})
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
