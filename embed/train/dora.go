package train

import (
	"math"
	"math/rand/v2"

	"loradex/adapters/delta"
	"loradex/embed/graph"
)

// This file defines DoRA (Liu et al. 2024, arXiv:2402.09353): y = c∘(W x + s·B(A x)) + b, with c = m/‖W + s·BA‖, where m is
// trained and the norm, one per output, is taken for a constant by the gradient (section 4.3).

// doraLeaves adds the magnitudes to LoRA's leaves. They start at the norms of W, so that c is 1.
func doraLeaves(o Options, site delta.Site, weight func() ([]float32, error), rng *rand.Rand) ([]leaf, error) {
	w, err := weight()
	if err != nil {
		return nil, err
	}
	m := make([]float32, site.Out)
	for i, sum := range squares(w, site) {
		m[i] = float32(math.Sqrt(sum))
	}
	leaves, err := loraLeaves(o, site, weight, rng)
	return append(leaves, leaf{Name: site.Path + ".M", Shape: []int{site.Out}, Data: m, Decay: true}), err
}

// squares is ‖W‖² of every row, [out].
func squares(w []float32, site delta.Site) []float64 {
	sums := make([]float64, site.Out)
	for i := range sums {
		for _, x := range w[i*site.In : (i+1)*site.In] {
			sums[i] += float64(x) * float64(x)
		}
	}
	return sums
}

// doraApply follows PEFT where there is dropout: the input of W x is whole, that of its change (c-1)∘W x is not.
func doraApply(t *tower, site delta.Site, x graph.Value, base func() graph.Value) graph.Value {
	w := t.Weight(site.Path + ".weight")
	c := t.Div(t.leaf(site.Path+".M"), t.Detach(doraNorm(t, w, site)))
	if t.opts.Dropout == 0 || !t.s.drop {
		return t.AddBias(t.Mul(t.Add(t.Product(x, site.Path, 1), lowRank(t, x, site)), c), site.Path)
	}
	dropped := t.dropout(x, site)
	change := t.Mul(t.Product(dropped, site.Path, float32(t.keepFactor())), t.Sub(c, t.Scalar(1)))
	change = t.Add(change, t.Mul(lowRank(t, dropped, site), c))
	return t.Add(base(), change)
}

// doraNorm is ‖W + s·BA‖ of every row, [out], without making the sum: ‖W‖² + 2s·(WAᵀ)∘B + s²·(B(AAᵀ))∘B, summed over r.
func doraNorm(t *tower, w graph.Value, site delta.Site) graph.Value {
	data, _, err := t.m.Weight(site.Path + ".weight")
	if err != nil {
		t.Fail(err)
		return w
	}
	own := make([]float32, site.Out)
	for i, sum := range squares(data, site) {
		own[i] = float32(sum)
	}
	s := float32(t.opts.scale())
	a, up := t.leaf(site.Path+".A"), t.leaf(site.Path+".B")
	cross := t.Mul(t.MatMulT(w, a, 2*s), up)
	square := t.Mul(t.MatMul(up, t.MatMulT(a, a, s*s)), up)
	return t.Sqrt(t.Add(t.Const(site.Path+".weight squared", own, site.Out), t.Sum(t.Add(cross, square), 1, false)))
}

func doraUpdate(o Options, site delta.Site, leaf func(string) []float32) delta.Update {
	u := loraUpdate(o, site, leaf)
	u.Lengths = leaf("M")
	return u
}
