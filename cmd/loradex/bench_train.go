package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"loradex/evaluation/page"
	"loradex/evaluation/speed"
	"loradex/evaluation/training"
	"loradex/internal/dataset"
)

// trainBenchFlags are the flags of `bench train`.
type trainBenchFlags struct {
	benchFlags
	speed.TrainOptions
	data string
}

func benchTrainCommand(a *app) *cobra.Command {
	var f trainBenchFlags
	c := &cobra.Command{
		Use: "train", Short: "What a training step costs", Args: exactArgs(0, "no arguments"),
		Long: "Takes training steps over texts of equal length: LoRA on query and value layers of all blocks, and of the upper half\n" +
			"whose lower half is computed once (from the second epoch on). Then a whole short run of the query side, against stored\n" +
			"vectors; with --data also a run over real pairs, whose texts differ in length as texts do. With --peer each takes\n" +
			"turns with PEFT, which trains all blocks and both sides.",
		Example: `  loradex bench train --peer "python bench/peer_train.py {model} --threads {threads}"`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			f.chunks = 1
			if err := f.check(); err != nil {
				return err
			}
			if f.Batch < 2 || f.Batch > 4096 || f.QueryTokens < 3 || f.DocTokens < 3 || f.Steps < 1 {
				return usagef("see `loradex bench train --help`", "--batch, --query-tokens, --doc-tokens or --steps is out of range")
			}
			doc, err := f.run(cmd.Context(), a)
			if err != nil {
				return canceled(err, "the measurement", "")
			}
			return a.result(doc, func() { a.showBenchTrain(doc) })
		},
	}
	f.addPeer(c)
	c.Flags().IntVar(&f.Batch, "batch", 32, "pairs in a step")
	c.Flags().IntVar(&f.QueryTokens, "query-tokens", 32, "tokens of a query")
	c.Flags().IntVar(&f.DocTokens, "doc-tokens", 64, "tokens of a document")
	c.Flags().IntVar(&f.Steps, "steps", 20, "steps of a run: of the query side, and over --data")
	c.Flags().StringVar(&f.data, "data", "", "BEIR folder: measure its training pairs, too, as long as they are")
	return c
}

func (f *trainBenchFlags) run(ctx context.Context, a *app) (*speed.TrainReport, error) {
	enc, err := a.Encoder(ctx)
	if err != nil {
		return nil, err
	}
	setup, err := f.setup(ctx, a, enc)
	if err != nil {
		return nil, err
	}
	if f.data != "" {
		if f.Real, err = f.realPairs(ctx); err != nil {
			return nil, err
		}
	}
	return speed.Train(ctx, setup, f.TrainOptions)
}

// realPairs takes as many training pairs of --data as one epoch of the steps has.
func (f *trainBenchFlags) realPairs(ctx context.Context) (*dataset.Dataset, error) {
	all, err := training.Folders{training.ParseFolder(f.data)}.Split(ctx, dataset.Train)
	if err != nil {
		return nil, err
	}
	want := f.Steps * f.Batch
	if len(all.Queries) < want {
		return nil, usagef("give fewer --steps, or another folder", "%s has %d training pairs, and %d are needed", f.data, len(all.Queries), want)
	}
	return all.Subset(func(q int) bool { return q < want }, func(int) bool { return false }), nil
}

func (p *printer) showBenchTrain(d *speed.TrainReport) {
	p.showMachine(d.Machine)
	p.printf("step       %d pairs, queries of %d and documents of %d tokens, %s, LoRA on query and value, rank 16, %d threads\n\n",
		d.Batch, d.Query, d.Doc, d.Model, d.Threads)
	t := page.Table{Head: []string{"CASE", "SECONDS", "PEFT", "÷ PEFT (95 % interval)"}}
	cases := d.Cases
	if d.Real != nil {
		cases = append(cases, *d.Real)
	}
	for _, c := range append(cases, *d.QuerySide) {
		peer := ""
		if c.Peer != nil {
			peer = fmt.Sprintf("%.3f", c.Peer.Median)
		}
		t.Add(c.Name, fmt.Sprintf("%.3f", c.Seconds.Median), peer, ratioText(c.Ratio))
	}
	p.printf("%s", t.Text())
	p.printf("\npeak memory %s after the steps of all blocks", bytesText(d.Peak))
	if d.PeerPeak > 0 {
		p.printf("; PEFT %s", bytesText(d.PeerPeak))
	}
	p.printf("\n")
}
