package main

import (
	"github.com/spf13/cobra"

	"loradex/adapters"
	"loradex/internal/fault"
)

func evalCommand(a *app) *cobra.Command {
	return group("eval", "Measure retrieval", evalRunCommand(a), evalCompareCommand(a), evalReportCommand(a), evalRobustCommand(a),
		evalEfficiencyCommand(a), evalTuneCommand(a), evalImportCommand(a), evalMineCommand(a), evalReposCommand(a), evalProbabilityCommand(a))
}

// evalFlags are the flags of `eval run`.
type evalFlags struct {
	data, adapters              []string
	split, docAdapter, out, run string
	template                    string
	lang                        []string
	maxTokens                   int
	noCache, strict             bool
	excludeSelf                 bool
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
		RunE: func(cmd *cobra.Command, _ []string) error { return f.evaluate(cmd, a) },
	}
	fl := c.Flags()
	fl.StringArrayVar(&f.data, "data", nil, "folder of the data set; several ask the queries of each over the documents of all")
	splitFlag(c, &f.split, "test")
	fl.StringArrayVar(&f.adapters, "adapter", []string{adapters.BaseMix}, "mix for queries, and for documents unless its card says query side; several are compared with the first")
	fl.StringVar(&f.docAdapter, "doc-adapter", "", "mix for documents")
	fl.StringVar(&f.template, "template", "", "encode documents as an index would, by this text template: words+doc+body")
	fl.StringSliceVar(&f.lang, "lang", nil, "language of the documents, one or one for each --data (default what they say, the paths that their ids name, or the end of\nthe set's name, such as _go)")
	fl.IntVar(&f.maxTokens, "max-tokens", 0, "where texts are cut (default the model's limit)")
	fl.StringVar(&f.out, "out", "", "folder for the report, the run and the values of each query; of several mixes each in a folder of its own there")
	fl.StringVar(&f.run, "run", "", "measure this TREC run file; nothing is encoded")
	noCacheFlag(c, &f.noCache)
	strictFlag(c, &f.strict)
	fl.BoolVar(&f.excludeSelf, "exclude-self", false, "rank a query that is a document of the same id without that document")
	fl.StringSliceVar(&f.metrics, "metrics", nil, "metrics, such as mrr@10,ndcg@10,recall@100,map,precision@5 (default the usual ones)")
	fl.IntVar(&f.pool, "pool", 0, "rank each query among so many documents, its relevant ones and others drawn at random (default the whole corpus)")
	fl.Uint64Var(&f.poolSeed, "pool-seed", 1, "picks the documents of --pool")
	f.indexed.register(c)
	f.gate.register(c)
	f.system.register(c)
	required(c, "data")
	completeFlag(c, "adapter", completeMix(a))
	completeFlag(c, "doc-adapter", completeMix(a))
	return c
}

func (f *evalFlags) evaluate(cmd *cobra.Command, a *app) error {
	o, err := f.options(cmd, a.getenv)
	if err != nil {
		return err
	}
	defer a.Progress.Done()
	outcomes, gates, err := a.Lab(f.noCache).Run(cmd.Context(), o)
	if err != nil {
		return canceled(err, "the evaluation", "start it again; vectors that were encoded are kept, unless --no-cache is given")
	}
	a.Progress.Done()
	return a.showEvaluation(outcomes, gates)
}

// canceled gives work that was stopped an error that says how to go on.
func canceled(err error, what, hint string) error {
	if fault.CodeOf(err) != fault.Canceled {
		return err
	}
	return fault.Wrap(fault.Canceled, err, "%s was interrupted", what).WithHint("%s", hint)
}
