package speed

import (
	"context"
	"errors"
	"iter"
	"os"

	"loradex/embed"
	"loradex/internal/dataset"
	"loradex/internal/fault"
	"loradex/internal/machine"
)

// EncodeReport is what `bench encode --json` prints.
type EncodeReport struct {
	Machine machine.Facts `json:"machine"`
	Model   string        `json:"model"`
	Device  string        `json:"device"`
	Threads int           `json:"threads"`
	Chunks  int           `json:"chunks"`
	Tokens  int           `json:"tokens"` // that the model reads: special ones included, padding not

	Seconds     Sample  `json:"seconds"`
	ChunksPerS  float64 `json:"chunks_per_second"`
	TokensPerS  float64 `json:"tokens_per_second"`
	Gflops      float64 `json:"gflops"`      // of the matrix products alone
	PeakGflops  float64 `json:"peak_gflops"` // of 1024³ products by the same runtime, the best before and after
	ShareOfPeak float64 `json:"share_of_peak"`

	Peer    *peerResult    `json:"peer,omitempty"`
	Against *againstResult `json:"against,omitempty"`
}

// againstResult is another model's side of the pairs.
type againstResult struct {
	Model   string `json:"model"`
	Seconds Sample `json:"seconds"`
	Speedup Sample `json:"speedup"` // its seconds by ours, of each pair
}

// peerResult is the peer's side of the pairs.
type peerResult struct {
	Ready   map[string]any `json:"ready"`
	Seconds Sample         `json:"seconds"`
	Tokens  int            `json:"tokens"`  // by the peer's own count
	Speedup Sample         `json:"speedup"` // peer's seconds by ours, of each pair
}

// Encode measures the throughput of an encoder over texts, all in one call.
func Encode(ctx context.Context, s Setup, texts []text) (*EncodeReport, error) {
	env := s.Encoder.Environment()
	rows := make([]embed.Row, len(texts))
	for i, t := range texts {
		rows[i] = embed.Row{Text: t.Text}
	}
	doc := &EncodeReport{
		Machine: machine.Read(), Model: s.Encoder.Model().Name, Device: string(env.Device()),
		Threads: s.Threads, Chunks: len(rows),
	}
	counts := make([]int, len(rows))
	err := s.Encoder.Each(ctx, rows, func(i int, _ []float32, tokens int) error {
		counts[i] = tokens
		doc.Tokens += tokens
		return nil
	})
	if err != nil {
		return nil, err
	}
	if doc.PeakGflops, err = peak(ctx, env); err != nil {
		return nil, err
	}
	of := func(e *embed.Encoder) run {
		return timed(func(ctx context.Context) error {
			_, err := e.Encode(ctx, rows)
			return err
		})
	}
	ours := of(s.Encoder)
	s.step("%d chunks, %d tokens, %d runs", doc.Chunks, doc.Tokens, s.Pairs)
	switch {
	case s.Peer != nil:
		doc.Peer, doc.Seconds, err = s.encodePairs(ctx, texts, ours)
	case s.Against != nil:
		var c comparison
		c, err = inPairs(ctx, s.Pairs, of(s.Against), ours)
		doc.Against, doc.Seconds = &againstResult{s.Against.Model().Name, c.A, c.Ratio}, c.B
	default:
		doc.Seconds, err = repeat(ctx, s.Pairs, ours)
	}
	if err != nil {
		return nil, err
	}
	again, err := peak(ctx, env)
	if err != nil {
		return nil, err
	}
	doc.PeakGflops = max(doc.PeakGflops, again)
	doc.ChunksPerS = float64(doc.Chunks) / doc.Seconds.Median
	doc.TokensPerS = float64(doc.Tokens) / doc.Seconds.Median
	doc.Gflops = encoderFlops(s.Encoder.Model().Config, counts) / doc.Seconds.Median / 1e9
	doc.ShareOfPeak = doc.Gflops / doc.PeakGflops
	return doc, nil
}

// repeat runs once without counting, then n times.
func repeat(ctx context.Context, n int, run run) (Sample, error) {
	var seconds []float64
	for i := range n + 1 {
		took, err := run(ctx)
		if err != nil {
			return Sample{}, err
		}
		if i > 0 {
			seconds = append(seconds, took)
		}
	}
	return sampleOf(seconds), nil
}

// encodePairs takes turns with the peer over the same texts.
func (s *Setup) encodePairs(ctx context.Context, texts []text, ours run) (*peerResult, Sample, error) {
	path, err := peerFile(func(yield func(map[string]string) bool) {
		for _, t := range texts {
			if !yield(map[string]string{"text": t.Text}) {
				return
			}
		}
	})
	if err != nil {
		return nil, Sample{}, err
	}
	defer os.Remove(path) //nolint:errcheck // temporary; nothing depends on it
	tokens, err := s.Peer.ask("tokens 0 " + path)
	if err != nil {
		return nil, Sample{}, err
	}
	c, err := inPairs(ctx, s.Pairs, s.Peer.run("run 0 "+path), ours)
	if err != nil {
		return nil, Sample{}, err
	}
	return &peerResult{Ready: s.Peer.Ready, Seconds: c.A, Tokens: tokens.Tokens, Speedup: c.Ratio}, c.B, nil
}

// peerFile writes lines as peers read them into a temporary file.
func peerFile(lines iter.Seq[map[string]string]) (path string, err error) {
	file, err := os.CreateTemp("", "loradex-bench-*.jsonl")
	if err != nil {
		return "", fault.Wrap(fault.Unavailable, err, "a temporary file")
	}
	return file.Name(), errors.Join(dataset.EncodeLines(file, lines), file.Close())
}
