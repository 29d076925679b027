package search

// This file collects what several rankings say of each chunk.

// ranking is one ordered list of hits, best first.
type ranking struct {
	target *target // nil for words
	weight float64
	hits   []Scored
	// places of the hits, from 0, and what they were ordered by, where the ranking was merged with others; nil: their own
	// order.
	places          []int
	values          []float64
	mean, deviation float64   // of the scores, where it was merged
	standing        []float64 // of the hits on the scale of the fusion
}

// place is where a hit stands for fusion, from 0.
func (r *ranking) place(i int) int {
	if r.places == nil {
		return i
	}
	return r.places[i]
}

// value is what a hit is ordered by; larger is better.
func (r *ranking) value(i int) float64 {
	if r.values == nil {
		return float64(r.hits[i].Score)
	}
	return r.values[i]
}

// fused is a chunk with everything that the rankings say of it.
type fused struct {
	id             ID
	score          float64
	vectors, words float64 // its parts: what each kind of ranking adds
	dense, lexical *float64
	uncovered      bool    // it has no vector in any space that was searched
	target         *target // of the dense score
	denseRank      int
	merged         int // place among all spaces, where rankings were merged
	lexicalRank    int
}

// collect lists every chunk of the rankings once, in the order in which they come up.
func collect(rankings []ranking) []*fused {
	byID := map[ID]*fused{}
	var all []*fused
	for n := range rankings {
		r := &rankings[n]
		for i, h := range r.hits {
			f := byID[h.ID]
			if f == nil {
				f = &fused{id: h.ID}
				byID[h.ID] = f
				all = append(all, f)
			}
			score := float64(h.Score)
			switch {
			case r.target == nil:
				f.lexical, f.lexicalRank = &score, i+1
			case f.target == nil || i+1 < f.denseRank: // in several spaces: the one that ranks it best
				f.dense, f.target, f.denseRank = &score, r.target, i+1
				if r.places != nil {
					f.merged = r.places[i] + 1
				}
			}
		}
	}
	return all
}
