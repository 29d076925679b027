package main

import (
	"context"

	"github.com/spf13/cobra"

	"loradex/adapters"
	"loradex/evaluation"
	"loradex/evaluation/dataset"
	"loradex/evaluation/retrieval"
	"loradex/evaluation/robust"
	"loradex/indexer"
	"loradex/internal/fault"
	"loradex/search"
	"loradex/workspace"
)

func evalCommand(a *app) *cobra.Command {
	return group("eval", "Measure retrieval", evalRunCommand(a), evalCompareCommand(a), evalReportCommand(a), evalRobustCommand(a),
		evalEfficiencyCommand(a), evalTuneCommand(a), evalImportCommand(a), evalMineCommand(a))
}

// evalFlags are the flags of `eval run`.
type evalFlags struct {
	data, adapters              []string
	split, docAdapter, out, run string
	template                    string
	lang                        []string
	maxTokens                   int
	noCache                     bool
	metrics                     []string
	pool                        int
	poolSeed                    uint64
	indexed                     indexedFlags
	gate                        gateFlags
	system                      systemFlags
}

func evalRunCommand(a *app) *cobra.Command {
	var f evalFlags
	c := &cobra.Command{
		Use:   "run --data DIR [--split test] [--adapter MIX]... [--doc-adapter MIX] [--mode dense|lexical|hybrid] [--baseline DIR]",
		Short: "Measure a data set: MRR, nDCG, recall and MAP with 95 % intervals",
		Long: "The data set is a BEIR folder: corpus.jsonl, queries.jsonl, qrels/SPLIT.tsv. --adapter is for queries and documents,\n" +
			"unless its card says that it is for queries; --doc-adapter sets the side of the documents. Several --adapter are\n" +
			"measured in one pass and compared with the first. --run measures a TREC run file in place of the encoder, --system an\n" +
			"embeddings API; --out keeps the report, the run and the values of each query.\n\n" +
			"By default the vectors of the whole corpus are ranked by cosine. With --mode lexical or hybrid, --coverage,\n" +
			"--language-wise or --indexed the documents are put into an index and searched as `loradex search` does, with the\n" +
			"settings search.*; full MRR then sees no deeper than --hits. Vectors are kept in LORADEX_HOME for the next evaluation.\n\n" +
			"With --baseline it is a gate: exit 1 when a metric named by --on has dropped by more than --max-drop and the drop is\n" +
			"significant. docs/evaluation.md says what every figure means.",
		Example: "  loradex eval run --data csn_go --adapter none --adapter my-go --out runs\n" +
			"  loradex eval run --data csn_go --adapter my-go --baseline runs/none --max-drop 0.01 --junit eval.xml",
		Args: exactArgs(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.evalRun(cmd, f) },
	}
	fl := c.Flags()
	fl.StringArrayVar(&f.data, "data", nil, "folder of the data set; several ask the queries of each over the documents of all")
	fl.StringVar(&f.split, "split", "test", "which judgements: qrels/SPLIT.tsv")
	fl.StringArrayVar(&f.adapters, "adapter", []string{"none"}, "mix for queries, and for documents unless its card says query side; several are compared with the first")
	fl.StringVar(&f.docAdapter, "doc-adapter", "", "mix for documents")
	fl.StringVar(&f.template, "template", "", "encode documents as an index would, by this text template: words+doc+body")
	fl.StringSliceVar(&f.lang, "lang", nil, "language of the documents, one or one for each --data (default what they say, the paths that their ids name, or the end of\nthe set's name, such as _go)")
	fl.IntVar(&f.maxTokens, "max-tokens", 0, "where texts are cut (default the model's limit)")
	fl.StringVar(&f.out, "out", "", "folder for the report, the run and the values of each query; of several mixes each in a folder of its own there")
	fl.StringVar(&f.run, "run", "", "measure this TREC run file; nothing is encoded")
	fl.BoolVar(&f.noCache, "no-cache", false, "encode everything anew, and keep no vectors for the next evaluation")
	fl.StringSliceVar(&f.metrics, "metrics", nil, "metrics, such as mrr@10,ndcg@10,recall@100,map,precision@5 (default the usual ones)")
	fl.IntVar(&f.pool, "pool", 0, "rank each query among so many documents, its relevant ones and others drawn at random (default the whole corpus)")
	fl.Uint64Var(&f.poolSeed, "pool-seed", 1, "picks the documents of --pool")
	f.indexed.register(c)
	f.gate.register(c)
	f.system.register(c)
	if err := c.MarkFlagRequired("data"); err != nil {
		panic(err) // the flag is defined above
	}
	completeFlag(c, "adapter", a.completeMix)
	completeFlag(c, "doc-adapter", a.completeMix)
	completeFlag(c, "split", fixed("test", "dev", "train"))
	return c
}

