package evaluation

// This file draws the documents that each query is ranked among.

import (
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
	"slices"

	"loradex/evaluation/dataset"
	"loradex/internal/fault"
)

// Pools returns, for each query, its relevant documents and others drawn at random without repetition, size documents in
// all, ascending. The draw depends on the seed and the query's id alone: it is the same for every mix, and for a query in a
// larger data set of the same documents.
//
// Figures over pools of 1,000 are those of CodeSearchNet and of much that followed (Husain et al. 2019, arXiv:1909.09436); they
// are far higher than those over a corpus. Invalid where a query has more relevant documents than fit, or the corpus fewer
// documents than a pool.
func Pools(ds *dataset.Dataset, size int, seed uint64) ([][]int32, error) {
	if size < 1 || size > len(ds.Docs) {
		return nil, fault.New(fault.Invalid, "a pool of %d documents cannot be drawn from the %d of %s", size, len(ds.Docs), ds.Name).
			WithHint("take a smaller pool, or none: the whole corpus is then ranked")
	}
	pools := make([][]int32, len(ds.Queries))
	for i, relevant := range targets(ds) {
		others := size - len(relevant)
		if others < 0 {
			return nil, fault.New(fault.Invalid, "query %s has %d relevant documents, and a pool holds %d", ds.Queries[i].ID, len(relevant), size).
				WithHint("take a larger pool")
		}
		pools[i] = append(draw(len(ds.Docs), relevant, others, poolSource(seed, ds.Queries[i].ID)), relevant...)
		slices.Sort(pools[i])
	}
	return pools, nil
}

// poolSource is the generator of one query.
func poolSource(seed uint64, query string) *rand.Rand {
	sum := sha256.Sum256(append(binary.LittleEndian.AppendUint64(nil, seed), query...))
	return rand.New(rand.NewPCG(binary.LittleEndian.Uint64(sum[:]), binary.LittleEndian.Uint64(sum[8:]))) //nolint:gosec // a draw that can be repeated, no secret
}

// draw returns count of the documents 0 to n-1 without those of besides, which ascend. Every set is as likely as any other
// (Floyd's sampling: Bentley, "Programming Pearls", CACM 30(9), 1987), at a cost of count draws.
func draw(n int, besides []int32, count int, r *rand.Rand) []int32 {
	free := n - len(besides)
	chosen := make(map[int]bool, count)
	out := make([]int32, 0, count+len(besides))
	for last := free - count; last < free; last++ {
		at := r.IntN(last + 1)
		if chosen[at] {
			at = last
		}
		chosen[at] = true
		out = append(out, skip(at, besides))
	}
	return out
}

// skip turns a place among the documents that besides does not hold into the document.
func skip(at int, besides []int32) int32 {
	doc := int32(at) //nolint:gosec // documents are bounded by dataset.MaxTexts
	for _, b := range besides {
		if b > doc {
			break
		}
		doc++
	}
	return doc
}
