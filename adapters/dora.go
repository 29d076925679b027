package adapters

import (
	"math"
	"os"

	"loradex/internal/fault"
)

// loadDoRA reads DoRA: a LoRA whose merged rows have trained lengths. With V = W + Scale·B·A,
//
//	y = b + (m / ‖V‖) ∘ (V x)
//
// where m is the magnitude and ‖·‖ the length of each row, over the inputs. The bias is not scaled. Liu et al. 2024,
// arXiv:2402.09353, equation 5; PEFT 0.21 computes the same (tuners/lora/dora.py).
func loadDoRA(root *os.Root, dir string) (*Adapter, error) {
	return loadLoRA(root, dir) // the files differ in the magnitudes alone, which the reader knows
}

// Factors is DoRA's s = m / ‖W + Scale·B·A‖, [Out]: what the update multiplies each output of the merged layer by,
// before the bias. Weight is the layer's own, [Out, In] row-major.
//
// Errors: Invalid where the update has no magnitude; Conflict for a weight of another size; Corrupt where a merged row is
// zero, which no magnitude can scale.
func (u Update) Factors(weight []float32) ([]float32, error) {
	if u.Magnitude == nil {
		return nil, fault.New(fault.Invalid, "layer %s has no magnitude vector", u.Module)
	}
	norms, err := u.RowNorms(weight)
	if err != nil {
		return nil, err
	}
	for o, norm := range norms {
		norms[o] = u.Magnitude[o] / norm
		if !finite(norms[o : o+1]) {
			return nil, fault.New(fault.Corrupt, "layer %s: row %d of the weight with its LoRA has length %g: no magnitude can scale it", u.Module, o, norm)
		}
	}
	return norms, nil
}

// RowNorms is ‖W + Scale·B·A‖, the length of each row of the merged weight, [Out]: what a magnitude starts from, and is
// divided by. Weight is the layer's own, [Out, In] row-major. It takes Out·In·Rank multiplications. Errors are Conflict,
// for a weight or factors of another size.
func (u Update) RowNorms(weight []float32) ([]float32, error) {
	if len(weight) != u.Out*u.In || len(u.A) != u.Rank*u.In || len(u.B) != u.Out*u.Rank {
		return nil, fault.New(fault.Conflict, "layer %s: the weight holds %d numbers, A %d and B %d, which %d → %d at rank %d contradicts",
			u.Module, len(weight), len(u.A), len(u.B), u.In, u.Out, u.Rank)
	}
	norms := make([]float32, u.Out)
	delta := make([]float32, u.In)
	for o := range norms {
		// A row of the product is made whole and added to the weight's. To expand ‖W + ΔW‖² into three products would
		// take as many multiplications, and lose digits where the two cancel.
		clear(delta)
		u.addRow(delta, o)
		var sum float64
		for i, w := range weight[o*u.In:][:u.In] {
			v := float64(w + u.Scale*delta[i])
			sum += v * v
		}
		norms[o] = float32(math.Sqrt(sum))
	}
	return norms, nil
}

// addRow adds row o of B·A to dst, [In], four rows of A at a time: each pass over dst then does four products.
func (u Update) addRow(dst []float32, o int) {
	b := u.B[o*u.Rank:][:u.Rank]
	r := 0
	for ; r+4 <= u.Rank; r += 4 {
		b0, b1, b2, b3 := b[r], b[r+1], b[r+2], b[r+3]
		a := u.A[r*u.In:]
		a0, a1, a2, a3 := a[:len(dst)], a[u.In:][:len(dst)], a[2*u.In:][:len(dst)], a[3*u.In:][:len(dst)]
		for i := range dst {
			dst[i] += b0*a0[i] + b1*a1[i] + b2*a2[i] + b3*a3[i]
		}
	}
	for ; r < u.Rank; r++ {
		for i, a := range u.A[r*u.In:][:len(dst)] {
			dst[i] += b[r] * a
		}
	}
}