func (a *app) evalRun(cmd *cobra.Command, f evalFlags) error {
	mixes, err := f.validate(cmd)
	if err != nil {
		return err
	}
	bar := a.Progress
	defer bar.Done()
	o := evaluation.Options{
		Metrics: f.metrics, Template: f.template, Pool: f.pool, Digests: evaluation.Digests{Code: codeName()},
		Progress: func(p evaluation.Progress) { bar.Set(string(p.Stage), p.Done, p.Total, "") },
	}
	if f.pool > 0 {
		o.PoolSeed = f.poolSeed
	}
	if err := o.Validate(); err != nil {
		return usage(err)
	}
	if f.docAdapter != "" {
		if o.DocAdapter, err = parseMix("doc-adapter", f.docAdapter); err != nil {
			return err
		}
	}
	names := make([]string, len(mixes))
	for i, m := range mixes {
		names[i] = m.String()
	}
	for _, dir := range f.outs(names) {
		if err := checkResultFolder(dir, robust.PerQueryFile); err != nil {
			return err
		}
	}
	if err := f.gate.clear(); err != nil {
		return err
	}
	if err := f.gate.open(names, f.outs(names)); err != nil {
		return err
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
	outcomes, err := a.evaluate(cmd.Context(), ds, docs, &f, mixes, o)
	if err != nil {
		return canceled(err, "the evaluation", "start it again; vectors that were encoded are kept, unless --no-cache is given")
	}
	bar.Done()
	return a.evalDone(&f, outcomes)
}

// evaluate measures a run file, an endpoint, or the encoder with each mix.
func (a *app) evaluate(ctx context.Context, ds *dataset.Dataset, docs []retrieval.Document, f *evalFlags, mixes []adapters.Mix, o evaluation.Options) ([]evaluation.Outcome, error) {
	switch {
	case f.run != "":
		report, result, err := evaluation.RunFromFile(ctx, f.run, ds, o)
		if err != nil {
			return nil, err
		}
		if result.Unranked > 0 {
			a.Note("%d queries of the split are not in the run; they count with 0", result.Unranked)
		}
		return []evaluation.Outcome{{Report: report, Result: result}}, nil
	case f.system.url != "":
		return a.evaluateSystem(ctx, ds, f, o)
	case f.indexed.Mode == search.Lexical:
		report, result, err := a.evaluateIndexed(ctx, nil, ds, docs, *f, o)
		return []evaluation.Outcome{{Report: report, Result: result}}, err
	}
	return a.evaluateMixes(ctx, ds, docs, f, mixes, o)
}

// documentMix is what documents are encoded with where only a mix for queries is given.
func (a *app) documentMix(ctx context.Context, m adapters.Mix) (adapters.Mix, error) {
	query, both, err := a.Sides(ctx, m)
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
func (a *app) noteOtherSpace(ctx context.Context, eng *workspace.Engine, o evaluation.Options) error {
	space, err := eng.Encoder.Space(ctx, o.DocAdapter)
	if err != nil {
		return err
	}
	for _, t := range o.Adapter.Terms {
		entry, err := eng.Library.Entry(ctx, t.ID)
		if err != nil {
			return err
		}
		if entry.Card.Side == adapters.SideQuery && entry.Card.Space != space.ID {
			a.Note("%s was trained against the space %s; these documents are in %s", t.ID, entry.Card.Space, space.ID)
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
