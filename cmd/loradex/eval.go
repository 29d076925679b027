package main

import (
	"context"

	"github.com/spf13/cobra"

	"loradex/adapters"
	"loradex/embed"
	"loradex/evaluation"
	"loradex/evaluation/dataset"
	"loradex/evaluation/retrieval"
	"loradex/indexer"
	"loradex/internal/fault"
	"loradex/search"
)

func evalCommand(a *app) *cobra.Command {
	return group("eval", "Measure retrieval", evalRunCommand(a), evalCompareCommand(a), evalRobustCommand(a), evalTuneCommand(a), evalImportCommand(a), evalMineCommand(a))
}

// evalFlags are the flags of `eval run`.
type evalFlags struct {
	data                                 []string
	split, adapter, docAdapter, out, run string
	template                             string
	lang                                 []string
	maxTokens                            int
	noCache                              bool
	metrics                              []string
	indexed                              indexedFlags
}

func evalRunCommand(a *app) *cobra.Command {
	var f evalFlags
	c := &cobra.Command{
		Use:   "run --data DIR [--split test] [--adapter MIX] [--doc-adapter MIX] [--mode dense|lexical|hybrid]",
		Short: "Measure a data set: MRR, nDCG, recall and MAP with 95 % intervals",
		Long: "The data set is a BEIR folder: corpus.jsonl, queries.jsonl, qrels/SPLIT.tsv. --adapter is for queries and documents,\n" +
			"unless its card says that it is for queries; --doc-adapter sets the side of the documents. --run measures a TREC run\n" +
			"file in place of the encoder; --out keeps the report, the run and the values of each query.\n\n" +
			"By default the vectors of the whole corpus are ranked by cosine. With --mode lexical or hybrid, --coverage,\n" +
			"--language-wise or --indexed the documents are put into an index and searched as `loradex search` does, with the\n" +
			"settings search.*; full MRR then sees no deeper than --hits. Vectors are kept in LORADEX_HOME for the next evaluation.",
		Args: exactArgs(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.evalRun(cmd, f) },
	}
	fl := c.Flags()
	fl.StringArrayVar(&f.data, "data", nil, "folder of the data set; several ask the queries of each over the documents of all")
	fl.StringVar(&f.split, "split", "test", "which judgements: qrels/SPLIT.tsv")
	fl.StringVar(&f.adapter, "adapter", "none", "mix for queries, and for documents unless its card says query side")
	fl.StringVar(&f.docAdapter, "doc-adapter", "", "mix for documents")
	fl.StringVar(&f.template, "template", "", "encode documents as an index would, by this text template: words+doc+body")
	fl.StringSliceVar(&f.lang, "lang", nil, "language of the documents, one or one for each --data (default what they say, the paths that their ids name, or the end of\nthe set's name, such as _go)")
	fl.IntVar(&f.maxTokens, "max-tokens", 0, "where texts are cut (default the model's limit)")
	fl.StringVar(&f.out, "out", "", "folder for the report, the run and the values of each query")
	fl.StringVar(&f.run, "run", "", "measure this TREC run file; nothing is encoded")
	fl.BoolVar(&f.noCache, "no-cache", false, "encode everything anew, and keep no vectors for the next evaluation")
	fl.StringSliceVar(&f.metrics, "metrics", nil, "metrics, such as mrr@10,ndcg@10,recall@100,map,precision@5 (default the usual ones)")
	f.indexed.register(c)
	if err := c.MarkFlagRequired("data"); err != nil {
		panic(err) // the flag is defined above
	}
	completeFlag(c, "adapter", a.completeMix)
	completeFlag(c, "doc-adapter", a.completeMix)
	completeFlag(c, "split", fixed("test", "dev", "train"))
	return c
}

