package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"loradex/evaluation/speed"
)

// adapterFlags are the flags of `bench adapters`.
type adapterFlags struct {
	benchFlags
	speed.AdapterOptions
}

func benchAdaptersCommand(a *app) *cobra.Command {
	var f adapterFlags
	c := &cobra.Command{
		Use: "adapters", Short: "What adapters cost in a batch, and what a large library does", Args: exactArgs(0, "no arguments"),
		Long: "Encodes one batch of rows with adapters and without in turns and gives the median of the ratios: one adapter for all\n" +
			"rows, another one for every row, two for every row; for query and value layers and for all linear ones. The adapters are\n" +
			"random and lie in a temporary library. With --peer the same cases of PEFT take turns, too.",
		Example: `  loradex bench adapters --peer "python bench/peer_peft.py {model} --threads {threads}"`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			f.chunks = 1
			if err := f.check(); err != nil {
				return err
			}
			if f.Rows < 1 || f.Rows > 4096 || f.Tokens < 3 || f.Rank < 1 || f.Rank > 512 || f.Registered < 0 || f.Registered > 100_000 {
				return usagef("see `loradex bench adapters --help`", "--rows, --tokens, --rank or --registered is out of range")
			}
			doc, err := a.benchAdapters(cmd.Context(), f)
			if err != nil {
				return benchEnded(err)
			}
			if a.flags.json {
				return a.printJSON(doc)
			}
			a.showBenchAdapters(doc)
			return nil
		},
	}
	f.addPeer(c)
	c.Flags().IntVar(&f.Rows, "rows", 32, "rows of the batch")
	c.Flags().IntVar(&f.Tokens, "tokens", 64, "tokens of a row")
	c.Flags().IntVar(&f.Rank, "rank", 16, "rank of the adapters")
	c.Flags().IntVar(&f.Registered, "registered", 1000, "size of the large library; 0 leaves it out")
	return c
}

func (a *app) benchAdapters(ctx context.Context, f adapterFlags) (*speed.AdaptersReport, error) {
	o, err := a.EncoderOptions(ctx)
	if err != nil {
		return nil, err
	}
	source := &speed.Switch{}
	f.Engine(&o, source)
	eng, err := a.OpenEngine(ctx, o)
	if err != nil {
		return nil, err
	}
	setup, err := a.benchSetup(ctx, f.benchFlags, eng)
	if err != nil {
		return nil, err
	}
	return speed.Adapters(ctx, setup, source, f.AdapterOptions)
}

func (a *app) showBenchAdapters(d *speed.AdaptersReport) {
	a.showMachine(d.Machine)
	a.printf("batch      %d rows of %d tokens, %s, rank %d, %d threads\n\n", d.Rows, d.Tokens, d.Model, d.Rank, d.Threads)
	t := newTable("CASE", "÷ PLAIN (95 % interval)", "SECONDS", "PEER ÷ ITS PLAIN", "PEER ÷ OURS")
	for _, c := range d.Cases {
		row := []string{c.Name, ratioText(&c.Ratio), fmt.Sprintf("%.3f", c.Seconds.Median), ratioText(c.PeerRatio), ratioText(c.Speedup)}
		t.row(row...)
	}
	t.write(a.out)
	if r := d.Registered; r != nil {
		a.printf("\n%d registered ÷ 1, one adapter for all rows: %s\n", r.Count, ratioText(&r.One))
		a.printf("any of %d ÷ any of %d, one adapter a row: %s\n", r.Count, d.Rows, ratioText(&r.Mixed))
		a.printf("a batch whose adapters are used for the first time: %s seconds\n", r.FirstUse)
	}
	a.printf("\n")
	m := newTable("MEMORY AFTER", "TOTAL", "OWN", "FILES")
	for _, p := range d.Memory {
		m.row(p.After, bytesText(p.Total), bytesText(p.Private), bytesText(p.Mapped))
	}
	m.write(a.out)
}

func ratioText(s *speed.Sample) string {
	if s == nil {
		return ""
	}
	return fmt.Sprintf("%.3f (%.3f to %.3f)", s.Median, s.Low, s.High)
}
