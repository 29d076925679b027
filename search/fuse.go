package search

import (
	"cmp"
	"slices"
)

// ranking is one ordered list of hits, best first.
type ranking struct {
	target *target // nil for words
	weight float64
	hits   []Scored
	// places of the hits, from 0, where the ranking was merged with others; nil: their own order.
	places          []int
	mean, deviation float64 // of the scores, where it was merged
}

// place is where a hit stands for fusion, from 0.
func (r *ranking) place(i int) int {
	if r.places == nil {
		return i
	}
	return r.places[i]
}

// fused is a chunk with everything that the rankings say of it.
type fused struct {
	id             ID
	score          float64 // sum of reciprocal ranks
	dense, lexical *float64
	target         *target // of the dense score
	denseRank      int
	merged         int // place among all spaces, where rankings were merged
	lexicalRank    int
}

// fuse merges rankings by reciprocal rank: weight/(k + rank), summed. Ties go to the lower ID. With one ranking the
// order stays what it is.
func fuse(rankings []ranking, k int) []*fused {
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
			f.score += r.weight / float64(k+r.place(i)+1)
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
	slices.SortFunc(all, func(a, b *fused) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.id, b.id))
	})
	return all
}

// fold leaves out hits that overlap a better one of the same file, and cuts the rest to k. Windows of long files
// overlap by design; two hits on the same lines help nobody. It returns how many overlapping hits it passed over.
func fold(hits []Hit, k int) ([]Hit, int) {
	kept := make([]Hit, 0, min(k, len(hits)))
	byPath := map[string][]int{}
	folded := 0
	for _, h := range hits {
		if len(kept) == k {
			break
		}
		overlaps := slices.ContainsFunc(byPath[h.Path], func(i int) bool {
			return kept[i].StartLine <= h.EndLine && h.StartLine <= kept[i].EndLine
		})
		if overlaps {
			folded++
			continue
		}
		byPath[h.Path] = append(byPath[h.Path], len(kept))
		kept = append(kept, h)
	}
	return kept, folded
}
