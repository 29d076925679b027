package embed

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"loradex/adapters"
	"loradex/adapters/delta"
	"loradex/internal/fault"
)

// This file defines what a router inside the graph goes by. Arrow (Ostapenko et al. 2024, arXiv:2405.11157) gives the adapter k at
// a site a direction v_k, in which its B·A stretches inputs most, and weighs the adapters for each token x by
//
//	g = softmax over the top k of |x·v_k| / T
//
// Nothing is trained for it.

// gates are those of a mix at a site, in the order of its branches.
type gates struct {
	vectors []float32 // [K, In]: v_k / T
	owners  []int     // of each column of A: a number below K
	k, n    int       // the most that share a token, and K
}

// count is K; 0 without a router.
func (g *gates) count() int {
	if g == nil {
		return 0
	}
	return g.n
}

func (g *gates) heap() int {
	if g == nil {
		return 0
	}
	return 4*len(g.vectors) + 8*len(g.owners)
}

// route adds the gate of an adapter whose update was joined. Unsupported for what is no plain LoRA: only its product with the
// input can be weighed by token.
func (u *siteUpdate) route(d delta.Update, a *adapters.Adapter, rule adapters.Arrow) error {
	plain := len(d.Branches) == 1 && d.Branches[0].Act == "" && d.Branches[0].ABias == nil && d.Branches[0].BBias == nil && d.Rows == nil &&
		d.Inputs == nil && d.Outputs == nil && d.Shift == nil
	if !plain {
		return fault.New(fault.Unsupported, "arrow chooses for each token, and %q is not LoRA alone at %s", a.Name, d.Site).
			WithHint("use adapters of the methods lora and rslora without biases, or name this one in a sum")
	}
	v, err := direction(d.Branches[0], d.In, d.Out)
	if err != nil {
		return fault.Prefix(err, "adapter %q at %s", a.Name, d.Site)
	}
	if u.gates == nil {
		u.gates = &gates{k: rule.K}
	}
	g := u.gates
	for _, x := range v {
		g.vectors = append(g.vectors, float32(x/rule.Temperature))
	}
	for range d.Branches[0].Rank {
		g.owners = append(g.owners, g.n)
	}
	g.n++
	return nil
}

// direction is the right singular vector of B·A with the largest singular value, of unit length. It lies in the span of A's rows:
// with Aᵀ = Q R it is Q u, where u is the first eigenvector of R Bᵀ B Rᵀ, a small matrix.
func direction(b delta.Branch, in, out int) ([]float64, error) {
	if b.Rank > in {
		return nil, fault.New(fault.Unsupported, "rank %d is more than the %d that it reads", b.Rank, in)
	}
	a := mat.NewDense(in, b.Rank, nil)
	for r := range b.Rank {
		for i, v := range b.A[r*in : (r+1)*in] {
			a.Set(i, r, float64(v))
		}
	}
	up := mat.NewDense(out, b.Rank, nil)
	for i, v := range b.B {
		up.Set(i/b.Rank, i%b.Rank, float64(v))
	}
	var qr mat.QR
	qr.Factorize(a)
	var q, r, br, small mat.Dense
	qr.QTo(&q)
	qr.RTo(&r)
	top := r.Slice(0, b.Rank, 0, b.Rank)
	br.Mul(up, top.T()) // [Out, Rank]
	small.Mul(br.T(), &br)
	var eigen mat.EigenSym
	symmetric := mat.NewSymDense(b.Rank, nil)
	for i := range b.Rank {
		for j := i; j < b.Rank; j++ {
			symmetric.SetSym(i, j, (small.At(i, j)+small.At(j, i))/2)
		}
	}
	if !eigen.Factorize(symmetric, true) {
		return nil, fault.New(fault.Invalid, "its product has no singular vectors")
	}
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	v := make([]float64, in)
	length := 0.0
	for i := range in {
		for r := range b.Rank {
			v[i] += q.At(i, r) * vectors.At(r, b.Rank-1) // the last eigenvalue is the largest
		}
		length += v[i] * v[i]
	}
	if !(length > 0) || math.IsInf(length, 0) {
		return nil, fault.New(fault.Invalid, "its product has no singular vectors")
	}
	return v, nil
}

// noSeat makes a place that no adapter takes the last one.
const noSeat = -1e30

func routed(u *siteUpdate) bool { return u.gates != nil }

func fillRoute(dst []float32, _ *packed, u *siteUpdate) {
	n := 0
	if u.gates != nil {
		n = copy(dst, u.gates.vectors)
	}
	clear(dst[n:])
}

func fillSeats(dst []float32, _ *packed, u *siteUpdate) {
	for i := range dst {
		dst[i] = noSeat
	}
	clear(dst[:max(1, u.gates.count())])
}

func fillTop(dst []float32, _ *packed, u *siteUpdate) {
	dst[0] = 1
	if u.gates != nil {
		dst[0] = float32(u.gates.k)
	}
}

func fillOwner(dst []float32, p *packed, u *siteUpdate) {
	clear(dst)
	if u.gates == nil {
		return
	}
	for column, owner := range u.gates.owners {
		dst[owner*p.rank+column] = 1
	}
}

func fillOpen(dst []float32, _ *packed, u *siteUpdate) {
	for i := range dst {
		dst[i] = 1
	}
	if u.gates != nil {
		clear(dst[:len(u.gates.owners)])
	}
}
