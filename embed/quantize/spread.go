package quantize

import (
	"gonum.org/v1/gonum/mat"

	"loradex/internal/fault"
)

// damping is what is added to the diagonal of the products of channels, of its mean: channels that move together in every text
// have no inverse otherwise.
const damping = 0.01

// spreader says how what is lost where a column of a weight is rounded is made up for by the columns behind it, such that the
// outputs for the inputs of the calibration change least (Frantar et al. 2022, GPTQ, arXiv:2210.17323, algorithm 1): a loss of 1 at
// column i takes spread[i,j] from column j > i. With H the products of the channels, and U the upper triangle of H⁻¹ = UᵀU, that is
// U[i,j]/U[i,i]. H read backwards is LLᵀ, and L⁻¹ read backwards is U.
func (e *extent) spreader() ([]float32, error) {
	n := len(e.high)
	h := mat.NewSymDense(n, nil)
	mean := 0.0
	for i := range n {
		for j := i; j < n; j++ {
			v := e.gram[i*n+j]
			if e.smooth != nil {
				v /= float64(e.smooth[i]) * float64(e.smooth[j])
			}
			h.SetSym(n-1-i, n-1-j, v)
		}
		mean += h.At(n-1-i, n-1-i) / float64(n)
	}
	for i := range n {
		h.SetSym(i, i, h.At(i, i)+damping*mean+smallest)
	}
	var factors mat.Cholesky
	var l, inverse mat.TriDense
	if !factors.Factorize(h) {
		return nil, fault.New(fault.Internal, "the inputs of layer %s have no inverse", e.layers[0].Path)
	}
	factors.LTo(&l)
	if err := inverse.InverseTri(&l); err != nil {
		return nil, fault.Wrap(fault.Internal, err, "the inputs of layer %s have no inverse", e.layers[0].Path)
	}
	spread := make([]float32, n*n)
	for i := range n {
		for j := i + 1; j < n; j++ {
			spread[i*n+j] = float32(inverse.At(n-1-i, n-1-j) / inverse.At(n-1-i, n-1-i))
		}
	}
	return spread, nil
}
