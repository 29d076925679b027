package adapters

import (
	"loradex/adapters/delta"
	"loradex/internal/fault"
)

// prepareVeRA makes a branch of matrices that all layers share and factors of the layer's own, which are folded into B: for a layer
// n → m, y = W x + b + λ_b∘(B[:m] (λ_d∘(A[:,:n] x))). Kopiczko et al. 2024, arXiv:2310.11454, equation 2; PEFT cuts A and B as here.
//
// Errors: Conflict for a layer that is larger than the matrices.
func prepareVeRA(u delta.Update, weight func() (delta.Weight, error)) (delta.Update, error) {
	p := u.Projected
	if p == nil {
		return delta.Update{}, nil
	}
	w, err := weight() // how many inputs the layer has, no file of a VeRA says
	if err != nil {
		return delta.Update{}, err
	}
	u.In = len(w.Values) / max(u.Out, 1)
	if why := u.Malformed(); why != "" || u.In*u.Out != len(w.Values) {
		return delta.Update{}, fault.New(fault.Conflict, "layer %s: the weight holds %d numbers for %d outputs: %s", u.Site, len(w.Values), u.Out, why).
			WithHint("the adapter was made for a model of another size")
	}
	branch := delta.Branch{Rank: p.Rank, A: make([]float32, 0, p.Rank*u.In), B: make([]float32, u.Out*p.Rank), Scale: 1}
	wide := len(p.A) / p.Rank
	for r := range p.Rank {
		branch.A = append(branch.A, p.A[r*wide:][:u.In]...)
	}
	for o, up := range p.Up {
		for r, down := range p.Down {
			branch.B[o*p.Rank+r] = up * p.B[o*p.Rank+r] * down
		}
	}
	return delta.Update{Branches: []delta.Branch{branch}}, nil
}
