package train

import (
	"math"
	"math/rand/v2"

	"loradex/adapters"
	"loradex/embed/graph"
)

// This file defines DoRA (Liu et al. 2024, arXiv:2402.09353): y = c∘(W x + s·B(A x)) + b, with c = m/‖W + s·BA‖, where m is
// trained and the norm, one per output, is taken for a constant by the gradient (section 4.3).

// doraLeaves adds the magnitudes to LoRA's leaves. They start at the norms of W, so that c is 1.
func doraLeaves(o Options, mod adapters.Module, w []float32, rng *rand.Rand) []Leaf {
	m := make([]float32, mod.Out)
	for i, sum := range squares(w, mod) {
		m[i] = float32(math.Sqrt(sum))
	}
	return append(loraLeaves(o, mod, w, rng), Leaf{Name: mod.Path + ".M", Shape: []int{mod.Out}, Data: m, Decay: true})
}

// squares is ‖W‖² of every row, [out].
func squares(w []float32, mod adapters.Module) []float64 {
	sums := make([]float64, mod.Out)
	for i := range sums {
		for _, x := range w[i*mod.In : (i+1)*mod.In] {
			sums[i] += float64(x) * float64(x)
		}
	}
	return sums
}

// doraApply follows PEFT where there is dropout: the input of W x is whole, that of its change (c-1)∘W x is not.
func doraApply(t *tower, x graph.Value, mod adapters.Module) graph.Value {
	w := t.Weight(mod.Path + ".weight")
	c := t.Div(t.leaf(mod.Path+".M"), t.Detach(doraNorm(t, w, mod)))
	bias := t.Weight(mod.Path + ".bias")
	if t.opts.Dropout == 0 || !t.s.drop {
		return t.Add(t.Mul(t.Add(t.MatMulT(x, w, 1), lowRank(t, x, mod)), c), bias)
	}
	dropped := t.dropout(x, mod)
	change := t.Mul(t.MatMulT(dropped, w, float32(t.keepFactor())), t.Sub(c, t.Scalar(1)))
	change = t.Add(change, t.Mul(lowRank(t, dropped, mod), c))
	return t.Add(t.Encoder.Linear(x, mod.Path), change)
}

// doraNorm is ‖W + s·BA‖ of every row, [out], without making the sum: ‖W‖² + 2s·(WAᵀ)∘B + s²·(B(AAᵀ))∘B, summed over r.
func doraNorm(t *tower, w graph.Value, mod adapters.Module) graph.Value {
	data, _, err := t.m.Weight(mod.Path + ".weight")
	if err != nil {
		t.Fail(err)
		return w
	}
	own := make([]float32, mod.Out)
	for i, sum := range squares(data, mod) {
		own[i] = float32(sum)
	}
	s := float32(t.opts.scale())
	a, up := t.leaf(mod.Path+".A"), t.leaf(mod.Path+".B")
	cross := t.Mul(t.MatMulT(w, a, 2*s), up)
	square := t.Mul(t.MatMul(up, t.MatMulT(a, a, s*s)), up)
	return t.Sqrt(t.Add(t.Const(mod.Path+".weight squared", own, mod.Out), t.Sum(t.Add(cross, square), 1, false)))
}

func doraUpdate(o Options, mod adapters.Module, leaf func(string) []float32) adapters.Update {
	u := loraUpdate(o, mod, leaf)
	u.Magnitude = leaf("M")
	return u
}
