package qdrant

import (
	"context"
	"slices"

	client "github.com/qdrant/go-client/qdrant"
	"google.golang.org/protobuf/proto"

	"loradex/internal/fault"
)

// This file defines the requests that read and write many points.

// upsert writes points in batches.
func (tx *transaction) upsert(ctx context.Context, collection string, points []*client.PointStruct) error {
	for len(points) > 0 {
		if err := tx.beat(ctx); err != nil {
			return err
		}
		n, size := 0, 0
		for n < len(points) && n < tx.s.opts.Batch && (n == 0 || size < batchBytes) {
			size += proto.Size(points[n])
			n++
		}
		err := applied(tx.s.client.Upsert(ctx, &client.UpsertPoints{
			CollectionName: collection, Wait: client.PtrOf(true), Points: points[:n], Ordering: tx.s.ordering(),
		}))
		if err != nil {
			return err
		}
		points = points[n:]
	}
	return nil
}

// numbers are payload fields with their values.
type numbers map[string]int64

func (s *store) setPayload(ctx context.Context, collection string, f *client.Filter, fields numbers) error {
	payload := make(map[string]*client.Value, len(fields))
	for field, n := range fields {
		payload[field] = client.NewValueInt(n)
	}
	return s.setValues(ctx, collection, f, payload)
}

func (s *store) setValues(ctx context.Context, collection string, f *client.Filter, payload map[string]*client.Value) error {
	return applied(s.client.SetPayload(ctx, &client.SetPayloadPoints{
		CollectionName: collection, Wait: client.PtrOf(true), Payload: payload,
		PointsSelector: client.NewPointsSelectorFilter(f), Ordering: s.ordering(),
	}))
}

func (s *store) remove(ctx context.Context, collection string, points *client.PointsSelector) error {
	return applied(s.client.Delete(ctx, &client.DeletePoints{
		CollectionName: collection, Wait: client.PtrOf(true), Points: points, Ordering: s.ordering(),
	}))
}

// applied says whether a write that was waited for has happened: a server may answer without an error that it has not.
func applied(r *client.UpdateResult, err error) error {
	if err == nil && r.GetStatus() != client.UpdateStatus_Completed {
		return fault.New(fault.Unavailable, "Qdrant has not applied a write: %s", r.GetStatus()).
			WithHint("look at the server's load and replicas, then run the command again")
	}
	return err
}

// listing is a scroll over points: numbers ascending, then the others.
type listing struct {
	collection string
	filter     *client.Filter
	payload    *client.WithPayloadSelector
	vectors    *client.WithVectorsSelector
	page       uint32
}

// each calls fn for every point of a listing.
func (s *store) each(ctx context.Context, l listing, fn func(p *client.RetrievedPoint) error) error {
	return s.pages(ctx, l, func(page []*client.RetrievedPoint) error {
		for _, p := range page {
			if err := fn(p); err != nil {
				return err
			}
		}
		return nil
	})
}

// pages calls fn for every page of a listing.
func (s *store) pages(ctx context.Context, l listing, fn func(page []*client.RetrievedPoint) error) error {
	var offset *client.PointId
	for {
		page, next, err := s.client.ScrollAndOffset(ctx, &client.ScrollPoints{
			CollectionName: l.collection, Filter: l.filter, Offset: offset, Limit: client.PtrOf(l.page),
			WithPayload: l.payload, WithVectors: l.vectors, ReadConsistency: s.consistency(),
		})
		if err != nil {
			return err
		}
		if err := fn(page); err != nil {
			return err
		}
		if next == nil {
			return nil
		}
		offset = next
	}
}

// get returns points by ID, in pages; those that are gone are missing.
func (s *store) get(ctx context.Context, collection string, ids []*client.PointId, payload *client.WithPayloadSelector,
	vectors *client.WithVectorsSelector, fn func(p *client.RetrievedPoint),
) error {
	for part := range slices.Chunk(ids, pageOfTexts) {
		points, err := s.client.Get(ctx, &client.GetPoints{
			CollectionName: collection, Ids: part, WithPayload: payload, WithVectors: vectors, ReadConsistency: s.consistency(),
		})
		if err != nil {
			return err
		}
		for _, p := range points {
			fn(p)
		}
	}
	return nil
}
