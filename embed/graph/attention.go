package graph

// Attention is softmax(scale·q kᵀ + mask) v over heads: q, k and v are [N,heads,S,d], mask, which
// may be left out, broadcasts to [N,heads,S,S].
//
// Its gradient uses that the sum over a row of P∘dP, which the softmax's needs, is the sum of dO∘O over the d numbers of
// that row's output (Dao et al. 2022, arXiv:2205.14135, equation 4): with P the probabilities and O the result,
// dV = Pᵀ dO, dP = dO Vᵀ, dS = P∘(dP - Σ dO∘O), dQ = scale·dS K, dK = scale·dSᵀ Q.
func (b *Builder) Attention(q, k, v, mask Value, scale float32) Value {
	var p, o Value
	return b.WithGradient([]Value{q, k, v}, func() Value {
		scores := b.MatMulT(q, k, scale)
		if mask.name != "" {
			scores = b.Add(scores, mask)
		}
		p = b.Softmax(scores)
		o = b.MatMul(p, v)
		return o
	}, func(do Value, want []bool) []Value {
		out := make([]Value, 3)
		if want[0] || want[1] {
			ds := b.Mul(p, b.Sub(b.MatMulT(do, v, 1), b.Sum(b.Mul(do, o), -1, true)))
			if want[0] {
				out[0] = b.scaledMatMul(ds, k, scale)
			}
			if want[1] {
				out[1] = b.TMatMul(ds, q, scale)
			}
		}
		if want[2] {
			out[2] = b.TMatMul(p, do, 1)
		}
		return out
	})
}
