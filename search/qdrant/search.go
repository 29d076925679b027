package qdrant

import (
	"cmp"
	"context"
	"errors"
	"slices"

	client "github.com/qdrant/go-client/qdrant"

	"loradex/search"
)

// This file defines the searches.

const (
	// spare is how many more hits than asked for are fetched, to see where the ties of the last one end.
	spare = 16
	// fusionDepth is how many hits of each side a hybrid search fuses, at least.
	fusionDepth = 100
	// fusionK is the constant of reciprocal rank fusion, as in package search.
	fusionK = 60
)

// Dense implements search.Reader. Invalid where vector does not fit the space or is not of unit length.
func (s *Store) Dense(ctx context.Context, space string, vector []float32, f search.Filter, k int, exact bool) ([]search.Scored, error) {
	if err := errors.Join(search.CheckHits(k), f.Validate()); err != nil {
		return nil, err
	}
	return s.ranked(ctx, "search space "+space, f, k, func(h head) (*client.QueryPoints, error) {
		e, err := h.find(space)
		if err != nil {
			return nil, err
		}
		return &client.QueryPoints{
			CollectionName: s.alias(space), Query: client.NewQueryDense(vector), Using: client.PtrOf(denseVector),
			Params: s.searchParams(exact),
		}, search.CheckVector(vector, e.Space.ID, e.Space.Dimensions)
	})
}

// Lexical implements search.Reader. The score is BM25 with k1 = 1.2 and b = 0.75; the server adds the IDF.
func (s *Store) Lexical(ctx context.Context, query string, f search.Filter, k int) ([]search.Scored, *search.WordStats, error) {
	if err := errors.Join(search.CheckHits(k), f.Validate()); err != nil {
		return nil, nil, err
	}
	indices, values := s.query(query)
	if len(indices) == 0 {
		return []search.Scored{}, nil, ctx.Err()
	}
	hits, err := s.ranked(ctx, "search for words", f, k, func(head) (*client.QueryPoints, error) {
		return &client.QueryPoints{
			CollectionName: s.main, Query: client.NewQuerySparse(indices, values), Using: client.PtrOf(wordsVector),
		}, nil
	})
	return hits, nil, err
}

// Hybrid returns the k best chunks of a space by reciprocal rank fusion of the dense and the word ranking, computed by
// the server in one request. Only chunks with a vector take part, and weights are equal; package search fuses with
// more care. Without a word in the query it is the dense ranking with fused scores.
func (s *Store) Hybrid(ctx context.Context, space string, vector []float32, query string, f search.Filter, k int) ([]search.Scored, error) {
	if err := errors.Join(search.CheckHits(k), f.Validate()); err != nil {
		return nil, err
	}
	depth := client.PtrOf(uint64(max(fusionDepth, 4*k))) //nolint:gosec // checked
	return s.ranked(ctx, "search space "+space, f, k, func(h head) (*client.QueryPoints, error) {
		e, err := h.find(space)
		if err != nil {
			return nil, err
		}
		conditions, err := s.conditions(ctx, h, f)
		if err != nil {
			return nil, err
		}
		sides := []*client.PrefetchQuery{{
			Query: client.NewQueryDense(vector), Using: client.PtrOf(denseVector), Filter: conditions,
			Params: s.searchParams(false), Limit: depth,
		}}
		if indices, values := s.query(query); len(indices) > 0 {
			sides = append(sides, &client.PrefetchQuery{
				Query: client.NewQuerySparse(indices, values), Using: client.PtrOf(wordsVector), Filter: conditions, Limit: depth,
			})
		}
		return &client.QueryPoints{
			CollectionName: s.alias(space), Prefetch: sides,
			Query: client.NewQueryRRF(&client.Rrf{K: client.PtrOf(uint32(fusionK))}),
		}, search.CheckVector(vector, e.Space.ID, e.Space.Dimensions)
	})
}

// ranked runs a search at one generation. prepare returns the request without filter and limit.
func (s *Store) ranked(ctx context.Context, op string, f search.Filter, k int, prepare func(h head) (*client.QueryPoints, error)) ([]search.Scored, error) {
	var hits []search.Scored
	err := s.snapshot(ctx, op, func(h head) error {
		hits = []search.Scored{}
		request, err := prepare(h)
		if err != nil || k == 0 {
			return err
		}
		if request.Filter, err = s.conditions(ctx, h, f); request.Filter == nil || err != nil {
			return err
		}
		request.WithPayload, request.ReadConsistency = client.NewWithPayload(false), s.consistency()
		hits, err = s.top(ctx, request, k)
		return err
	})
	if err != nil {
		return nil, err
	}
	return hits, nil
}

// top returns the k best hits, ties by ID. It fetches more until the last hit that it keeps beats one that it saw.
func (s *Store) top(ctx context.Context, request *client.QueryPoints, k int) ([]search.Scored, error) {
	for limit := k + spare; ; limit *= 2 {
		request.Limit = client.PtrOf(uint64(limit)) //nolint:gosec // bounded by search.MaxHits and the collection's size
		points, err := s.client.Query(ctx, request)
		if err != nil {
			return nil, err
		}
		hits := make([]search.Scored, len(points))
		for i, p := range points {
			hits[i] = search.Scored{ID: idOf(p.GetId()), Score: p.GetScore()}
		}
		slices.SortFunc(hits, func(a, b search.Scored) int {
			return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.ID, b.ID))
		})
		if len(hits) < limit || hits[len(hits)-1].Score < hits[k-1].Score || limit > 2*search.MaxHits {
			return hits[:min(k, len(hits))], nil
		}
	}
}
