package evaluation

// This file draws the documents that each query is ranked among.

import (
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
	"slices"

	"loradex/internal/dataset"
	"loradex/internal/fault"
)

// Pools returns, for each query, its relevant documents and others drawn at random without repetition, size documents in
// all, ascending; the document that [dataset.Dataset.Self] leaves out is in none. The draw depends on the seed and the query's id alone: it is the same for every mix, and for a query in a
// larger data set of the same documents. A smaller pool is a part of a larger one.
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
		besides := relevant
		if len(ds.Self) > 0 && ds.Self[i] >= 0 {
			besides = append(slices.Clone(relevant), ds.Self[i])
			slices.Sort(besides)
		}
		others = min(others, len(ds.Docs)-len(besides))
		pools[i] = append(draw(len(ds.Docs), besides, others, poolSource(seed, ds.Queries[i].ID)), relevant...)
		slices.Sort(pools[i])
	}
	return pools, nil
}

// poolSource is the generator of one query.
func poolSource(seed uint64, query string) *rand.Rand {
	sum := sha256.Sum256(append(binary.LittleEndian.AppendUint64(nil, seed), query...))
	return rand.New(rand.NewPCG(binary.LittleEndian.Uint64(sum[:]), binary.LittleEndian.Uint64(sum[8:]))) //nolint:gosec // a draw that can be repeated, no secret
}

// draw returns count of the documents 0 to n-1 without those of besides, which ascend: the first places of a shuffle (Fisher
// and Yates), of which only what was moved is kept. A smaller draw of the same source is the beginning of a larger one.
func draw(n int, besides []int32, count int, r *rand.Rand) []int32 {
	free := n - len(besides)
	moved := make(map[int]int, count)
	at := func(place int) int {
		if v, ok := moved[place]; ok {
			return v
		}
		return place
	}
	out := make([]int32, 0, count+len(besides))
	for place := range count {
		other := place + r.IntN(free-place)
		drawn := at(other)
		moved[other] = at(place)
		out = append(out, skip(drawn, besides))
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
