package train

import (
	"context"
	"math"

	"loradex/internal/parallel"
)

// adamW is AdamW (Loshchilov and Hutter 2019, arXiv:1711.05101) with torch's defaults: β 0.9 and 0.999, ε 1e-8, and weight
// decay apart from the gradient.
type adamW struct {
	decay float64
	steps int                  // taken so far
	m, v  map[string][]float32 // first and second moments by leaf
}

const (
	beta1   = 0.9
	beta2   = 0.999
	epsilon = 1e-8
)

func newAdamW(leaves []*leaf, decay float64) *adamW {
	a := &adamW{decay: max(decay, 0), m: map[string][]float32{}, v: map[string][]float32{}}
	for _, l := range leaves {
		a.m[l.Name], a.v[l.Name] = make([]float32, len(l.Data)), make([]float32, len(l.Data))
	}
	return a
}

// step moves the leaves against their gradients, which are multiplied by scale first.
func (a *adamW) step(leaves []*leaf, grads map[string][]float32, rate, scale float64) {
	a.steps++
	t := float64(a.steps)
	size := float32(rate / (1 - math.Pow(beta1, t)))
	root := float32(1 / math.Sqrt(1-math.Pow(beta2, t)))
	s := float32(scale)
	inParts(leaves, func(l *leaf, _, from, to int) {
		keep := float32(1)
		if l.Decay {
			keep = float32(1 - rate*a.decay)
		}
		p, m, v, g := l.Data[from:to], a.m[l.Name][from:to], a.v[l.Name][from:to], grads[l.Name][from:to]
		for i := range p {
			d := g[i] * s
			m[i] += (1 - beta1) * (d - m[i])
			v[i] = beta2*v[i] + (1-beta2)*d*d
			p[i] = keep*p[i] - size*m[i]/(float32(math.Sqrt(float64(v[i])))*root+epsilon)
		}
	})
}

// partSize is how many numbers of a leaf one goroutine takes at a time.
const partSize = 1 << 16

// inParts calls f for pieces of the leaves, numbered from 0, on all cores: all weights are tens of millions of numbers. The
// pieces do not depend on how many cores there are.
func inParts(leaves []*leaf, f func(l *leaf, number, from, to int)) {
	type part struct {
		leaf     *leaf
		from, to int
	}
	var parts []part
	for _, l := range leaves {
		for from := 0; from < len(l.Data); from += partSize {
			parts = append(parts, part{l, from, min(from+partSize, len(l.Data))})
		}
	}
	_ = parallel.Each(context.Background(), len(parts), 1, func(i int) error { // nothing fails or is stopped
		f(parts[i].leaf, i, parts[i].from, parts[i].to)
		return nil
	})
}

// norm is the Euclidean norm of all gradients together.
func norm(leaves []*leaf, grads map[string][]float32) float64 {
	total := 0
	for _, l := range leaves {
		total += (len(l.Data) + partSize - 1) / partSize
	}
	sums := make([]float64, total)
	inParts(leaves, func(l *leaf, number, from, to int) {
		for _, x := range grads[l.Name][from:to] {
			sums[number] += float64(x) * float64(x)
		}
	})
	var sum float64
	for _, s := range sums { // in one order, so that runs are repeatable
		sum += s
	}
	return math.Sqrt(sum)
}

// clipFactor is what gradients of a norm are multiplied by to have at most the given one, as torch does it; 1 without a
// bound.
func clipFactor(norm, bound float64) float64 {
	if bound <= 0 {
		return 1
	}
	return min(1, bound/(norm+1e-6))
}
