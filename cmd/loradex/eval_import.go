package main

import (
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"loradex/evaluation/convert"
	"loradex/internal/dataset"
)

// evalImportFlags are the flags of `eval import`.
type evalImportFlags struct {
	from, out, split string
	strict           bool
}

func evalImportCommand(a *app) *cobra.Command {
	var f evalImportFlags
	c := &cobra.Command{
		Use: "import SOURCE --from FORMAT --out DIR", Short: "Make a BEIR folder out of another kind of data set",
		Long: "Reads a file or a folder of files and writes the folder that `eval run --data` and `train --data` take. Formats:\n" +
			"  beir           exports of CoIR, MTEB and BEIR as JSON lines or Parquet: corpus, queries, and qrels, default or data\n" +
			"  codesearchnet  JSON lines with docstring and code\n" +
			"  advtest        CodeXGLUE's NL-code-search-Adv\n" +
			"  webquery       CodeXGLUE's WebQueryTest, and CoSQA\n" +
			"  codetrans      CodeXGLUE's code-to-code-trans: Java methods as queries, their C# counterparts as documents\n" +
			"Files may be compressed with gzip. Documents that are the same become one. What was done is in dataset.json.",
		Example: "  loradex eval import go/final/jsonl --from codesearchnet --out data/csn_go",
		Args:    exactArgs(1, "the file or folder to read"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !slices.Contains(convert.Formats(), f.from) {
				return usagef("formats are "+strings.Join(convert.Formats(), ", "), "--from is %q", f.from)
			}
			report, err := convert.Run(cmd.Context(), args[0], f.out, convert.Options{Format: f.from, Split: f.split, Strict: f.strict})
			if err != nil {
				return err
			}
			return a.result(report, func() { a.showImported(f.out, report) })
		},
	}
	fl := c.Flags()
	fl.StringVar(&f.from, "from", "", "what the files are: "+strings.Join(convert.Formats(), ", "))
	fl.StringVar(&f.out, "out", "", "the folder to make")
	fl.StringVar(&f.split, "split", "test", "the split of files that do not say it")
	strictFlag(c, &f.strict)
	required(c, "from", "out")
	completeFlag(c, "from", fixed(convert.Formats()...))
	return c
}

func (p *printer) showImported(out string, r convert.Report) {
	p.printf("%s: %s documents, %s queries", out, thousands(r.Documents), thousands(r.Queries))
	for _, split := range slices.Sorted(maps.Keys(r.Judgements)) {
		p.printf(", %s judgements of %s", thousands(r.Judgements[split]), split)
	}
	if r.Missing > 0 {
		p.printf("\n%s of documents or queries that no file holds left out; is a file missing?", dataset.Count(r.Missing, "judgement", "judgements"))
	}
	p.printf("\n%s documents were the same as another, %s records passed over; %s\n", thousands(r.Folded), thousands(r.Passed), r.Template)
}
