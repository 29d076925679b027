package qdrant

import (
	"context"
	"encoding/base64"

	client "github.com/qdrant/go-client/qdrant"

	"loradex/indexer"
	"loradex/internal/fault"
	"loradex/search"
)

// This file defines the cache of chunk lists: what a blob was cut into, by which rules.

func listID(blob, language, chunker string) *client.PointId {
	return pointID(typeList, blob, language, chunker)
}

func listPoint(blob, language, chunker string, chunks []indexer.Chunk) (*client.PointStruct, error) {
	packed, err := search.PackChunks(chunks)
	if err != nil {
		return nil, err
	}
	return &client.PointStruct{
		Id: listID(blob, language, chunker), Vectors: noVectors(),
		Payload: map[string]*client.Value{
			fieldType: client.NewValueString(typeList), fieldList: client.NewValueString(base64.StdEncoding.EncodeToString(packed)),
		},
	}, nil
}

// CachedChunks implements search.Backend.
func (s *store) CachedChunks(ctx context.Context, blob, language, chunker string) ([]indexer.Chunk, bool, error) {
	points, err := s.client.Get(ctx, &client.GetPoints{
		CollectionName: s.main, Ids: []*client.PointId{listID(blob, language, chunker)},
		WithPayload: client.NewWithPayloadInclude(fieldList), ReadConsistency: s.consistency(),
	})
	if err != nil || len(points) == 0 {
		return nil, false, s.explain(ctx, err, "read a chunk list")
	}
	packed, err := base64.StdEncoding.DecodeString(points[0].GetPayload()[fieldList].GetStringValue())
	var chunks []indexer.Chunk
	if err == nil {
		chunks, err = search.UnpackChunks(packed)
	}
	if err != nil {
		return nil, false, fault.Wrap(fault.Corrupt, err, "the chunk list of blob %s in %s", blob, s.main).
			WithHint("run `loradex clean` and `loradex index`")
	}
	return chunks, true, nil
}
