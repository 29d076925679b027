package qdrant

import (
	"hash/fnv"
	"maps"
	"slices"

	client "github.com/qdrant/go-client/qdrant"

	"loradex/indexer"
	"loradex/search"
)

// This file defines the sparse vectors of word search. BM25 (Robertson and Zaragoza 2009) splits into a factor of the
// term and the document, which the document's vector holds, and one of the term and the collection, which the server
// computes (its IDF modifier). The query's vector says how much each term counts.

// BM25's parameters: those of the embedded store.
const (
	k1 = 1.2
	b  = 0.75
	// averageTokens is the length of a chunk, in weightless tokens, at which BM25 neither rewards nor punishes length. It goes
	// into stored vectors, so it is fixed and not a count.
	averageTokens = 200
	// maxTerms is how many distinct terms of a query are searched, the first ones.
	maxTerms = 256
)

// termIndex returns the place of a term in the sparse vectors. 32 bits are what the server has: of a million terms,
// about 116 pairs share a place.
func termIndex(term string) uint32 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(term)) // it never fails
	sum := h.Sum64()
	return uint32(sum>>32) ^ uint32(sum) //nolint:gosec // folded on purpose
}

// document returns the words of a chunk, nil where it has none. A term counts as often as it stands there, times the
// weight of the place; the length is the plain number of tokens.
func document(path string, c *indexer.Chunk) *client.Vector {
	counts := map[uint32]float64{}
	length := 0
	for term, weight := range search.ChunkWords(path, c) {
		counts[termIndex(term)] += weight
		length++
	}
	norm := k1 * (1 - b + b*float64(length)/averageTokens)
	if len(counts) == 0 {
		return nil
	}
	indices, values := slices.Sorted(maps.Keys(counts)), make([]float32, 0, len(counts))
	for _, index := range indices {
		count := counts[index]
		values = append(values, float32(count*(k1+1)/(count+norm)))
	}
	return client.NewVectorSparse(indices, values)
}

// query returns the places of a query's terms with their weights, none where it has no terms. Where two share a place the
// greater weight counts.
func query(terms []search.Term) (indices []uint32, values []float32) {
	weights := map[uint32]float32{}
	for _, t := range terms[:min(len(terms), maxTerms)] {
		index := termIndex(t.Text)
		weights[index] = max(weights[index], float32(t.Weight))
	}
	for _, index := range slices.Sorted(maps.Keys(weights)) {
		indices, values = append(indices, index), append(values, weights[index])
	}
	return indices, values
}
