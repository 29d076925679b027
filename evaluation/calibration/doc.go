// Package calibration fits probabilities to judgements, and measures how good they are.
//
//	odds, err := calibration.Fit(samples)
//	quality := calibration.Measure(samples, odds)
package calibration

import "loradex/search"

// Sample is a hit with what it turned out to be.
type Sample struct {
	search.Signs
	Right  bool
	Weight float64 // how much it counts, more than 0
}
