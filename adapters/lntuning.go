package adapters

import (
	"loradex/adapters/delta"
	"loradex/internal/fault"
)

// prepareNorm makes factors of the trained weight w' of a normalisation: with x̂ what it normalises, w'∘x̂ + b' = ρ∘(w∘x̂) + b', where
// ρ = w'/w. So it is a change of the weight as DoRA's is, and adds up with others in a mix.
//
// Errors: Conflict for a weight of another size; Corrupt where a number of the base's weight is zero, which no factor changes.
func prepareNorm(u delta.Update, weight func() (delta.Weight, error)) (delta.Update, error) {
	if u.Gains == nil {
		return delta.Update{}, nil
	}
	w, err := weight()
	if err != nil {
		return delta.Update{}, err
	}
	if len(w.Values) != len(u.Gains) {
		return delta.Update{}, fault.New(fault.Conflict, "layer %s: the weight holds %d numbers, the adapter's %d", u.Site, len(w.Values), len(u.Gains))
	}
	rows := make([]float32, len(u.Gains))
	for o, v := range u.Gains {
		if rows[o] = v / w.Values[o]; v == 0 && w.Values[o] == 0 {
			rows[o] = 1
		}
		if !finite(rows[o : o+1]) {
			return delta.Update{}, fault.New(fault.Corrupt, "layer %s: number %d of the base's weight is %g, which no factor makes %g", u.Site, o, w.Values[o], v)
		}
	}
	return delta.Update{Rows: rows}, nil
}
