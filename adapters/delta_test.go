package adapters_test

import (
	"math"

	"loradex/adapters/delta"
)

// deltaOf is what an update adds to its layer's weight, Σ Scale·B·A, [Out, In] row-major, in float64.
func deltaOf(u delta.Update) []float64 {
	out := make([]float64, u.Out*u.In)
	for _, branch := range u.Branches {
		for o := range u.Out {
			for r := range branch.Rank {
				b := float64(branch.Scale) * float64(branch.B[o*branch.Rank+r])
				for i := range u.In {
					out[o*u.In+i] += b * float64(branch.A[r*u.In+i])
				}
			}
		}
	}
	return out
}

// maxDiff is the largest absolute difference of two slices of one length; infinite where the lengths differ.
func maxDiff(a, b []float64) float64 {
	if len(a) != len(b) {
		return math.Inf(1)
	}
	d := 0.0
	for i := range a {
		d = math.Max(d, math.Abs(a[i]-b[i]))
	}
	return d
}
