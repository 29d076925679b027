package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"loradex/evaluation"
	"loradex/evaluation/runfile"
	"loradex/evaluation/significance"
	"loradex/evaluation/summary"
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
		RunE: func(_ *cobra.Command, args []string) error { return a.evalCompare(args[0], args[1], show) },
	}
	c.Flags().IntVar(&show, "queries", 5, "how many of the largest losses and gains are listed; 0: none")
	return c
}

func (a *app) evalCompare(before, after string, show int) error {
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
	c, err := evaluation.Compare(x, y, significance.Options{})
	if err != nil {
		return err
	}
	if a.flags.json {
		return a.printJSON(c)
	}
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	a.printf("%s, %s: %d queries, %d documents\nbefore: %s\nafter:  %s\n\n",
		c.A.Dataset, c.A.Split, c.A.Queries, c.A.Corpus, summary.NameOf(&c.A), summary.NameOf(&c.B))
	fmt.Fprintln(w, "METRIC\tBEFORE\tAFTER\tDIFFERENCE (95 % interval)\tP\tWINS\tLOSSES")
	for _, m := range c.Metrics {
		fmt.Fprintf(w, "%s\t%.4f\t%.4f\t%+.4f (%+.4f to %+.4f)\t%.4f\t%d\t%d\n", m.Metric, m.A, m.B, m.Difference, m.CI95[0], m.CI95[1], m.P, m.Wins, m.Losses)
	}
	if len(c.Incomparable) > 0 {
		fmt.Fprintf(w, "\nnot compared: %s, for %d hits of each query were kept in the one and %d in the other, or ties have another order\n",
			strings.Join(c.Incomparable, ", "), c.A.Depth, c.B.Depth)
	}
	compareGroups(w, c)
	fmt.Fprintln(w)
	for _, f := range c.Flips {
		fmt.Fprintf(w, "first %d: %d queries lost, %d gained\n", f.K, f.Lost, f.Gained)
	}
	losses, gains := extremes(c.Queries, show)
	list := func(title string, outcomes []runfile.QueryOutcome) {
		if len(outcomes) == 0 {
			return
		}
		fmt.Fprintf(w, "\n%s\tRANK BEFORE\tAFTER\n", title)
		for _, q := range outcomes {
			fmt.Fprintf(w, "%s\t%s\t%s\n", q.Query, rank(q.Before), rank(q.After))
		}
	}
	list("LARGEST LOSSES", losses)
	list("LARGEST GAINS", gains)
	return w.Flush()
}

// compareGroups shows the first metric by group, as many as the table of `eval run` shows.
func compareGroups(w io.Writer, c *evaluation.Comparison) {
	if len(c.Groups) == 0 || len(c.Metrics) == 0 {
		return
	}
	metric := c.Metrics[0].Metric
	groups := slices.DeleteFunc(slices.Clone(c.Groups), func(g evaluation.GroupComparison) bool { return g.Metric != metric })
	fmt.Fprintf(w, "\n%s BY %s\tBEFORE\tAFTER\tDIFFERENCE (95 %% interval)\tP CORRECTED\tQUERIES\n", metric, strings.ToUpper(cmp.Or(c.B.GroupedBy, "group")))
	for _, g := range groups[:min(evaluation.TableGroups, len(groups))] {
		fmt.Fprintf(w, "%s\t%.4f\t%.4f\t%+.4f (%+.4f to %+.4f)\t%.4f\t%d\n", g.Group, g.A, g.B, g.Difference, g.CI95[0], g.CI95[1], g.Holm, g.Queries)
	}
	if more := len(groups) - evaluation.TableGroups; more > 0 {
		fmt.Fprintf(w, "and %d more, which --json lists\n", more)
	}
}

// extremes are the first losses and the last gains, the largest first.
func extremes(changed []runfile.QueryOutcome, n int) (losses, gains []runfile.QueryOutcome) {
	for i := 0; i < len(changed) && i < n; i++ {
		if changed[i].Change() < 0 {
			losses = append(losses, changed[i])
		}
		if last := changed[len(changed)-1-i]; last.Change() > 0 {
			gains = append(gains, last)
		}
	}
	return losses, gains
}

func rank(r int) string {
	if r == 0 {
		return "not found"
	}
	return strconv.Itoa(r)
}
