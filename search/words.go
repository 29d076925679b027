package search

import (
	"iter"
	"math"

	"loradex/indexer"
	"loradex/search/tokens"
)

// This file defines BM25 outside of a store, for chunks that it does not hold.

// Parameters of BM25 (Robertson and Zaragoza 2009), those of SQLite's FTS5.
const (
	bm25K1 = 1.2
	bm25B  = 0.75
	// bm25Least is the weight that FTS5 gives a term which half of the chunks or more have.
	bm25Least = 1e-6
)

// WordStats is what BM25 takes of an index for a query: numbers of the whole index, whatever the trees and filters of a
// search.
type WordStats struct {
	Chunks, Tokens int64       // in all
	Terms          []TermStats // of the query, in its order
	// Choose says what the store looks for, given how many chunks have each of the terms: it sets Dropped and ScoresOnly.
	Choose func(terms []TermStats)
}

// Weights are the factors of the places where a word of a chunk stands, in every store: they favour names over bodies.
var Weights = struct{ Symbol, Path, Doc, Text float64 }{Symbol: 4, Path: 2, Doc: 1, Text: 1}

// ChunkWords are the words of a chunk as stores count them, each with the weight of its place. The signature stands with the
// doc: in the later parts of a split node neither is in the text.
func ChunkWords(path string, c *indexer.Chunk) iter.Seq2[string, float64] {
	return func(yield func(string, float64) bool) {
		for _, field := range []struct {
			text   string
			weight float64
		}{{c.Symbol, Weights.Symbol}, {path, Weights.Path}, {c.Doc, Weights.Doc}, {c.Signature, Weights.Doc}, {c.Text, Weights.Text}} {
			for _, word := range tokens.Split(field.text) {
				if !yield(word, field.weight) {
					return
				}
			}
		}
	}
}

// TermStats is a term of a query.
type TermStats struct {
	Text   string
	Chunks int64 // that have it
	// Dropped tells that the term is not looked for, ScoresOnly that it only adds to the scores of chunks that another
	// one finds.
	Dropped, ScoresOnly bool
}

// Words are the counts of a chunk that BM25 needs, for the terms of some [WordStats] in their order.
type Words struct {
	Length int64     // tokens
	Counts []float64 // of each term, times the weight of its place
}

// CountWords counts the words of a chunk as stores do.
func (s *WordStats) CountWords(path string, c *indexer.Chunk) Words {
	at := make(map[string]int, len(s.Terms))
	for i, t := range s.Terms {
		at[t.Text] = i
	}
	w := Words{Counts: make([]float64, len(s.Terms))}
	for word, weight := range ChunkWords(path, c) {
		w.Length++
		if i, ok := at[word]; ok {
			w.Counts[i] += weight
		}
	}
	return w
}

// Change takes a chunk into the numbers (by 1), or out of them (-1).
func (s *WordStats) Change(w Words, by int64) {
	s.Chunks = max(0, s.Chunks+by)
	s.Tokens = max(0, s.Tokens+by*w.Length)
	for i, n := range w.Counts {
		if n > 0 {
			s.Terms[i].Chunks = max(0, s.Terms[i].Chunks+by)
		}
	}
}

// Score is BM25 of a chunk; false where no term finds it. Call Choose first, when no chunk changes any more.
func (s *WordStats) Score(w Words) (score float64, found bool) {
	average := float64(s.Tokens) / math.Max(1, float64(s.Chunks))
	norm := bm25K1 * (1 - bm25B + bm25B*float64(w.Length)/math.Max(1, average))
	for i, n := range w.Counts {
		t := &s.Terms[i]
		if n <= 0 || t.Dropped {
			continue
		}
		found = found || !t.ScoresOnly
		idf := math.Log((float64(s.Chunks) - float64(t.Chunks) + 0.5) / (float64(t.Chunks) + 0.5))
		if !(idf > bm25Least) { // also where the counts are off and the logarithm is not a number
			idf = bm25Least
		}
		score += idf * n * (bm25K1 + 1) / (n + norm)
	}
	return score, found
}
