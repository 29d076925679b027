package search

import (
	"context"
	"math"
	"time"
)

// This file defines pseudo-relevance feedback: a second search by vectors with a query that was moved towards the first
// hits.

// feedbackWeight is Rocchio's β against the query's own 1 (Rocchio 1971; for vectors of texts Li et al. 2022,
// arXiv:2108.11044).
const feedbackWeight = 0.5

// feedBack moves the vector of every target towards the mean of the first hits that have one in its space. It tells
// whether any moved.
func (q *query) feedBack(ctx context.Context, list []*fused) (bool, error) {
	start := time.Now()
	moved := false
	for _, t := range q.targets {
		sum := make([]float64, len(t.vector))
		found := 0
		var ids []ID
		for _, f := range list[:min(q.opts.Feedback, len(list))] {
			ids = append(ids, f.id)
		}
		vectors, err := q.reader.Vectors(ctx, t.state.Space.ID, ids)
		if err != nil {
			return false, err
		}
		for _, vector := range vectors {
			if vector == nil {
				continue
			}
			found++
			for i, x := range vector {
				sum[i] += float64(x)
			}
		}
		if found == 0 {
			continue
		}
		square := 0.0
		for i, x := range t.vector {
			sum[i] = float64(x) + feedbackWeight*sum[i]/float64(found)
			square += sum[i] * sum[i]
		}
		if square == 0 {
			continue // the hits lie opposite to the query: there is no direction to go
		}
		t.fed = make([]float32, len(sum)) // the query's own vector stays: cosines of the answer are to it
		for i, x := range sum {
			t.fed[i] = float32(x / math.Sqrt(square))
		}
		moved = true
	}
	q.answer.Took.Dense += since(start)
	return moved, nil
}
