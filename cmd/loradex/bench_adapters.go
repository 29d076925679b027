package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"loradex/embed"
	"loradex/evaluation/page"
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
			doc, err := f.run(cmd.Context(), a)
			if err != nil {
				return canceled(err, "the measurement", "")
			}
			return a.result(doc, func() { a.showBenchAdapters(doc) })
		},
	}
	f.addPeer(c)
	c.Flags().IntVar(&f.Rows, "rows", 32, "rows of the batch")
	c.Flags().IntVar(&f.Tokens, "tokens", 64, "tokens of a row")
	c.Flags().IntVar(&f.Rank, "rank", 16, "rank of the adapters")
	c.Flags().IntVar(&f.Registered, "registered", 1000, "size of the large library; 0 leaves it out")
	return c
}

func (f *adapterFlags) run(ctx context.Context, a *app) (*speed.AdaptersReport, error) {
	source := &speed.Switch{}
	enc, err := a.Encoder(ctx, func(o *embed.Options) { f.Engine(o, source) })
	if err != nil {
		return nil, err
	}
	setup, err := f.setup(ctx, a, enc)
	if err != nil {
		return nil, err
	}
	return speed.Adapters(ctx, setup, source, f.AdapterOptions)
}

func (p *printer) showBenchAdapters(d *speed.AdaptersReport) {
	p.showMachine(d.Machine)
	p.printf("batch      %d rows of %d tokens, %s, rank %d, %d threads\n\n", d.Rows, d.Tokens, d.Model, d.Rank, d.Threads)
	t := page.Table{Head: []string{"CASE", "÷ PLAIN (95 % interval)", "SECONDS", "PEER ÷ ITS PLAIN", "PEER ÷ OURS"}}
	for _, c := range d.Cases {
		t.Add(c.Name, ratioText(&c.Ratio), fmt.Sprintf("%.3f", c.Seconds.Median), ratioText(c.PeerRatio), ratioText(c.Speedup))
	}
	p.printf("%s", t.Text())
	if r := d.Registered; r != nil {
		p.printf("\n%d registered ÷ 1, one adapter for all rows: %s\n", r.Count, ratioText(&r.One))
		p.printf("any of %d ÷ any of %d, one adapter a row: %s\n", r.Count, d.Rows, ratioText(&r.Mixed))
		p.printf("a batch whose adapters are used for the first time: %s seconds\n", r.FirstUse)
	}
	m := page.Table{Head: []string{"MEMORY AFTER", "TOTAL", "OWN", "FILES"}}
	for _, at := range d.Memory {
		m.Add(at.After, bytesText(at.Total), bytesText(at.Private), bytesText(at.Mapped))
	}
	p.printf("\n%s", m.Text())
}

func ratioText(s *speed.Sample) string {
	if s == nil {
		return ""
	}
	return fmt.Sprintf("%.3f (%.3f to %.3f)", s.Median, s.Low, s.High)
}
