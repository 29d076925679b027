package search

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"loradex/internal/fault"
)

// This file defines the last stage: a slower model reads query and hits together and orders the first ones anew.

// Reranker scores texts against a query; larger is better. Only the order within one call counts.
type Reranker interface {
	Score(ctx context.Context, query string, texts []string) ([]float32, error)
}

// rerank orders the first hits by the reranker's scores, ties by what they were before. Those behind keep their order.
func (q *query) rerank(ctx context.Context, hits []Hit) error {
	if q.opts.Reranker == nil || len(hits) == 0 {
		return nil
	}
	start := time.Now()
	hits = hits[:min(len(hits), q.opts.RerankDepth)]
	texts := make([]string, len(hits))
	for i, h := range hits {
		texts[i] = h.Text
	}
	scores, err := q.opts.Reranker.Score(ctx, q.text, texts)
	if err != nil {
		return err
	}
	if len(scores) != len(hits) {
		return fault.New(fault.Internal, "the reranker made %d scores for %d texts", len(scores), len(hits))
	}
	for i, s := range scores {
		score := float64(s)
		if math.IsNaN(score) || math.IsInf(score, 0) {
			return fault.New(fault.Internal, "the reranker scored %s with %v", hits[i].Path, s)
		}
		hits[i].Scores.Rerank = &score
	}
	slices.SortStableFunc(hits, func(a, b Hit) int { return cmp.Compare(*b.Scores.Rerank, *a.Scores.Rerank) })
	q.answer.Took.Rerank = since(start)
	return nil
}
