package main

import (
	"cmp"
	"context"

	"github.com/spf13/cobra"

	"loradex/embed"
	"loradex/evaluation/speed"
	"loradex/internal/machine"
)

func benchEncodeCommand(a *app) *cobra.Command {
	var f benchFlags
	var against string
	c := &cobra.Command{
		Use: "encode", Short: "Throughput of the encoder on real chunks of mixed length", Args: exactArgs(0, "no arguments"),
		Long: "Encodes chunks of real source code, all in one call, tokenizing included, and gives the median of the runs. With --peer\n" +
			"each run of ours is followed or preceded by one of the peer, and the ratio is the median over these pairs; with --against, one of\n" +
			"another installed model over the same texts.",
		Example: `  loradex bench encode --peer "python bench/peer_st.py {model} --threads {threads}"
  loradex bench encode --model all-MiniLM-L6-v2-int8 --against all-MiniLM-L6-v2`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := f.check(); err != nil {
				return err
			}
			if f.peer != "" && against != "" {
				return usagef("give one of them", "--peer and --against exclude each other")
			}
			doc, err := f.encode(cmd.Context(), a, against)
			if err != nil {
				return canceled(err, "the measurement", "")
			}
			return a.result(doc, func() { a.showBenchEncode(doc) })
		},
	}
	f.addPeer(c)
	c.Flags().StringVar(&against, "against", "", "an installed model to take turns with")
	f.addChunks(c, 2000, "how many chunks a run encodes")
	return c
}

func (f *benchFlags) encode(ctx context.Context, a *app, against string) (*speed.EncodeReport, error) {
	enc, err := a.Encoder(ctx)
	if err != nil {
		return nil, err
	}
	texts, err := speed.Chunks(ctx, f.sourceDir(ctx), f.chunks)
	if err != nil {
		return nil, err
	}
	setup, err := f.setup(ctx, a, enc)
	if err != nil {
		return nil, err
	}
	if against != "" {
		dir, err := a.Home.Model(against)
		if err != nil {
			return nil, err
		}
		if setup.Against, err = a.Encoder(ctx, func(o *embed.Options) { o.Model = dir }); err != nil {
			return nil, err
		}
	}
	return speed.Encode(ctx, setup, texts)
}

func (p *printer) showMachine(m machine.Facts) {
	p.printf("machine       %s, %d cores, %s, load %s\n", cmp.Or(m.CPU, "unknown processor"), m.Cores, m.Platform, cmp.Or(m.Load, "unknown"))
}

func (p *printer) showBenchEncode(d *speed.EncodeReport) {
	p.showMachine(d.Machine)
	p.printf("model         %s on %s, %d threads\n", d.Model, d.Device, d.Threads)
	p.printf("texts         %s chunks, %s tokens\n", thousands(d.Chunks), thousands(d.Tokens))
	p.printf("seconds       %s\n", d.Seconds)
	p.printf("throughput    %s chunks/s, %s tokens/s\n", thousands(int(d.ChunksPerS)), thousands(int(d.TokensPerS)))
	p.printf("work          %.1f GFLOP/s, %.0f %% of the %.1f GFLOP/s of plain products\n", d.Gflops, 100*d.ShareOfPeak, d.PeakGflops)
	if peer := d.Peer; peer != nil {
		p.printf("peer          %v: %s seconds, %s tokens\n", peer.Ready["peer"], peer.Seconds, thousands(peer.Tokens))
		p.printf("speedup       %s\n", peer.Speedup)
	}
	if d.Against != nil {
		p.printf("against       %s: %s seconds\n", d.Against.Model, d.Against.Seconds)
		p.printf("speedup       %s\n", d.Against.Speedup)
	}
}
