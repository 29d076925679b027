package speed

// This file counts the work of an encoder and measures what the machine can do at best.

import (
	"context"
	"errors"
	"time"

	"loradex/embed/arch"
	"loradex/embed/graph"
	"loradex/embed/runtime"
)

// encoderFlops counts the floating-point operations of the matrix products for rows of these token counts: in each
// layer 4 products of h×h and 2 of h×i per token, and the two of attention, h per pair of tokens. Padding, softmax,
// normalizations and embeddings do not count, so that a figure from it is a lower bound.
func encoderFlops(c arch.Config, tokens []int) float64 {
	h, i, layers := float64(c.HiddenSize), float64(c.Intermediate), float64(c.Layers)
	total := 0.0
	for _, n := range tokens {
		s := float64(n)
		total += layers * (s*(8*h*h+4*h*i) + 4*h*s*s)
	}
	return total
}

// The product that peak measures, and how often one run repeats it: reading the result costs little then.
const (
	peakSize  = 1024
	peakChain = 8
	peakRuns  = 5
)

// peak is the rate of plain matrix products of 1024³ in fp32 by the runtime, in GFLOP/s: the best of some runs, since a
// peak is what nothing disturbs.
func peak(ctx context.Context, env *runtime.Environment) (_ float64, err error) {
	b := graph.New("peak")
	x := b.Input("x", graph.Float, graph.Fix(peakSize), graph.Fix(peakSize))
	weights := make([]float32, peakSize*peakSize)
	for i := range weights {
		weights[i] = float32(i%7-3) / peakSize // no growth, no denormal numbers
	}
	w := b.Const("w", weights, peakSize, peakSize)
	y := x
	for range peakChain {
		y = b.MatMul(y, w)
	}
	b.Output("y", y, graph.Fix(peakSize), graph.Fix(peakSize))
	session, err := env.NewSession(b.Model(), false)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, session.Close()) }()
	in := []runtime.Tensor{{Shape: []int64{peakSize, peakSize}, Floats: weights}}
	best := 0.0
	for range peakRuns + 1 { // the first warms up
		start := time.Now()
		if _, err := session.Run(ctx, in); err != nil {
			return 0, err
		}
		best = max(best, 2*peakSize*peakSize*peakSize*peakChain/time.Since(start).Seconds()/1e9)
	}
	return best, nil
}
