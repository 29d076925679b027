package significance

import (
	"cmp"
	"math"
	"slices"

	"loradex/internal/fault"
)

// Holm corrects p values of several tests for their number: with twenty data sets, one is "significant" at 0.05 by chance.
// An adjusted value below 0.05 can be called significant with a chance of less than 5 % that any of all such calls is wrong.
//
//	p'_(i) = max_{j≤i} min(1, (m - j + 1) · p_(j)),  p_(1) ≤ … ≤ p_(m)
//
// The values stay in their order. It assumes nothing of how the tests depend on each other, and rejects more than
// Bonferroni's m·p. Source: Holm, "A Simple Sequentially Rejective Multiple Test Procedure", 1979. Invalid for a value
// outside 0 to 1.
func Holm(p []float64) ([]float64, error) {
	order := make([]int, len(p))
	for i, v := range p {
		if !(v >= 0 && v <= 1) {
			return nil, fault.New(fault.Invalid, "p value %d is %g", i, v)
		}
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(p[a], p[b]) })
	adjusted := make([]float64, len(p))
	least := 0.0
	for place, i := range order {
		least = max(least, math.Min(1, float64(len(p)-place)*p[i]))
		adjusted[i] = least
	}
	return adjusted, nil
}
