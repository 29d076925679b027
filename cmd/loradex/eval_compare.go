package main

import (
	"github.com/spf13/cobra"

	"loradex/evaluation"
	"loradex/evaluation/compare"
	"loradex/evaluation/page"
)

func evalCompareCommand(a *app) *cobra.Command {
	var show int
	c := &cobra.Command{
		Use:   "compare BEFORE AFTER",
		Short: "Compare two evaluations of one data set, query by query",
		Long: "BEFORE and AFTER are folders that `eval run --out` made of the same data set: base and adapter, or an old and a new\n" +
			"one. Each metric's difference has a paired bootstrap interval and the p of a paired randomization test. Flips are\n" +
			"queries that one of the two answers within the first K, and the other does not.",
		Example: "  loradex eval run --data csn_go --out base\n" +
			"  loradex eval run --data csn_go --adapter my-go --out mine\n" +
			"  loradex eval compare base mine",
		Args: exactArgs(2, "the folders of two evaluations"),
		RunE: func(_ *cobra.Command, args []string) error { return evalCompare(a, args[0], args[1], show) },
	}
	c.Flags().IntVar(&show, "queries", 5, "how many of the largest losses and gains are listed; 0: none")
	return c
}

func evalCompare(a *app, before, after string, show int) error {
	if show < 0 {
		return usagef("0 lists none", "--queries is %d", show)
	}
	x, err := evaluation.OpenSaved(before)
	if err != nil {
		return err
	}
	y, err := evaluation.OpenSaved(after)
	if err != nil {
		return err
	}
	c, err := compare.Two(x, y)
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(c)
	}
	return page.WriteComparison(a.out, c, show)
}
