package qdrant

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"

	client "github.com/qdrant/go-client/qdrant"

	"loradex/indexer"
	"loradex/internal/fault"
	"loradex/search"
)

// This file defines vectors: by text, and as those of the chunks that have the text.

func textID(digest string) *client.PointId { return pointID(fieldText, digest) }

// PutVectors implements search.Backend. Vectors of texts that no chunk has are kept too. Invalid as well for a vector
// that is not finite or not of unit length. Vectors count one by one as they arrive: see the package's doc.
func (s *store) PutVectors(ctx context.Context, space string, vectors []indexer.TextVector) error {
	h, err := s.readHead(ctx)
	if err != nil {
		return s.explain(ctx, err, "write vectors")
	}
	e, err := h.find(space)
	if err != nil {
		return err
	}
	byDigest := make(map[string][]float32, len(vectors))
	for _, v := range vectors {
		if raw, err := hex.DecodeString(v.Digest); err != nil || len(raw) != sha256.Size {
			return fault.New(fault.Invalid, "digest %q is not a SHA-256 in hex", v.Digest)
		}
		if err := search.CheckVector(v.Vector, e.Space.ID, e.Space.Dimensions); err != nil {
			return err
		}
		byDigest[v.Digest] = v.Vector
	}
	if len(vectors) == 0 {
		return nil
	}
	return s.write(ctx, "write vectors", false, func(tx *transaction) error {
		e, err := tx.head.find(space) // it may have gone since
		if err != nil {
			return err
		}
		return tx.inParts(ctx, slices.Collect(maps.Keys(byDigest)), func(digests []string) error {
			return tx.putVectors(ctx, e, digests, byDigest)
		})
	})
}

// putVectors stores some vectors: first for the texts, then for the chunks that have them, then says so at the chunks.
// A call that ends in between leaves the texts pending.
func (tx *transaction) putVectors(ctx context.Context, e spaceEntry, digests []string, byDigest map[string][]float32) error {
	s, collection := tx.s, tx.s.alias(e.Space.ID)
	var points []*client.PointStruct
	for _, digest := range digests {
		points = append(points, &client.PointStruct{
			Id: textID(digest), Payload: map[string]*client.Value{fieldText: client.NewValueString(digest)},
			Vectors: client.NewVectorsMap(map[string]*client.Vector{textVector: client.NewVectorDense(byDigest[digest])}),
		})
	}
	if err := tx.upsert(ctx, collection, points); err != nil {
		return err
	}
	present := chunksAt(tx.head.Generation, client.NewMatchKeywords(fieldDigest, digests...))
	l := listing{
		collection: s.main, filter: present, page: pageSize,
		payload: client.NewWithPayloadInclude(tx.head.filterFields()...), vectors: client.NewWithVectorsInclude(wordsVector),
	}
	err := s.pages(ctx, l, func(page []*client.RetrievedPoint) error {
		points := make([]*client.PointStruct, 0, len(page))
		for _, p := range page {
			v := byDigest[p.GetPayload()[fieldDigest].GetStringValue()]
			points = append(points, spacePoint(p.GetId(), p.GetPayload(), v, wordsOf(p)))
		}
		return tx.upsert(ctx, collection, points)
	})
	if err != nil {
		return err
	}
	if err := tx.beat(ctx); err != nil {
		return err
	}
	return s.setValues(ctx, s.main, present, map[string]*client.Value{e.Flag: client.NewValueBool(true)})
}

// Vectors implements search.Reader.
func (s *store) Vectors(ctx context.Context, space string, ids []search.ID) ([][]float32, error) {
	return snapshot(ctx, s, "read vectors", func(h head) ([][]float32, error) {
		if _, err := h.find(space); err != nil {
			return nil, err
		}
		found := map[search.ID][]float32{}
		err := s.get(ctx, s.alias(space), pointsOf(ids), client.NewWithPayloadInclude(fieldFrom, fieldTo),
			client.NewWithVectorsInclude(denseVector), func(p *client.RetrievedPoint) {
				if visibleAt(p, h.Generation) {
					found[idOf(p.GetId())] = vectorOf(p, denseVector)
				}
			})
		out := make([][]float32, len(ids))
		for i, id := range ids {
			out[i] = found[id]
		}
		return out, err
	})
}

// pointsOf names the points of chunks, each once. No chunk has a negative ID.
func pointsOf(ids []search.ID) []*client.PointId {
	seen := make(map[search.ID]bool, len(ids))
	var points []*client.PointId
	for _, id := range ids {
		if id >= 0 && !seen[id] {
			seen[id] = true
			points = append(points, numericID(int64(id)))
		}
	}
	return points
}

// TextVectors implements search.Backend.
func (s *store) TextVectors(ctx context.Context, space string, texts []string) ([][]float32, error) {
	return snapshot(ctx, s, "read vectors of texts", func(h head) ([][]float32, error) {
		if _, err := h.find(space); err != nil {
			return nil, err
		}
		known, err := s.textVectors(ctx, space, digestsOf(texts))
		out := make([][]float32, len(texts))
		for i, t := range texts {
			out[i] = known[indexer.TextDigest(t)]
		}
		return out, err
	})
}

// textVectors returns the vectors that a space holds of texts, by digest. A digest may come several times.
func (s *store) textVectors(ctx context.Context, space string, digests []string) (map[string][]float32, error) {
	var ids []*client.PointId
	for _, digest := range slices.Compact(slices.Sorted(slices.Values(digests))) {
		ids = append(ids, textID(digest))
	}
	known := map[string][]float32{}
	err := s.get(ctx, s.alias(space), ids, client.NewWithPayloadInclude(fieldText), client.NewWithVectorsInclude(textVector),
		func(p *client.RetrievedPoint) {
			known[p.GetPayload()[fieldText].GetStringValue()] = vectorOf(p, textVector)
		})
	return known, err
}

func digestsOf(texts []string) []string {
	out := make([]string, len(texts))
	for i, t := range texts {
		out[i] = indexer.TextDigest(t)
	}
	return out
}
