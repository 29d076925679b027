package main

// This file defines `loradex eval efficiency`: what adapters and fully fine-tuned models cost, and what they bring.

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"loradex/evaluation/experiment"
	"loradex/evaluation/page"
	"loradex/internal/atomicfile"
	"loradex/internal/fault"
)

// efficiencyFlags are the flags of `eval efficiency`.
type efficiencyFlags struct {
	experiment.EfficiencyOptions
	adapters []string
	out      string
	noCache  bool
}

func evalEfficiencyCommand(a *app) *cobra.Command {
	var f efficiencyFlags
	c := &cobra.Command{
		Use:   "efficiency --data DIR [--adapter MIX]... [--full MODEL]...",
		Short: "What adapters cost and bring, against the base and full fine-tuning",
		Long: "Measures the base, every --adapter and every --full model on one data set: MRR@10 with its interval and the difference\n" +
			"to the base, then latency of queries, one at a time, and throughput of documents, in turns within one process, so\n" +
			"that a busy machine slows all of them alike. What training took comes from the card of an adapter, and from the file\n" +
			"that `train --full` leaves beside a model.",
		Example: "  loradex eval efficiency --data csn_go --adapter my-go --full go-full --out efficiency.json\n" +
			"  loradex eval report runs --efficiency efficiency.json --format html --out report.html",
		Args: exactArgs(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error { return f.measure(cmd.Context(), a) },
	}
	fl := c.Flags()
	fl.StringVar(&f.Data, "data", "", "folder of the data set")
	splitFlag(c, &f.Split, "test")
	fl.StringArrayVar(&f.adapters, "adapter", nil, "mix to measure; may be given more than once")
	fl.StringArrayVar(&f.Full, "full", nil, "name or folder of a fully fine-tuned model; may be given more than once")
	fl.IntVar(&f.Queries, "queries", 100, "how many queries are timed, one at a time")
	fl.IntVar(&f.Documents, "documents", 200, "how many documents are encoded in a round")
	fl.IntVar(&f.Rounds, "rounds", 5, "rounds of documents; the median counts")
	fl.StringVar(&f.out, "out", "", "`FILE` for the figures as JSON, for eval report --efficiency")
	noCacheFlag(c, &f.noCache)
	required(c, "data")
	completeFlag(c, "adapter", completeMix(a))
	return c
}

func (f *efficiencyFlags) validate() error {
	for _, n := range []struct {
		flag       string
		value, max int
	}{{"queries", f.Queries, 100_000}, {"documents", f.Documents, 100_000}, {"rounds", f.Rounds, 1000}} {
		if n.value < 1 || n.value > n.max {
			return usagef(fmt.Sprintf("1 to %d", n.max), "--%s is %d", n.flag, n.value)
		}
	}
	return checkOutFolder(f.out)
}

// checkOutFolder looks at the folder of --out before the work, not after.
func checkOutFolder(path string) error {
	if path != "" && !isDir(filepath.Dir(path)) {
		return fault.New(fault.NotFound, "--out: the folder %s does not exist", filepath.Dir(path)).WithHint("make it first")
	}
	return nil
}

func (f *efficiencyFlags) measure(ctx context.Context, a *app) (err error) {
	if err := f.validate(); err != nil {
		return err
	}
	if f.Adapters, err = parseMixes("adapter", f.adapters); err != nil {
		return err
	}
	defer a.Progress.Done()
	report, err := a.Lab(f.noCache).Efficiency(ctx, f.EfficiencyOptions)
	if err != nil {
		return canceled(err, "the measurement", "start it again; vectors that were encoded are kept")
	}
	a.Progress.Done()
	if f.out != "" {
		if err := atomicfile.Replace(f.out, report.Write); err != nil {
			return err
		}
		a.Note("the figures are in %s", f.out)
	}
	if a.json {
		return report.Write(a.out)
	}
	return page.WriteEfficiency(a.out, report)
}
