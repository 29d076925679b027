package robust

import (
	"cmp"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"

	"loradex/evaluation/cosine"
	"loradex/evaluation/dataset"
	"loradex/internal/fault"
)

// This file draws pools and ranks them.

// draw returns the pool of each query with so many documents: its relevant ones, however many, and others by lot. Draws
// depend on the seed and the query's ID alone; a smaller pool is a part of a larger one. Documents ascend.
func draw(ds *dataset.Dataset, size int, seed uint64) [][]int32 {
	pools := make([][]int32, len(ds.Queries))
	for q := range ds.Queries {
		in := map[int32]bool{}
		for _, j := range ds.Judgements[q] {
			if j.Grade > 0 {
				in[j.Doc] = true
			}
		}
		h := fnv.New64a()
		_, _ = h.Write([]byte(ds.Queries[q].ID))               // never fails
		rng := rand.New(rand.NewPCG(seed, h.Sum64()))          //nolint:gosec // repeatable on purpose
		for want := min(size, len(ds.Docs)); len(in) < want; { // drawing again what is there already keeps pools nested
			in[rng.Int32N(int32(len(ds.Docs)))] = true //nolint:gosec // bounded by dataset.MaxTexts
		}
		for doc := range in {
			pools[q] = append(pools[q], doc)
		}
		slices.Sort(pools[q])
	}
	return pools
}

// rankPools ranks each query's pool by cosine. Of equal scores the larger index comes first, as in package cosine.
func rankPools(queries, docs [][]float32, pools [][]int32) []cosine.Result {
	out := make([]cosine.Result, len(queries))
	for q, pool := range pools {
		hits := make([]cosine.Hit, len(pool))
		for i, doc := range pool {
			hits[i] = cosine.Hit{Doc: doc, Score: dot(queries[q], docs[doc])}
		}
		slices.SortFunc(hits, func(a, b cosine.Hit) int { return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(b.Doc, a.Doc)) })
		out[q].Hits = hits[:min(depth, len(hits))]
	}
	return out
}

func dot(a, b []float32) float32 {
	var sum float32
	for i, x := range a {
		sum += x * b[i]
	}
	return sum
}

// unit returns vectors of length 1. Invalid for one that has no direction, or another length than the first.
func unit(vectors [][]float32) ([][]float32, error) {
	out := make([][]float32, len(vectors))
	for i, v := range vectors {
		var sum float64
		for _, x := range v {
			sum += float64(x) * float64(x)
		}
		if !(sum > 0) || math.IsInf(sum, 0) || len(v) != len(vectors[0]) {
			return nil, fault.New(fault.Invalid, "vector %d has %d numbers, and a squared length of %g", i, len(v), sum)
		}
		out[i] = make([]float32, len(v))
		for j, x := range v {
			out[i][j] = float32(float64(x) / math.Sqrt(sum))
		}
	}
	return out, nil
}
