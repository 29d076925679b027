package train

import (
	"math"
	"math/rand/v2"

	"loradex/adapters/delta"
	"loradex/embed/graph"
)

// This file defines LoRA, y = W x + b + s·B(A x) with s = α/r (Hu et al. 2021, arXiv:2106.09685), and rsLoRA, which is the
// same with s = α/√r (Kalajdzievski 2023, arXiv:2312.03732).

// scale is s.
func (o Options) scale() float64 {
	if m, err := methodNamed(o.Method); err == nil && m.root {
		return o.Alpha / math.Sqrt(float64(o.Rank))
	}
	return o.Alpha / float64(o.Rank)
}

// loraLeaves starts A uniformly in ±1/√in, as PEFT does, and B at zero: the first step begins at the base.
func loraLeaves(o Options, site delta.Site, _ func() ([]float32, error), rng *rand.Rand) ([]leaf, error) {
	a := make([]float32, o.Rank*site.In)
	bound := 1 / math.Sqrt(float64(site.In))
	for i := range a {
		a[i] = float32((2*rng.Float64() - 1) * bound)
	}
	return []leaf{
		{Name: site.Path + ".A", Shape: []int{o.Rank, site.In}, Data: a, Decay: true},
		{Name: site.Path + ".B", Shape: []int{site.Out, o.Rank}, Data: make([]float32, site.Out*o.Rank), Decay: true},
	}, nil
}

// loraApply adds the adapter to the weight where that is exact enough. In half precision it is not: a change below half a unit
// in the last place of the weight, as all are in the first steps, would be rounded away.
func loraApply(t *tower, site delta.Site, x graph.Value, base func() graph.Value) graph.Value {
	if !t.opts.half() && (t.opts.Dropout == 0 || !t.s.drop) {
		return mergedLinear(t, x, site)
	}
	return t.Add(base(), lowRank(t, t.dropout(x, site), site))
}

// mergedLinear is (W + s·BA) x + b. All rows share the adapter, so that the sum is made once, and neither direction passes
// over the layer's values more often than without an adapter. With t = s·A x and dy, the gradient of the result:
// dx = dy (W + s·BA), dB = dyᵀ t, dA = (s·dy B)ᵀ x.
func mergedLinear(t *tower, x graph.Value, site delta.Site) graph.Value {
	s := float32(t.opts.scale())
	a, up := t.leaf(site.Path+".A"), t.leaf(site.Path+".B")
	merged := t.Add(t.Encoder.Weight(site.Path+".weight"), t.MatMul(up, t.Mul(a, t.Scalar(s))))
	y := t.WithGradient([]graph.Value{x, a, up}, func() graph.Value { return t.MatMulT(x, merged, 1) },
		func(dy graph.Value, want []bool) []graph.Value {
			var dx graph.Value
			if want[0] {
				dx = t.MatMul(dy, merged)
			}
			rows, d := t.Flatten(x), t.Flatten(dy)
			return []graph.Value{dx, t.TMatMul(t.MatMul(d, up), rows, s), t.TMatMul(d, t.MatMulT(rows, a, 1), s)}
		})
	return t.AddBias(y, site.Path)
}

// lowRank is s·B(A x), where x has been through the dropout. The factor that makes up for the dropout's zeros rides on s.
func lowRank(t *tower, x graph.Value, site delta.Site) graph.Value {
	scale := float32(t.opts.scale() * t.keepFactor())
	return t.MatMulT(t.MatMulT(x, t.leaf(site.Path+".A"), scale), t.leaf(site.Path+".B"), 1)
}

func loraUpdate(o Options, site delta.Site, leaf func(string) []float32) delta.Update {
	b := delta.Branch{Rank: o.Rank, A: leaf("A"), B: leaf("B"), Scale: float32(o.scale())}
	return delta.Update{Site: site.Path, In: site.In, Out: site.Out, Branches: []delta.Branch{b}}
}
