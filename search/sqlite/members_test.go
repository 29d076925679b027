package sqlite

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestSpans compares ranges with a set of single numbers.
func TestSpans(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var s spans
	set := map[int64]bool{}
	for range 20_000 {
		id := rng.Int64N(60)
		if rng.IntN(2) == 0 {
			s, set[id] = s.with(id), true
		} else {
			s = s.without(id)
			delete(set, id)
		}
		var all []int64
		for i, r := range s {
			if r.first > r.last || i > 0 && s[i-1].last+1 >= r.first {
				t.Fatalf("ranges %v", s)
			}
			for n := r.first; n <= r.last; n++ {
				all = append(all, n)
			}
		}
		if len(all) != len(set) || slices.ContainsFunc(all, func(n int64) bool { return !set[n] || !s.has(n) }) || s.has(id) != set[id] {
			t.Fatalf("ranges %v, want %v", s, set)
		}
	}
}
