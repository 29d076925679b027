package main

// This file opens the systems that `eval efficiency` measures.

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"

	"loradex/embed"
	"loradex/embed/model"
	"loradex/evaluation/compare"
	"loradex/evaluation/experiment"
	"loradex/internal/machine"
	"loradex/workspace"
)

func (a *app) measureEfficiency(ctx context.Context, f efficiencyFlags) (*compare.CostReport, error) {
	ds, err := experiment.OpenData([]string{f.data}, f.split, nil)
	if err != nil {
		return nil, err
	}
	eng, err := a.Engine(ctx)
	if err != nil {
		return nil, err
	}
	lab := a.lab(f.noCache)
	systems, err := a.efficiencySystems(ctx, lab, eng, f)
	if err != nil {
		return nil, err
	}
	defer a.Progress.Done()
	report, err := lab.Efficiency(ctx, ds, systems, experiment.Sample{Queries: f.queries, Documents: f.documents, Rounds: f.rounds})
	if err != nil {
		return nil, err
	}
	m := machine.Read()
	report.Machine = fmt.Sprintf("%s, %d cores, %s", cmp.Or(m.CPU, "unknown processor"), m.Cores, m.Platform)
	report.Device, report.Threads = string(eng.Env.Device()), a.threads()
	return report, nil
}

// efficiencySystems opens the base, the adapters and the other models. All are named before anything is measured, so that
// a wrong name costs no time.
func (a *app) efficiencySystems(ctx context.Context, lab *experiment.Lab, eng *workspace.Engine, f efficiencyFlags) ([]*experiment.Contender, error) {
	dir, err := a.ModelDir()
	if err != nil {
		return nil, err
	}
	base := &experiment.Contender{Encoder: eng.Encoder}
	base.Name, base.Kind, base.Model = "base", compare.KindBase, eng.Encoder.Model().Name
	if base.Bytes, err = model.Bytes(dir); err != nil {
		return nil, err
	}
	systems := []*experiment.Contender{base}
	names := map[string]bool{base.Name: true}
	add := func(flag string, s *experiment.Contender) error {
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
		s.Adapter, s.DocAdapter = s.QueryMix.String(), s.DocMix.String()
	}
	return systems, nil
}

// adapterSystem is the base with a mix.
func adapterSystem(ctx context.Context, lab *experiment.Lab, eng *workspace.Engine, text string) (*experiment.Contender, error) {
	mix, err := parseMix("adapter", text)
	if err != nil {
		return nil, err
	}
	if mix.IsBase() {
		return nil, usagef("leave it out", "--adapter %s is the base, which is measured anyway", text)
	}
	s := &experiment.Contender{Encoder: eng.Encoder, QueryMix: mix}
	s.Name, s.Kind, s.Model = mix.String(), compare.KindAdapter, eng.Encoder.Model().Name
	if s.DocMix, err = lab.DocumentMix(ctx, mix); err != nil {
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
func (a *app) fullSystem(ctx context.Context, eng *workspace.Engine, name string) (*experiment.Contender, error) {
	dir, err := a.Home.Model(name)
	if err != nil {
		return nil, wrapFlag("full", err)
	}
	enc, err := embed.Open(ctx, eng.Env, embed.Options{Model: dir, MaxTokens: eng.Encoder.MaxTokens(), Window: a.Config.Window, Stride: a.Config.Stride})
	if err != nil {
		return nil, wrapFlag("full", err)
	}
	a.OnClose(enc.Close)
	s := &experiment.Contender{Encoder: enc}
	s.Name, s.Kind, s.Model = filepath.Base(dir), compare.KindFull, enc.Model().Name
	if s.Bytes, err = model.Bytes(dir); err != nil {
		return nil, err
	}
	s.Training, err = model.ReadTraining(dir)
	return s, err
}
