package train

import "math"

// lossScaler is dynamic loss scaling (Micikevicius et al. 2018, arXiv:1710.03740, section 3.2): gradients in half precision
// are multiplied by a scale, so that small ones do not become zero. A gradient that is then too large for half
// precision is infinite, or not a number: the step is skipped and the scale halved. The scale is a power of two, so
// that dividing by it again is exact.
type lossScaler struct {
	Scale   float64 `json:"scale"`
	Clean   int     `json:"clean"`   // steps without overflow since the scale changed
	Skipped int     `json:"skipped"` // of all steps
}

const (
	firstScale = 1 << 15
	minScale   = 1
	maxScale   = 1 << 24 // far more than the gradients of unit vectors need; without it, zeros would raise it for ever
	growAfter  = 2000    // steps without overflow until the scale is doubled
)

func newLossScaler() *lossScaler { return &lossScaler{Scale: firstScale} }

// overflowed halves the scale for a step that is skipped. It returns false where the scale would fall below 1, and leaves
// it then: gradients that overflow without a scale do not come from it.
func (s *lossScaler) overflowed() bool {
	if s.Scale/2 < minScale {
		return false
	}
	s.Scale, s.Clean = s.Scale/2, 0
	s.Skipped++
	return true
}

// stepped counts a step that was taken.
func (s *lossScaler) stepped() {
	if s.Clean++; s.Clean == growAfter {
		s.Scale, s.Clean = math.Min(2*s.Scale, maxScale), 0
	}
}

// valid tells whether a scaler that was read can be one after so many steps.
func (s *lossScaler) valid(steps int) bool {
	fraction, _ := math.Frexp(s.Scale)
	return fraction == 0.5 && s.Scale >= minScale && s.Scale <= maxScale && s.Clean >= 0 && s.Clean < growAfter &&
		s.Skipped >= 0 && s.Skipped <= steps
}
