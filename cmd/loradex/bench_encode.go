package main

import (
	"cmp"
	"context"

	"github.com/spf13/cobra"

	"loradex/evaluation/speed"
	"loradex/internal/machine"
)

func benchEncodeCommand(a *app) *cobra.Command {
	var f benchFlags
	c := &cobra.Command{
		Use: "encode", Short: "Throughput of the encoder on real chunks of mixed length", Args: exactArgs(0, "no arguments"),
		Long: "Encodes chunks of real source code, all in one call, tokenizing included, and gives the median of the runs. With --peer\n" +
			"each run of ours is followed or preceded by one of the peer, and the ratio is the median over these pairs.",
		Example: `  loradex bench encode --peer "python bench/peer_st.py {model} --threads {threads}"`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := f.check(); err != nil {
				return err
			}
			doc, err := a.benchEncode(cmd.Context(), f)
			if err != nil {
				return benchEnded(err)
			}
			if a.flags.json {
				return a.printJSON(doc)
			}
			a.showBenchEncode(doc)
			return nil
		},
	}
	f.addPeer(c)
	f.addChunks(c, 2000, "how many chunks a run encodes")
	return c
}

func (a *app) benchEncode(ctx context.Context, f benchFlags) (*speed.EncodeReport, error) {
	eng, err := a.Engine(ctx)
	if err != nil {
		return nil, err
	}
	texts, err := f.texts(ctx, f.chunks)
	if err != nil {
		return nil, err
	}
	setup, err := a.benchSetup(ctx, f, eng)
	if err != nil {
		return nil, err
	}
	return speed.Encode(ctx, setup, eng.Env, texts)
}

func (a *app) showMachine(m machine.Facts) {
	a.printf("machine       %s, %d cores, %s, load %s\n", cmp.Or(m.CPU, "unknown processor"), m.Cores, m.Platform, cmp.Or(m.Load, "unknown"))
}

func (a *app) showBenchEncode(d *speed.EncodeReport) {
	a.showMachine(d.Machine)
	a.printf("model         %s on %s, %d threads\n", d.Model, d.Device, d.Threads)
	a.printf("texts         %s chunks, %s tokens\n", thousands(d.Chunks), thousands(d.Tokens))
	a.printf("seconds       %s\n", d.Seconds)
	a.printf("throughput    %s chunks/s, %s tokens/s\n", thousands(int(d.ChunksPerS)), thousands(int(d.TokensPerS)))
	a.printf("work          %.1f GFLOP/s, %.0f %% of the %.1f GFLOP/s of plain products\n", d.Gflops, 100*d.ShareOfPeak, d.PeakGflops)
	if p := d.Peer; p != nil {
		a.printf("peer          %v: %s seconds, %s tokens\n", p.Ready["peer"], p.Seconds, thousands(p.Tokens))
		a.printf("speedup       %s\n", p.Speedup)
	}
}
