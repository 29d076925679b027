package significance

import (
	"math"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"loradex/internal/fault"
)

// TTest returns the two-sided p value of the paired t-test: how often a mean difference as large as that of a and b, in
// units of its standard error, comes about where the true one is zero.
//
//	t = mean(d) / (sd(d)/√n),  d_i = a_i - b_i,  n - 1 degrees of freedom
//
// It assumes that the mean of the differences is normal, which holds well for a hundred queries and badly for ten; the
// randomization test assumes nothing. Both agree closely on real runs (Smucker, Allan and Carterette, 2007). Two equal
// lists give 1; differences that are all the same, and not zero, give 0.
//
// Invalid for fewer than two pairs, lists of different lengths, or values that are not finite.
func TTest(a, b []float64) (float64, error) {
	d, err := pairs(a, b)
	if err != nil {
		return 0, err
	}
	mean, sd := stat.MeanStdDev(d, nil)
	if sd == 0 {
		if mean == 0 {
			return 1, nil
		}
		return 0, nil
	}
	t := math.Abs(mean) / (sd / math.Sqrt(float64(len(d))))
	return 2 * distuv.StudentsT{Sigma: 1, Nu: float64(len(d) - 1)}.Survival(t), nil
}

// pairs returns the differences of at least two pairs of finite values.
func pairs(a, b []float64) ([]float64, error) {
	d, err := Differences(a, b)
	if err != nil {
		return nil, err
	}
	if len(d) < 2 {
		return nil, fault.New(fault.Invalid, "%d pairs: need two or more", len(d))
	}
	for i, v := range d {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fault.New(fault.Invalid, "the difference of pair %d is not finite", i)
		}
	}
	return d, nil
}
