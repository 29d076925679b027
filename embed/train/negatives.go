package train

import (
	"context"
	"slices"

	"loradex/internal/dataset"
	"loradex/internal/fault"
	"loradex/internal/parallel"
)

// ByVectors finds as hard negatives the documents that an index would put before or close behind the positive one.
type ByVectors struct {
	Queries, Documents [][]float32 // of unit length, parallel to the data set's
	// Count is how many are kept for each example.
	Count int
	// Margin leaves out documents that are nearer to the query than its best positive less the margin: they are likely to
	// answer the query, too, and not to be judged (Moreira et al. 2024, arXiv:2407.15831). 0 keeps those below the positive.
	Margin float64
}

// Fill sets the negatives of a data set, best first. It compares every query with every document.
func (v ByVectors) Fill(ctx context.Context, data *dataset.Dataset) error {
	if len(v.Queries) != len(data.Queries) || len(v.Documents) != len(data.Docs) {
		return fault.New(fault.Invalid, "vectors of %d queries and %d documents came for %d and %d",
			len(v.Queries), len(v.Documents), len(data.Queries), len(data.Docs))
	}
	if v.Count < 1 {
		return fault.New(fault.Invalid, "%d hard negatives for each example are none", v.Count)
	}
	all := examplesOf(data)
	data.Negatives = make([][]int32, len(all))
	return parallel.Each(ctx, len(all), 1, func(i int) error {
		data.Negatives[i] = v.of(i, all[i].positives)
		return nil
	})
}

func (v ByVectors) of(query int, positives []int) []int32 {
	q := v.Queries[query]
	limit := float32(-2)
	for _, d := range positives {
		limit = max(limit, dot(q, v.Documents[d]))
	}
	limit -= float32(v.Margin)
	type scored struct {
		doc   int
		score float32
	}
	var best []scored // ascending
	for d, x := range v.Documents {
		s := dot(q, x)
		if s > limit || len(best) == v.Count && s <= best[0].score || slices.Contains(positives, d) {
			continue
		}
		if len(best) == v.Count {
			best = best[1:]
		}
		at, _ := slices.BinarySearchFunc(best, s, func(b scored, s float32) int {
			if b.score < s {
				return -1
			}
			return 1
		})
		best = slices.Insert(best, at, scored{d, s})
	}
	negatives := make([]int32, 0, len(best))
	for _, b := range slices.Backward(best) {
		negatives = append(negatives, int32(b.doc)) //nolint:gosec // data sets are bounded by dataset.MaxTexts
	}
	return negatives
}

// dot is the inner product, in four sums so that they do not wait for each other.
func dot(a, b []float32) float32 {
	var s [4]float32
	b = b[:len(a)]
	n := len(a) &^ 3
	for i := 0; i < n; i += 4 {
		s[0] += a[i] * b[i]
		s[1] += a[i+1] * b[i+1]
		s[2] += a[i+2] * b[i+2]
		s[3] += a[i+3] * b[i+3]
	}
	for i := n; i < len(a); i++ {
		s[0] += a[i] * b[i]
	}
	return s[0] + s[1] + s[2] + s[3]
}
