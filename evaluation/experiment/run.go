package experiment

// This file runs an evaluation from its options to its verdict.

import (
	"context"
	"strings"

	"loradex/embed"
	"loradex/evaluation"
	"loradex/evaluation/compare"
	"loradex/evaluation/endpoint"
	"loradex/evaluation/robust"
	"loradex/indexer"
	"loradex/internal/dataset"
	"loradex/internal/fault"
	"loradex/search"
)

// Run measures a run file, an endpoint, or the encoder with each mix; saves the outcomes, and holds them against the
// baseline. Whatever can be wrong is looked for before anything is encoded.
//
// Errors: Invalid for options, marked as wrong use; Conflict for a stale baseline; what the parts return.
func (l *Lab) Run(ctx context.Context, opts Options) ([]evaluation.Outcome, []*compare.GateResult, error) {
	if err := opts.Validate(); err != nil {
		return nil, nil, err
	}
	o := evaluation.Options{
		Metrics: opts.Metrics, Template: opts.Template, Pool: opts.Pool, Digests: evaluation.Digests{Code: opts.Code}, Progress: l.Progress,
	}
	if opts.Pool > 0 {
		o.PoolSeed = opts.PoolSeed
	}
	if err := o.Validate(); err != nil {
		return nil, nil, fault.Usage(err)
	}
	for _, dir := range opts.folders() {
		if err := CheckFolder(dir, robust.PerQueryFile); err != nil {
			return nil, nil, err
		}
	}
	g := &gate{Baseline: opts.Baseline}
	if err := g.clear(); err != nil {
		return nil, nil, err
	}
	if err := g.open(opts.Mixes, opts.folders()); err != nil {
		return nil, nil, err
	}
	ds, err := OpenData(opts.Data, opts.Split, opts.Languages, opts.Strict)
	if err != nil {
		return nil, nil, err
	}
	if opts.ExcludeSelf {
		if ds, err = ds.WithoutSelf(); err != nil {
			return nil, nil, err
		}
	}
	l.noteMissing(ds)
	docs := documentsOf(ds)
	if opts.Template != "" {
		if err := applyTemplate(ctx, ds, docs, indexer.Template(opts.Template)); err != nil {
			return nil, nil, err
		}
	}
	outcomes, err := l.measure(ctx, ds, docs, &opts, g, o)
	if err != nil {
		return nil, nil, err
	}
	for i, dir := range opts.folders() {
		if err := evaluation.Save(dir, outcomes[i].Report, outcomes[i].Result); err != nil {
			return nil, nil, err
		}
		l.Note("report, run and the values of each query are in %s", dir)
	}
	gates, err := g.results(outcomes)
	return outcomes, gates, err
}

func (l *Lab) measure(ctx context.Context, ds *dataset.Dataset, docs []indexer.File, opts *Options, g *gate, o evaluation.Options) ([]evaluation.Outcome, error) {
	switch {
	case opts.RunFile != "":
		report, result, err := evaluation.RunFromFile(ctx, opts.RunFile, ds, o)
		if err != nil {
			return nil, err
		}
		if result.Unranked > 0 {
			l.Note("%d queries of the split are not in the run; they count with 0", result.Unranked)
		}
		return []evaluation.Outcome{{Report: report, Result: result}}, nil
	case opts.System != nil:
		return l.system(ctx, ds, *opts.System, g, o)
	case opts.Index.Mode == search.Lexical:
		report, result, err := l.indexed(ctx, nil, ds, docs, opts.Index, g, o)
		return []evaluation.Outcome{{Report: report, Result: result}}, err
	}
	return l.mixes(ctx, ds, docs, opts, g, o)
}

// mixes measures the encoder with each mix.
func (l *Lab) mixes(ctx context.Context, ds *dataset.Dataset, docs []indexer.File, opts *Options, g *gate, o evaluation.Options) ([]evaluation.Outcome, error) {
	all := make([]evaluation.Options, len(opts.Mixes))
	for i, mix := range opts.Mixes {
		all[i] = o
		all[i].Adapter = mix
		if opts.Documents != nil {
			all[i].DocAdapter = *opts.Documents
			continue
		}
		var err error
		if all[i].DocAdapter, err = l.documentMix(ctx, mix); err != nil {
			return nil, err
		}
	}
	enc, err := l.Engine(ctx, opts.MaxTokens)
	if err != nil {
		return nil, err
	}
	for i := range all {
		if err := l.prepare(ctx, enc, &all[i]); err != nil {
			return nil, err
		}
	}
	if !opts.Index.Used() {
		if err := g.check(evaluation.Describe(ds, all[0])); err != nil {
			return nil, err
		}
		return evaluation.RunAll(ctx, enc, ds, all)
	}
	out := make([]evaluation.Outcome, len(all))
	for i := range all {
		if out[i].Report, out[i].Result, err = l.indexed(ctx, enc, ds, docs, opts.Index, g, all[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// system encodes with an endpoint.
func (l *Lab) system(ctx context.Context, ds *dataset.Dataset, api endpoint.Options, g *gate, o evaluation.Options) ([]evaluation.Outcome, error) {
	client, err := endpoint.New(api)
	if err != nil {
		return nil, fault.Usage(err)
	}
	if api.Key != "" && !client.Loopback() && strings.HasPrefix(client.Address(), "http:") {
		return nil, fault.Usagef("give --system an https address", "the API key would travel to %s without encryption", client.Address())
	}
	o.Model, o.System, o.Truncation, o.InputType = api.Model, client.Address(), "by the endpoint", api.InputType
	if err := g.check(evaluation.Describe(ds, o)); err != nil {
		return nil, err
	}
	if o.Cache, err = l.keepVectors(); err != nil {
		return nil, err
	}
	if o.Cache != nil {
		o.QuerySpace, o.DocSpace = client.Space(embed.Query), client.Space(embed.Document)
	}
	if !client.Loopback() {
		l.Note("the texts of %s leave this machine: they are sent to %s", ds.Name, client.Address())
	}
	return evaluation.RunAll(ctx, client, ds, []evaluation.Options{o})
}
