package qdrant

import (
	"bytes"
	"compress/flate"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"

	client "github.com/qdrant/go-client/qdrant"

	"loradex/indexer"
	"loradex/internal/fault"
)

// This file defines the cache of chunk lists: what a blob was cut into, by which rules.

// maxList bounds what a stored list may unpack to. The indexer passes over files far smaller than this.
const maxList = 256 << 20

func listID(blob, language, chunker string) *client.PointId {
	return pointID(typeList, blob, language, chunker)
}

func listPoint(blob, language, chunker string, chunks []indexer.Chunk) (*client.PointStruct, error) {
	packed, err := packList(chunks)
	if err != nil {
		return nil, err
	}
	return &client.PointStruct{
		Id: listID(blob, language, chunker), Vectors: noVectors(),
		Payload: map[string]*client.Value{
			fieldType: client.NewValueString(typeList), fieldList: client.NewValueString(packed),
		},
	}, nil
}

// CachedChunks implements search.Backend.
func (s *Store) CachedChunks(ctx context.Context, blob, language, chunker string) ([]indexer.Chunk, bool, error) {
	points, err := s.client.Get(ctx, &client.GetPoints{
		CollectionName: s.main, Ids: []*client.PointId{listID(blob, language, chunker)},
		WithPayload: client.NewWithPayloadInclude(fieldList), ReadConsistency: s.consistency(),
	})
	if err != nil || len(points) == 0 {
		return nil, false, s.explain(ctx, err, "read a chunk list")
	}
	chunks, err := unpackList(points[0].GetPayload()[fieldList].GetStringValue())
	if err != nil {
		return nil, false, fault.Wrap(fault.Corrupt, err, "the chunk list of blob %s in %s", blob, s.main).
			WithHint("run `loradex clean` and `loradex index`")
	}
	return chunks, true, nil
}

// packList writes a list as text: its code repeats the file, so it is compressed.
func packList(chunks []indexer.Chunk) (string, error) {
	var buf bytes.Buffer
	w, err := flate.NewWriter(&buf, flate.BestSpeed)
	if err != nil {
		return "", err
	}
	if err := errors.Join(json.NewEncoder(w).Encode(chunks), w.Close()); err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString(buf.Bytes()), nil
}

func unpackList(packed string) ([]indexer.Chunk, error) {
	compressed, err := base64.StdEncoding.DecodeString(packed)
	if err != nil {
		return nil, err
	}
	raw, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(compressed)), maxList+1))
	if err != nil {
		return nil, err
	}
	if len(raw) > maxList {
		return nil, errors.New("unpacks to more than 256 MB")
	}
	var chunks []indexer.Chunk
	return chunks, json.Unmarshal(raw, &chunks)
}
