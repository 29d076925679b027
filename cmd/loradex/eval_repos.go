package main

// This file measures search over whole repositories: `eval repos`.

import (
	"path/filepath"

	"github.com/spf13/cobra"

	"loradex/evaluation/page"
	"loradex/workspace"
)

func evalReposCommand(a *app) *cobra.Command {
	var o workspace.RepositoriesOptions
	c := &cobra.Command{
		Use:   "repos --data DIR --repos FOLDER [--mode lexical,hybrid]",
		Short: "Measure search over whole repositories by the files that it finds",
		Long: "Indexes each repository of a benchmark at its commit, asks its questions, and gives NDCG@10 by files as the benchmark of\n" +
			"semble has it: repos.jsonl, queries.jsonl, qrels.tsv and spans.tsv in the folder --data. Figures are means over\n" +
			"repositories, with 95 % intervals over them. --repos holds the repositories, as NAME, NAME.git or OWNER/NAME; those that\n" +
			"are not there are listed. Indexes are kept in --work and results in --out, so that a run that was stopped goes on.\n\n" +
			"Readings: files (the first ten files), dedup (the first ten chunks, repeated files left out), chunks (the first ten\n" +
			"chunks as they are). Recall is at 500, 2,000 and 8,000 tokens of answer, of four bytes each. The modes grep-read and grep-head\n" +
			"are what search is compared with: files by the lines that hold a word of the question, read from the top, whole or 50 lines.",
		Example: "  loradex eval repos --data semble --repos mirrors --mode lexical,hybrid",
		Args:    exactArgs(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.Work == "" {
				model := a.ModelName()
				if len(o.Modes) == 1 && o.Modes[0] == "lexical" {
					model = "words"
				}
				o.Work = filepath.Join(a.Home.Caches(), "repos", filepath.Base(model))
			}
			o.Version = version + " " + commit()
			report, err := a.EvalRepositories(cmd.Context(), o)
			if err != nil {
				return canceled(err, "the measurement", "what --work and --out hold is kept: run it again")
			}
			return a.result(report, func() { a.printf("%s", page.Repositories(report)) })
		},
	}
	fl := c.Flags()
	fl.StringVar(&o.Data, "data", "", "folder of the benchmark")
	fl.StringVar(&o.Folder, "repos", "", "folder that holds the repositories")
	fl.StringVar(&o.Work, "work", "", "folder that keeps files and indexes (default one of LORADEX_HOME for each model)")
	fl.StringVar(&o.Out, "out", "", "folder that keeps the results of each repository")
	fl.StringSliceVar(&o.Modes, "mode", []string{"lexical", "hybrid"}, "modes to measure; the first is what others are compared with")
	fl.BoolVar(&o.Ablate, "ablate", false, "measure each mode once more without each stage of ranking")
	fl.StringSliceVar(&o.Only, "only", nil, "names of repositories (default all that are there)")
	required(c, "data", "repos")
	completeFlag(c, "mode", fixed("lexical", "hybrid", "dense", "grep-read", "grep-head"))
	return c
}
