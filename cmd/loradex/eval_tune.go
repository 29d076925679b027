package main

// This file finds the settings of ranking that suit data sets best: `eval tune`.

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"loradex/adapters"
	"loradex/evaluation/experiment"
	"loradex/evaluation/page"
	"loradex/internal/config"
)

// tuneFlags are the flags of `eval tune`.
type tuneFlags struct {
	data           []string
	split, by      string
	adapter, write string
	noCache        bool
}

func evalTuneCommand(a *app) *cobra.Command {
	var f tuneFlags
	c := &cobra.Command{
		Use:   "tune --data DIR...",
		Short: "Find the fusion of vectors and words that suits data sets best",
		Long: "Searches every data set with each way of fusion and a grid of weights, and shows the mean over the sets, each counting\n" +
			"the same. Tune on judgements that you do not report on: the default is the split dev. --write puts the winner into a\n" +
			"loradex.yaml, whose other lines stay as they are.",
		Example: "  loradex eval tune --data csn_go --data cosqa --write loradex.yaml",
		Args:    exactArgs(0, "no arguments"),
		RunE:    func(cmd *cobra.Command, _ []string) error { return f.tune(cmd.Context(), a) },
	}
	fl := c.Flags()
	fl.StringArrayVar(&f.data, "data", nil, "folder of a data set; may be given more than once")
	splitFlag(c, &f.split, "dev")
	fl.StringVar(&f.adapter, "adapter", adapters.BaseMix, "mix for queries, and for documents unless its card says query side")
	fl.StringVar(&f.by, "by", "ndcg@10", "the metric that decides: ndcg@10 or mrr@10")
	fl.StringVar(&f.write, "write", "", "the loradex.yaml that gets the winner's settings")
	noCacheFlag(c, &f.noCache)
	required(c, "data")
	completeFlag(c, "adapter", completeMix(a))
	return c
}

func (f *tuneFlags) tune(ctx context.Context, a *app) error {
	mix, err := parseMix("adapter", f.adapter)
	if err != nil {
		return err
	}
	defer a.Progress.Done()
	doc, err := a.Lab(f.noCache).Tune(ctx, f.data, f.split, f.by, mix)
	if err != nil {
		return err
	}
	a.Progress.Done()
	if f.write != "" {
		if err := config.Edit(f.write, "search", doc.Best.Settings()...); err != nil {
			return err
		}
		doc.Wrote = f.write
	}
	return a.result(doc, func() {
		a.showTuned(doc)
		if doc.Wrote != "" {
			a.Note("written to %s", doc.Wrote)
		}
	})
}

func (p *printer) showTuned(doc *experiment.Tuned) {
	p.printf("%d queries of %d data sets, split %s; by %s\n\n", doc.Queries, len(doc.Sets), doc.Split, doc.By)
	t := page.Table{Head: append([]string{"FUSION", "WEIGHT", "K", "NDCG@10", "MRR@10"}, doc.Sets...)}
	row := func(name, weight, k string, c experiment.Candidate) {
		cells := []string{name, weight, k, fmt.Sprintf("%.4f", c.Metrics["ndcg@10"]), fmt.Sprintf("%.4f", c.Metrics["mrr@10"])}
		for _, set := range doc.Sets {
			cells = append(cells, fmt.Sprintf("%.4f", c.BySet[set]))
		}
		t.Add(cells...)
	}
	for _, c := range doc.Tried {
		k := ""
		if c.RRFK > 0 {
			k = itoa(c.RRFK)
		}
		row(string(c.Fusion), fmt.Sprintf("%g", c.LexicalWeight), k, c)
	}
	row("(vectors)", "", "", doc.Dense)
	row("(words)", "", "", doc.Lexical)
	p.printf("%s", t.Text())
	p.printf("\nsearch.fusion: %s, search.lexical_weight: %g", doc.Best.Fusion, doc.Best.LexicalWeight)
	if doc.Best.RRFK > 0 {
		p.printf(", search.rrf_k: %d", doc.Best.RRFK)
	}
	p.printf("\n")
}
