package cosine

import (
	"math"
	"slices"
)

// A key holds a score and a document index in one number that sorts as rankings do: the smaller key is the better hit.
// Sorting plain numbers is several times faster than sorting pairs with a comparison function.
//
// The upper half is the score, mapped to an unsigned number that grows with it and then inverted; the lower half is the
// inverted index, so that of equal scores the larger index comes first.
func keyOf(score float32, doc int) uint64 {
	bits := math.Float32bits(score + 0) // + 0 makes a negative zero positive: the two are equal
	if bits>>31 == 1 {
		bits = ^bits
	} else {
		bits |= 1 << 31
	}
	return ^(uint64(bits)<<32 | uint64(uint32(doc))) // documents are fewer than 2^31
}

// hit is the inverse of keyOf.
func hit(key uint64) Hit {
	key = ^key
	bits := uint32(key >> 32)
	if bits>>31 == 1 {
		bits &^= 1 << 31
	} else {
		bits = ^bits
	}
	return Hit{Doc: int32(uint32(key)), Score: math.Float32frombits(bits)} // the halves of the key
}

// selection picks the k best of many scores. Candidates gather in a buffer of 2k; when it is full it is sorted and cut
// to k, and the worst that is left becomes the bound that later ones must beat. That needs about log2(n/k) sorts.
type selection struct {
	k    int
	keys []uint64
}

func newSelection(k int) selection { return selection{k: k, keys: make([]uint64, 0, 2*k)} }

// take returns the k best scores in order.
func (s *selection) take(scores []float32) []Hit {
	keys := s.keys[:0]
	bound := uint64(math.MaxUint64)
	for doc, score := range scores {
		key := keyOf(score, doc)
		if key >= bound {
			continue
		}
		if len(keys) == cap(keys) {
			slices.Sort(keys)
			keys = keys[:s.k]
			bound = keys[s.k-1]
			if key >= bound {
				continue
			}
		}
		keys = append(keys, key)
	}
	slices.Sort(keys)
	keys = keys[:min(s.k, len(keys))]
	hits := make([]Hit, len(keys))
	for i, key := range keys {
		hits[i] = hit(key)
	}
	return hits
}

// bestRank returns the rank of the best target among all scores, 0 without targets.
func bestRank(scores []float32, targets []int32) int {
	if len(targets) == 0 {
		return 0
	}
	best := uint64(math.MaxUint64)
	for _, doc := range targets {
		best = min(best, keyOf(scores[doc], int(doc)))
	}
	rank := 1
	for doc, score := range scores {
		if keyOf(score, doc) < best {
			rank++
		}
	}
	return rank
}
