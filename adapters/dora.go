package adapters

import (
	"math"

	"loradex/adapters/delta"
	"loradex/internal/fault"
)

// prepareDoRA makes the factors of a LoRA whose merged rows have trained lengths. With V = W + scale·B·A,
//
//	y = b + (m / ‖V‖) ∘ (V x)
//
// where m is the length, PEFT's magnitude, and ‖·‖ that of each row, over the inputs. The bias is not scaled. Liu et al.
// 2024, arXiv:2402.09353, equation 5; PEFT 0.21 computes the same (tuners/lora/dora.py).
//
// Errors: Conflict for a weight of another size; Corrupt where a merged row is zero, which nothing can scale.
func prepareDoRA(u delta.Update, weight func() (delta.Weight, error)) (delta.Update, error) {
	if u.Lengths == nil {
		return delta.Update{}, nil
	}
	w, err := weight()
	if err != nil {
		return delta.Update{}, err
	}
	norms, err := rowNorms(u, w)
	if err != nil {
		return delta.Update{}, err
	}
	for o, norm := range norms {
		norms[o] = u.Lengths[o] / norm
		if !finite(norms[o : o+1]) {
			return delta.Update{}, fault.New(fault.Corrupt, "layer %s: row %d of the weight with its LoRA has length %g: no magnitude can scale it", u.Site, o, norm)
		}
	}
	return delta.Update{Rows: norms}, nil
}

// rowNorms is ‖W + Σ scale·B·A‖, the length of each row of the merged weight, [Out]. The weight is the layer's own. Of one that was
// rounded, the product of W with the change is taken from what it was rounded to, and ‖W‖² from the lengths that were kept. It
// takes Out·In·Rank multiplications. Errors are Conflict, for a weight of another size.
func rowNorms(u delta.Update, weight delta.Weight) ([]float32, error) {
	if why := u.Malformed(); why != "" || len(weight.Values) != u.Out*u.In || weight.Norms != nil && len(weight.Norms) != u.Out {
		return nil, fault.New(fault.Conflict, "layer %s: the weight holds %d numbers, which %d → %d contradicts %s", u.Site, len(weight.Values), u.In, u.Out, why)
	}
	norms := make([]float32, u.Out)
	sum, add := make([]float32, u.In), make([]float32, u.In)
	for o := range norms {
		// A row of the product is made whole and added to the weight's. To expand ‖W + ΔW‖² into three products would
		// take as many multiplications, and lose digits where the two cancel.
		var square float64
		copy(sum, weight.Values[o*u.In:])
		if weight.Norms != nil {
			square = float64(weight.Norms[o]) * float64(weight.Norms[o])
			for _, v := range sum {
				square -= float64(v) * float64(v)
			}
		}
		for _, b := range u.Branches {
			clear(add)
			addRow(add, b, o)
			for i, v := range add {
				sum[i] += b.Scale * v
			}
		}
		for _, v := range sum {
			square += float64(v) * float64(v)
		}
		norms[o] = float32(math.Sqrt(square))
	}
	return norms, nil
}

// addRow adds row o of B·A to dst, [In], four rows of A at a time: each pass over dst then does four products.
func addRow(dst []float32, b delta.Branch, o int) {
	in, row := len(dst), b.B[o*b.Rank:][:b.Rank]
	r := 0
	for ; r+4 <= b.Rank; r += 4 {
		b0, b1, b2, b3 := row[r], row[r+1], row[r+2], row[r+3]
		a := b.A[r*in:]
		a0, a1, a2, a3 := a[:len(dst)], a[in:][:len(dst)], a[2*in:][:len(dst)], a[3*in:][:len(dst)]
		for i := range dst {
			dst[i] += b0*a0[i] + b1*a1[i] + b2*a2[i] + b3*a3[i]
		}
	}
	for ; r < b.Rank; r++ {
		for i, a := range b.A[r*in:][:len(dst)] {
			dst[i] += row[r] * a
		}
	}
}
