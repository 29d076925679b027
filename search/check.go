package search

import (
	"cmp"
	"math"
	"slices"

	"loradex/internal/fault"
)

// This file holds what every [Reader] refuses, so that all stores refuse the same in the same words, and how all of them sort.

// MaxHits bounds what one search of a store may ask for.
const MaxHits = 1 << 20

// Best sorts hits, each once, and cuts them to k: the order of every ranking.
func Best(hits []Scored, k int) []Scored {
	slices.SortFunc(hits, func(a, b Scored) int { return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.ID, b.ID)) })
	hits = slices.CompactFunc(hits, func(a, b Scored) bool { return a.ID == b.ID })
	if hits = hits[:min(k, len(hits))]; hits == nil {
		return []Scored{}
	}
	return hits
}

// Check is Invalid for a number of hits that no store gives, and for a pattern or a span that is malformed.
func (f Filter) Check(k int) error {
	if k < 0 || k > MaxHits {
		return fault.New(fault.Invalid, "k = %d: need 0 to %d", k, MaxHits)
	}
	if _, err := ReadPaths(f.Paths); err != nil {
		return err
	}
	if !slices.IsSorted(f.Only) {
		return fault.New(fault.Internal, "the chunks of a filter are not sorted")
	}
	for _, e := range f.Exclude {
		if err := e.Validate(); err != nil {
			return err
		}
	}
	return nil
}

// Allows tells whether a chunk is one of Only.
func (f *Filter) Allows(id ID) bool {
	_, ok := slices.BinarySearch(f.Only, id)
	return f.Only == nil || ok
}

// Validate is Invalid where the lines are neither a range nor 0,0, which stands for all of them.
func (s Span) Validate() error {
	if s.StartLine == 0 && s.EndLine == 0 || s.StartLine >= 1 && s.EndLine >= s.StartLine {
		return nil
	}
	return fault.New(fault.Invalid, "lines %d to %d of %s", s.StartLine, s.EndLine, s.Path)
}

// CheckVector is Invalid for a vector that cannot be compared in a space: one of other dimensions, not finite, or not of
// unit length.
func CheckVector(v []float32, space string, dimensions int) error {
	if len(v) != dimensions {
		return fault.New(fault.Invalid, "vector of %d dimensions for space %s of %d", len(v), space, dimensions)
	}
	var square float64
	for _, x := range v {
		square += float64(x) * float64(x)
	}
	if !(square > 0.98 && square < 1.02) { // false for NaN too
		return fault.New(fault.Invalid, "vector of length %.4g for space %s: need unit length", math.Sqrt(square), space)
	}
	return nil
}
