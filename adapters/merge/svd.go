package merge

import (
	"gonum.org/v1/gonum/mat"

	"loradex/adapters/delta"
	"loradex/internal/fault"
)

// svd is the sum of the changes Σ factor·B·A, cut to its largest singular values: B = U S and A = Vᵀ. The sum has the rank R of
// all branches at most, so what is decomposed are B, A and a product of R × R, and never the whole of Out × In:
//
//	B A = U_b (S_b V_bᵀ V_a S_a) U_aᵀ
func svd(r *run, parts []part, s delta.Site) (delta.Branch, error) {
	whole, err := cat(r, parts, s)
	if err != nil {
		return delta.Branch{}, err
	}
	b := mat.NewDense(s.Out, whole.Rank, float64s(whole.B))
	a := mat.NewDense(whole.Rank, s.In, float64s(whole.A))
	var ofB, ofA, ofCore mat.SVD
	ok := ofB.Factorize(b, mat.SVDThin) && ofA.Factorize(a.T(), mat.SVDThin)
	var ub, vb, ua, va, core, u, v mat.Dense
	if ok {
		ofB.UTo(&ub)
		ofB.VTo(&vb)
		ofA.UTo(&ua)
		ofA.VTo(&va)
		scaleColumns(&vb, ofB.Values(nil))
		scaleColumns(&va, ofA.Values(nil))
		core.Mul(vb.T(), &va)
		ok = ofCore.Factorize(&core, mat.SVDThin)
	}
	if !ok {
		return delta.Branch{}, fault.New(fault.Internal, "layer %s: the singular values cannot be found", s.Path)
	}
	ofCore.UTo(&u)
	ofCore.VTo(&v)
	values := ofCore.Values(nil)
	rank := min(r.Rank, len(values))
	var left, right mat.Dense
	left.Mul(&ub, u.Slice(0, u.RawMatrix().Rows, 0, rank))
	right.Mul(&ua, v.Slice(0, v.RawMatrix().Rows, 0, rank))
	out := delta.Branch{Rank: rank, A: make([]float32, rank*s.In), B: make([]float32, rank*s.Out)}
	for k := range rank {
		for o := range s.Out {
			out.B[o*rank+k] = float32(left.At(o, k) * values[k])
		}
		for i := range s.In {
			out.A[k*s.In+i] = float32(right.At(i, k))
		}
	}
	return out, nil
}

func float64s(values []float32) []float64 {
	out := make([]float64, len(values))
	for i, v := range values {
		out[i] = float64(v)
	}
	return out
}

// scaleColumns multiplies each column by a number.
func scaleColumns(m *mat.Dense, by []float64) {
	m.Apply(func(_, j int, x float64) float64 { return x * by[j] }, m)
}
