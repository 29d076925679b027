package search

import (
	"iter"
	"strings"

	"loradex/indexer"
	"loradex/internal/fault"
	"loradex/search/tokens"
)

// This file defines what searches by words go by.

// Term is a word that is searched, a token of package tokens. Its score counts Weight times: 1 is a word like any other.
type Term struct {
	Text   string
	Weight float64 // more than 0, at most MaxTermWeight
}

// MaxTermWeight bounds the weight of a term.
const MaxTermWeight = 1000

// Terms gives words the weight 1.
func Terms(words []string) []Term {
	terms := make([]Term, len(words))
	for i, word := range words {
		terms[i] = Term{word, 1}
	}
	return terms
}

// CheckTerms refuses weights that are out of range.
func CheckTerms(terms []Term) error {
	for _, t := range terms {
		if !(t.Weight > 0 && t.Weight <= MaxTermWeight) { // also what is no number
			return fault.New(fault.Invalid, "the word %q weighs %g", t.Text, t.Weight).
				WithHint("weights are more than 0 and at most %d", MaxTermWeight)
		}
	}
	return nil
}

// WordStats is what BM25 takes of an index for a query: numbers of the whole index, whatever the trees and filters of a
// search.
type WordStats struct {
	Chunks, Tokens int64       // in all
	Terms          []TermStats // of the query, in its order
}

// TermStats is a term of a query.
type TermStats struct {
	Term
	Chunks int64 // that have it
}

// Weights are the factors of the places where a word of a chunk stands, in every store: they favour names over bodies.
var Weights = struct{ Symbol, Path, Doc, Text float64 }{Symbol: 4, Path: 2, Doc: 1, Text: 1}

// ChunkWords are the words of a chunk as stores count them, each with the weight of its place. The signature stands with the
// doc: in the later parts of a split node neither is in the text.
func ChunkWords(path string, c *indexer.Chunk) iter.Seq2[string, float64] {
	return func(yield func(string, float64) bool) {
		var buffer []byte
		for _, field := range []struct {
			text   string
			weight float64
		}{{c.Symbol, Weights.Symbol}, {path, Weights.Path}, {c.Doc, Weights.Doc}, {c.Signature, Weights.Doc}, {c.Text, Weights.Text}} {
			buffer = tokens.Append(buffer[:0], field.text)
			for words := string(buffer); words != ""; {
				word, rest, _ := strings.Cut(words, " ") // one behind each
				if words = rest; !yield(word, field.weight) {
					return
				}
			}
		}
	}
}
