package calibration

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"loradex/internal/fault"
	"loradex/search"
)

const (
	parameters = 1 + len(search.Odds{}.Of)
	maxSteps   = 100
	// ridge keeps coefficients finite where signs tell everything, as on a few queries.
	ridge = 1e-4
)

// Fit returns the odds under which the samples are most likely: logistic regression by Newton's method, with a trace of ridge.
// Invalid where all samples are right, or none is.
func Fit(samples []Sample) (search.Odds, error) {
	var all, right float64
	for _, s := range samples {
		all += s.Weight
		if s.Right {
			right += s.Weight
		}
	}
	if !(right > 0 && right < all) {
		return search.Odds{}, fault.New(fault.Invalid, "probabilities cannot be fitted where %g of %g hits are right", right, all)
	}
	var odds search.Odds
	odds.Base = math.Log(right / (all - right))
	for range maxSteps {
		gradient, hessian := mat.NewVecDense(parameters, nil), mat.NewSymDense(parameters, nil)
		for i := range samples {
			s := &samples[i]
			x := append([]float64{1}, list(s.Signs)...)
			p, weight := odds.Probability(s.Signs), s.Weight/all
			y := 0.0
			if s.Right {
				y = 1
			}
			for a := range x {
				gradient.SetVec(a, gradient.AtVec(a)+weight*(y-p)*x[a])
				for b := a; b < parameters; b++ {
					hessian.SetSym(a, b, hessian.At(a, b)+weight*p*(1-p)*x[a]*x[b])
				}
			}
		}
		for a := 1; a < parameters; a++ {
			gradient.SetVec(a, gradient.AtVec(a)-ridge*odds.Of[a-1])
			hessian.SetSym(a, a, hessian.At(a, a)+ridge)
		}
		var step mat.VecDense
		var chol mat.Cholesky
		if !chol.Factorize(hessian) || chol.SolveVecTo(&step, gradient) != nil {
			return search.Odds{}, fault.New(fault.Invalid, "the hits' signs do not differ, so that nothing can be fitted to them")
		}
		// Far steps overshoot where the curve is flat.
		size := mat.Norm(&step, math.Inf(1))
		step.ScaleVec(min(1, 4/size), &step)
		odds.Base += step.AtVec(0)
		for a := 1; a < parameters; a++ {
			odds.Of[a-1] += step.AtVec(a)
		}
		if size < 1e-9 {
			return odds, nil
		}
	}
	return search.Odds{}, fault.New(fault.Internal, "fitting %d samples did not come to an end", len(samples))
}

func list(s search.Signs) []float64 {
	l := s.List()
	return l[:]
}
