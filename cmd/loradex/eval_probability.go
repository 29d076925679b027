package main

// This file fits probabilities of hits: `eval probability`.

import (
	"context"
	"os"

	"github.com/spf13/cobra"

	"loradex/adapters"
	"loradex/evaluation/experiment"
	"loradex/evaluation/page"
	"loradex/internal/fault"
	"loradex/search"
)

func evalProbabilityCommand(a *app) *cobra.Command {
	var p experiment.Probabilities
	var mode, adapter, plot string
	var write, noCache bool
	c := &cobra.Command{
		Use:   "probability --data DIR... [--check DIR...] [--write]",
		Short: "Fit how likely hits are right, for a base, a mode and a mix",
		Long: "Asks the queries of data sets, fits how likely a hit is right to the first ten of each, every set counting the same, and\n" +
			"measures that on the sets of --check: expected calibration error, AUROC, Brier score, reliability. --write keeps it in\n" +
			"LORADEX_HOME: hits of such searches then have it as `probability`, and `search --threshold` goes by it.",
		Example: "  loradex eval probability --data csn_go --data cosqa --check conala --mode hybrid --write",
		Args:    exactArgs(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			p.Mode = search.Mode(mode)
			if err := (&search.Request{Query: "a", Mode: p.Mode}).Validate(); err != nil {
				return fault.Usage(err)
			}
			var err error
			if p.Mix, err = parseMix("adapter", adapter); err != nil {
				return err
			}
			return fitProbability(cmd.Context(), a, p, plot, write, noCache)
		},
	}
	fl := c.Flags()
	fl.StringArrayVar(&p.Fit, "data", nil, "folder of a data set to fit to; may be given more than once")
	fl.StringArrayVar(&p.Check, "check", nil, "folder of a data set to measure on; may be given more than once")
	splitFlag(c, &p.Split, "test")
	fl.StringVar(&mode, "mode", "hybrid", "hybrid, dense or lexical")
	fl.StringVar(&adapter, "adapter", adapters.BaseMix, "mix for queries, and for documents unless its card says query side")
	fl.IntVar(&p.MaxTokens, "max-tokens", 0, "where texts are cut (default the model's limit)")
	fl.StringVar(&plot, "plot", "", "file for a reliability plot (SVG)")
	fl.BoolVar(&write, "write", false, "keep it in LORADEX_HOME for searches")
	noCacheFlag(c, &noCache)
	required(c, "data")
	completeFlag(c, "mode", fixed("hybrid", "dense", "lexical"))
	completeFlag(c, "adapter", completeMix(a))
	return c
}

func fitProbability(ctx context.Context, a *app, p experiment.Probabilities, plot string, write, noCache bool) error {
	defer a.Progress.Done()
	doc, err := a.Lab(noCache).Probability(ctx, p)
	if err != nil {
		return err
	}
	a.Progress.Done()
	if plot != "" {
		if err := os.WriteFile(plot, []byte(page.ReliabilityPlot(doc)), 0o600); err != nil {
			return fault.Wrap(fault.Unavailable, err, "the plot")
		}
	}
	if write {
		if doc.Wrote, err = a.KeepFit(doc.Fit); err != nil {
			return err
		}
	}
	return a.result(doc, func() {
		a.printf("%s", page.Probability(doc))
		if write {
			a.Note("kept in %s", doc.Wrote)
		}
	})
}
