package search

import (
	"iter"

	"loradex/indexer"
	"loradex/search/tokens"
)

// This file defines what searches by words go by.

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
