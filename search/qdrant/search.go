package qdrant

import (
	"context"

	client "github.com/qdrant/go-client/qdrant"

	"loradex/search"
)

// This file defines the searches.

// spare is how many more hits than asked for are fetched, to see where the ties of the last one end.
const spare = 16

// Dense implements search.Reader. Invalid where vector does not fit the space or is not of unit length.
func (s *store) Dense(ctx context.Context, space string, vector []float32, f search.Filter, k int, exact bool) ([]search.Scored, error) {
	if err := f.Check(k); err != nil {
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
func (s *store) Lexical(ctx context.Context, terms []search.Term, f search.Filter, k int) ([]search.Scored, *search.WordStats, error) {
	if err := search.CheckTerms(terms); err != nil {
		return nil, nil, err
	}
	if err := f.Check(k); err != nil {
		return nil, nil, err
	}
	indices, values := query(terms)
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

// ranked runs a search at one generation. prepare returns the request without filter and limit.
func (s *store) ranked(ctx context.Context, op string, f search.Filter, k int, prepare func(h head) (*client.QueryPoints, error)) ([]search.Scored, error) {
	return snapshot(ctx, s, op, func(h head) ([]search.Scored, error) {
		request, err := prepare(h)
		if err != nil || k == 0 {
			return []search.Scored{}, err
		}
		if request.Filter, err = s.conditions(ctx, h, f); request.Filter == nil || err != nil {
			return []search.Scored{}, err
		}
		request.WithPayload, request.ReadConsistency = client.NewWithPayload(false), s.consistency()
		return s.top(ctx, request, k)
	})
}

// top returns the k best hits, ties by ID. It fetches more until the last hit that it keeps beats one that it saw.
func (s *store) top(ctx context.Context, request *client.QueryPoints, k int) ([]search.Scored, error) {
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
		hits = search.Best(hits, limit)
		if len(hits) < limit || hits[len(hits)-1].Score < hits[k-1].Score || limit > 2*search.MaxHits {
			return hits[:min(k, len(hits))], nil
		}
	}
}
