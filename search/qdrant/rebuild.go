package qdrant

import (
	"context"

	client "github.com/qdrant/go-client/qdrant"
)

// This file defines how a space is made anew while it is searched.

// RebuildSpace copies a space into a new collection made with the present options (shards, replicas, quantisation, place
// of vectors) and puts it in the old one's place in one step. Searches go on meanwhile, and other writers wait. NotFound
// where the index has no such space.
func (s *Store) RebuildSpace(ctx context.Context, id string) error {
	return s.write(ctx, "rebuild space "+id, false, func(tx *transaction) error {
		e, err := tx.head.find(id)
		if err != nil {
			return err
		}
		alias := s.alias(id)
		collection := alias + "-" + fresh()
		if err := s.createSpace(ctx, tx.head, collection, e.Space.Dimensions); err != nil {
			return err
		}
		l := listing{collection: alias, payload: client.NewWithPayload(true), vectors: client.NewWithVectors(true), page: pageOfTexts}
		err = s.each(ctx, l, func(page []*client.RetrievedPoint) error {
			points := make([]*client.PointStruct, len(page))
			for i, p := range page {
				points[i] = copyOf(p)
			}
			return tx.upsert(ctx, collection, points)
		})
		if err != nil {
			return err // the next complete scan deletes what no alias names
		}
		if err := s.pointAlias(ctx, alias, collection); err != nil {
			return err
		}
		return s.sweep(ctx, tx.head)
	})
}

// copyOf returns a point that was read as one to write.
func copyOf(p *client.RetrievedPoint) *client.PointStruct {
	vectors := map[string]*client.Vector{}
	for _, name := range []string{denseVector, textVector} {
		if v := vectorOf(p, name); v != nil {
			vectors[name] = client.NewVectorDense(v)
		}
	}
	if words := wordsOf(p); words != nil {
		vectors[wordsVector] = words
	}
	return &client.PointStruct{Id: p.GetId(), Payload: p.GetPayload(), Vectors: client.NewVectorsMap(vectors)}
}