func (a *app) evalRun(cmd *cobra.Command, f evalFlags) error {
	if err := f.indexed.validate(); err != nil {
		return err
	}
	if f.run != "" {
		for _, flag := range append([]string{"adapter", "doc-adapter", "max-tokens"}, indexedFlagNames...) {
			if cmd.Flags().Changed(flag) {
				return usagef("leave one of them out", "--%s says how texts are encoded, and --run encodes nothing", flag)
			}
		}
	}
	if f.indexed.Mode == search.Lexical && (f.adapter != "none" || f.docAdapter != "" || f.indexed.languageWise != "") {
		return usagef("leave it out", "--mode lexical uses no adapter")
	}
	if f.indexed.languageWise != "" && (f.adapter != "none" || f.docAdapter != "") {
		return usagef("leave one of them out", "--language-wise gives each language its mix, and --adapter one to all")
	}
	bar := a.newProgress()
	defer bar.done()
	o := evaluation.Options{Metrics: f.metrics, Progress: func(p evaluation.Progress) { bar.set(string(p.Stage), p.Done, p.Total) }}
	if err := o.Validate(); err != nil {
		return usage(err)
	}
	if f.maxTokens < 0 {
		return usagef("0 is the model's limit", "--max-tokens is %d", f.maxTokens)
	}
	var err error
	if o.Adapter, err = parseMix("adapter", f.adapter); err != nil {
		return err
	}
	if f.docAdapter != "" {
		if o.DocAdapter, err = parseMix("doc-adapter", f.docAdapter); err != nil {
			return err
		}
	}
	ds, err := openDatasets(f.data, f.split, f.lang)
	if err != nil {
		return err
	}
	docs := retrieval.Documents(ds)
	if f.template != "" {
		if err := applyTemplate(cmd.Context(), ds, docs, indexer.Template(f.template)); err != nil {
			return err
		}
	}
	report, result, err := a.evaluate(cmd.Context(), ds, docs, f, o)
	if err != nil {
		return err
	}
	bar.done()
	if result.Unranked > 0 {
		a.note("%d queries of the split are not in the run; they count with 0", result.Unranked)
	}
	if f.out != "" {
		if err := evaluation.Save(f.out, report, result); err != nil {
			return err
		}
		a.note("report, run and the values of each query are in %s", f.out)
	}
	if a.flags.json {
		return a.printJSON(report)
	}
	return evaluation.WriteTable(a.out, report)
}

// evaluate measures a run file, or the encoder.
func (a *app) evaluate(ctx context.Context, ds *dataset.Dataset, docs []retrieval.Document, f evalFlags, o evaluation.Options) (*evaluation.Report, *evaluation.Result, error) {
	if f.run != "" {
		return evaluation.RunFromFile(ctx, f.run, ds, o)
	}
	if f.indexed.Mode == search.Lexical {
		return a.evaluateIndexed(ctx, nil, ds, docs, f, o)
	}
	if f.docAdapter == "" {
		var err error
		if o.DocAdapter, err = a.documentMix(ctx, o.Adapter); err != nil {
			return nil, nil, err
		}
	}
	eng, err := a.openEngine(ctx, func(e *embed.Options) {
		if f.maxTokens > 0 {
			e.MaxTokens = f.maxTokens
		}
	})
	if err != nil {
		return nil, nil, err
	}
	if err := a.noteOtherSpace(ctx, eng, o); err != nil {
		return nil, nil, err
	}
	if !f.noCache {
		if err := a.cacheVectors(ctx, eng, &o); err != nil {
			return nil, nil, err
		}
	}
	o.Model, o.MaxTokens = eng.enc.Model().Name, eng.enc.MaxTokens()
	if f.indexed.used() {
		return a.evaluateIndexed(ctx, eng, ds, docs, f, o)
	}
	return evaluation.Run(ctx, eng.enc, ds, o)
}

// documentMix is what documents are encoded with where only a mix for queries is given.
func (a *app) documentMix(ctx context.Context, m adapters.Mix) (adapters.Mix, error) {
	query, both, err := a.sides(ctx, m)
	switch {
	case err != nil:
		return adapters.Mix{}, err
	case query && both:
		return adapters.Mix{}, usagef("say what documents are encoded with: --doc-adapter MIX",
			"the mix %s has adapters for queries and adapters for both sides", m)
	case query:
		return adapters.Mix{}, nil
	}
	return m, nil
}

// noteOtherSpace tells when a query adapter meets documents of another space than the one that it was trained against.
func (a *app) noteOtherSpace(ctx context.Context, eng *engine, o evaluation.Options) error {
	space, err := eng.enc.Space(ctx, o.DocAdapter)
	if err != nil {
		return err
	}
	for _, t := range o.Adapter.Terms {
		entry, err := eng.lib.Entry(ctx, t.ID)
		if err != nil {
			return err
		}
		if entry.Card.Side == adapters.SideQuery && entry.Card.Space != space.ID {
			a.note("%s was trained against the space %s; these documents are in %s", t.ID, entry.Card.Space, space.ID)
		}
	}
	return nil
}

// canceled gives work that was stopped an error that says how to go on.
func canceled(err error, what, hint string) error {
	if fault.CodeOf(err) != fault.Canceled {
		return err
	}
	return fault.Wrap(fault.Canceled, err, "%s was interrupted", what).WithHint("%s", hint)
}
