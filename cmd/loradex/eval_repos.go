package main

// This file measures search over whole repositories: `eval repos`.

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"loradex/evaluation/page"
	"loradex/evaluation/repos"
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
			"chunks as they are). Recall is at 500, 2,000 and 8,000 tokens of answer, of four bytes each.",
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
			return a.result(report, func() { a.showRepositories(report) })
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
	completeFlag(c, "mode", fixed("lexical", "hybrid", "dense"))
	return c
}

func (p *printer) showRepositories(r *repos.Report) {
	p.printf("%d questions about %d repositories, %d files, %d chunks\n\n", r.Questions, r.Repositories, r.Size.Files, r.Size.Chunks)
	t := page.Table{Head: []string{"MODE", "FILES", "", "DEDUP", "CHUNKS", "RECALL 500", "2000", "8000", "P50", "DIFFERENCE", "P"}}
	for _, s := range r.Systems {
		difference, chance := "", ""
		if s.Against != nil {
			difference = fmt.Sprintf("%+.4f (%+.4f to %+.4f)", s.Against.Mean, s.Against.Low, s.Against.High)
			chance = fmt.Sprintf("%.3f", *s.P)
		}
		t.Add(s.Name(), fmt.Sprintf("%.4f", s.Files.Mean), fmt.Sprintf("(%.4f to %.4f)", s.Files.Low, s.Files.High), fmt.Sprintf("%.4f", s.Dedup.Mean),
			fmt.Sprintf("%.4f", s.Chunks.Mean), fmt.Sprintf("%.3f", s.Recall[0]), fmt.Sprintf("%.3f", s.Recall[1]), fmt.Sprintf("%.3f", s.Recall[2]),
			fmt.Sprintf("%.1f ms", s.P50), difference, chance)
	}
	p.printf("%s\n", t.Text())
	for _, parts := range []struct {
		name string
		of   func(repos.System) map[string]repos.Part
	}{
		{"CATEGORY", func(s repos.System) map[string]repos.Part { return s.Categories }},
		{"LANGUAGE", func(s repos.System) map[string]repos.Part { return s.Languages }},
	} {
		t := page.Table{Head: []string{parts.name, "REPOSITORIES"}}
		var whole []repos.System
		for _, s := range r.Systems {
			if s.Without == "" {
				whole = append(whole, s)
				t.Head = append(t.Head, strings.ToUpper(s.Name()))
			}
		}
		for _, part := range slices.Sorted(maps.Keys(parts.of(r.Systems[0]))) {
			row := []string{part, itoa(parts.of(r.Systems[0])[part].Repositories)}
			for _, s := range whole {
				row = append(row, fmt.Sprintf("%.4f", parts.of(s)[part].Mean))
			}
			t.Add(row...)
		}
		p.printf("%s\n", t.Text())
	}
	if len(r.Missing) > 0 {
		p.printf("not there: %v\n", r.Missing)
	}
}
