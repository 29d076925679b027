package overlay

import (
	"math"

	"loradex/indexer"
	"loradex/search"
)

// This file defines BM25 outside of a store, for chunks that it does not hold.

// Parameters of BM25 (Robertson and Zaragoza 2009), those of the stores.
const (
	bm25K1 = 1.2
	bm25B  = 0.75
)

// numbers are what BM25 takes of an index, changed by what buffers hide and bring.
type numbers struct{ *search.WordStats }

// words are the counts of a chunk that BM25 needs, for the terms of some numbers in their order.
type words struct {
	length int64     // tokens
	counts []float64 // of each term, times the weight of its place
}

// count counts the words of a chunk as stores do.
func (s numbers) count(path string, c *indexer.Chunk) words {
	at := make(map[string]int, len(s.Terms))
	for i, t := range s.Terms {
		at[t.Text] = i
	}
	w := words{counts: make([]float64, len(s.Terms))}
	for word, weight := range search.ChunkWords(path, c) {
		w.length++
		if i, ok := at[word]; ok {
			w.counts[i] += weight
		}
	}
	return w
}

// change takes a chunk into the numbers (by 1), or out of them (-1).
func (s numbers) change(w words, by int64) {
	s.Chunks = max(0, s.Chunks+by)
	s.Tokens = max(0, s.Tokens+by*w.length)
	for i, n := range w.counts {
		if n > 0 {
			s.Terms[i].Chunks = max(0, s.Terms[i].Chunks+by)
		}
	}
}

// score is BM25 of a chunk; false where no term finds it.
func (s numbers) score(w words) (score float64, found bool) {
	average := float64(s.Tokens) / math.Max(1, float64(s.Chunks))
	norm := bm25K1 * (1 - bm25B + bm25B*float64(w.length)/math.Max(1, average))
	for i, n := range w.counts {
		t := &s.Terms[i]
		if n <= 0 {
			continue
		}
		found = true
		have := float64(min(t.Chunks, s.Chunks))
		idf := math.Log(1 + (float64(s.Chunks)-have+0.5)/(have+0.5))
		score += t.Weight * idf * n * (bm25K1 + 1) / (n + norm)
	}
	return score, found
}
