package significance

import (
	"math"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"loradex/internal/fault"
)

// Detectable returns the smallest true difference of means that a comparison of these pairs would have called significant at
// level alpha, two-sided, with probability power. A difference that was measured to be smaller, and not significant, says
// little: there were too few queries to see it.
//
//	δ = (z_{1-α/2} + z_{power}) · sd(d) / √n
//
// It is the normal approximation, a few per cent too small for twenty pairs. Source: Webber, Moffat and Zobel, "Statistical
// Power in Retrieval Experimentation", CIKM 2008. Invalid for fewer than two pairs and for alpha or power outside 0 to 1.
func Detectable(a, b []float64, alpha, power float64) (float64, error) {
	if !(alpha > 0 && alpha < 1) || !(power > 0 && power < 1) {
		return 0, fault.New(fault.Invalid, "level %g and power %g: both lie between 0 and 1", alpha, power)
	}
	d, err := Differences(a, b)
	if err != nil {
		return 0, err
	}
	if len(d) < 2 {
		return 0, fault.New(fault.Invalid, "%d pairs: need two or more", len(d))
	}
	for i, v := range d {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return 0, fault.New(fault.Invalid, "the difference of pair %d is not finite", i)
		}
	}
	_, sd := stat.MeanStdDev(d, nil)
	return (distuv.UnitNormal.Quantile(1-alpha/2) + distuv.UnitNormal.Quantile(power)) * sd / math.Sqrt(float64(len(d))), nil
}
