package main

import (
	"cmp"
	"context"
	"encoding/json"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"loradex/cmd/loradex/internal/bench"
	"loradex/embed"
	"loradex/internal/fault"
)

// benchEncodeDocument is what `bench encode --json` prints.
type benchEncodeDocument struct {
	Machine bench.Machine `json:"machine"`
	Model   string        `json:"model"`
	Device  string        `json:"device"`
	Threads int           `json:"threads"`
	Chunks  int           `json:"chunks"`
	Tokens  int           `json:"tokens"` // that the model reads: special ones included, padding not

	Seconds     bench.Sample `json:"seconds"`
	ChunksPerS  float64      `json:"chunks_per_second"`
	TokensPerS  float64      `json:"tokens_per_second"`
	Gflops      float64      `json:"gflops"`      // of the matrix products alone
	PeakGflops  float64      `json:"peak_gflops"` // of 1024³ products by the same runtime, the best before and after
	ShareOfPeak float64      `json:"share_of_peak"`

	Peer *peerResult `json:"peer,omitempty"`
}

// peerResult is the peer's side of the pairs.
type peerResult struct {
	Ready   map[string]any `json:"ready"`
	Seconds bench.Sample   `json:"seconds"`
	Tokens  int            `json:"tokens"`  // by the peer's own count
	Speedup bench.Sample   `json:"speedup"` // peer's seconds by ours, of each pair
}

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

func (a *app) benchEncode(ctx context.Context, f benchFlags) (*benchEncodeDocument, error) {
	eng, err := a.Engine(ctx)
	if err != nil {
		return nil, err
	}
	texts, err := f.texts(ctx, f.chunks)
	if err != nil {
		return nil, err
	}
	rows := make([]embed.Row, len(texts))
	for i, t := range texts {
		rows[i] = embed.Row{Text: t.Text}
	}
	doc := &benchEncodeDocument{
		Machine: bench.ReadMachine(), Model: eng.Encoder.Model().Name, Device: string(eng.Env.Device()),
		Threads: a.threads(), Chunks: len(rows),
	}
	counts := make([]int, len(rows))
	err = eng.Encoder.Each(ctx, rows, func(i int, _ []float32, tokens int) error {
		counts[i] = tokens
		doc.Tokens += tokens
		return nil
	})
	if err != nil {
		return nil, err
	}
	if doc.PeakGflops, err = bench.Peak(ctx, eng.Env); err != nil {
		return nil, err
	}
	ours := bench.Timed(func(ctx context.Context) error {
		_, err := eng.Encoder.Encode(ctx, rows)
		return err
	})
	peer, err := a.startPeer(ctx, f, doc.Threads)
	if err != nil {
		return nil, err
	}
	a.step("%d chunks, %d tokens, %d runs", doc.Chunks, doc.Tokens, f.pairs)
	if peer == nil {
		doc.Seconds, err = repeat(ctx, f.pairs, ours)
	} else {
		doc.Peer, doc.Seconds, err = a.encodePairs(ctx, f.pairs, peer, texts, ours)
	}
	if err != nil {
		return nil, err
	}
	again, err := bench.Peak(ctx, eng.Env)
	if err != nil {
		return nil, err
	}
	doc.PeakGflops = max(doc.PeakGflops, again)
	doc.ChunksPerS = float64(doc.Chunks) / doc.Seconds.Median
	doc.TokensPerS = float64(doc.Tokens) / doc.Seconds.Median
	doc.Gflops = bench.EncoderFlops(eng.Encoder.Model().Config, counts) / doc.Seconds.Median / 1e9
	doc.ShareOfPeak = doc.Gflops / doc.PeakGflops
	return doc, nil
}

// repeat runs once without counting, then n times.
func repeat(ctx context.Context, n int, run bench.Run) (bench.Sample, error) {
	var seconds []float64
	for i := range n + 1 {
		s, err := run(ctx)
		if err != nil {
			return bench.Sample{}, err
		}
		if i > 0 {
			seconds = append(seconds, s)
		}
	}
	return bench.SampleOf(seconds), nil
}

// encodePairs takes turns with the peer over the same texts.
func (a *app) encodePairs(ctx context.Context, pairs int, peer *bench.Peer, texts []bench.Text, ours bench.Run) (*peerResult, bench.Sample, error) {
	dir, err := os.MkdirTemp("", "loradex-bench-*")
	if err != nil {
		return nil, bench.Sample{}, fault.Wrap(fault.Unavailable, err, "a temporary folder")
	}
	a.OnClose(func() error { return os.RemoveAll(dir) })
	path := filepath.Join(dir, "texts.jsonl")
	if err := writeTexts(path, texts); err != nil {
		return nil, bench.Sample{}, err
	}
	tokens, err := peer.Ask("tokens 0 " + path)
	if err != nil {
		return nil, bench.Sample{}, err
	}
	c, err := bench.Pairs(ctx, pairs, peer.Run("run 0 "+path), ours)
	if err != nil {
		return nil, bench.Sample{}, err
	}
	return &peerResult{Ready: peer.Ready, Seconds: c.A, Tokens: tokens.Tokens, Speedup: c.Ratio}, c.B, nil
}

// writeTexts writes the texts as peers read them.
func writeTexts(path string, texts []bench.Text) error {
	var data []byte
	for _, t := range texts {
		line, err := json.Marshal(map[string]string{"text": t.Text})
		if err != nil {
			return fault.Wrap(fault.Internal, err, "a text")
		}
		data = append(append(data, line...), '\n')
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		return fault.Wrap(fault.Unavailable, err, "the texts for the peer")
	}
	return nil
}

func (a *app) showMachine(m bench.Machine) {
	a.printf("machine       %s, %d cores, %s, load %s\n", cmp.Or(m.CPU, "unknown processor"), m.Cores, m.Platform, cmp.Or(m.Load, "unknown"))
}

func (a *app) showBenchEncode(d *benchEncodeDocument) {
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
