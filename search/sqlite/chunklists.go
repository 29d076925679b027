package sqlite

import (
	"bytes"
	"compress/flate"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"io"

	"loradex/indexer"
	"loradex/internal/fault"
)

// maxChunkList bounds what a stored list may unpack to. The indexer passes over files far smaller than this.
const maxChunkList = 256 << 20

// CachedChunks implements indexer.Manifest.
func (s *Store) CachedChunks(ctx context.Context, blob, language, chunker string) ([]indexer.Chunk, bool, error) {
	var list []byte
	err := s.readers.QueryRowContext(ctx, "SELECT list FROM chunk_lists WHERE blob = ? AND language = ? AND chunker = ?",
		blob, language, chunker).Scan(&list)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, s.explain(ctx, err, "read a chunk list")
	}
	chunks, err := decodeChunks(list)
	if err != nil {
		return nil, false, fault.Wrap(fault.Corrupt, err, "%s: chunk list of blob %s", s.path(), blob).WithHint(cleanHint)
	}
	return chunks, true, nil
}

// encodeChunks packs a chunk list. Its text repeats the file, so it is compressed, quickly.
func encodeChunks(chunks []indexer.Chunk) ([]byte, error) {
	var buf bytes.Buffer
	w, err := flate.NewWriter(&buf, flate.BestSpeed)
	if err != nil {
		return nil, err
	}
	if err := json.NewEncoder(w).Encode(chunks); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}

func decodeChunks(list []byte) ([]indexer.Chunk, error) {
	r := flate.NewReader(bytes.NewReader(list))
	raw, err := io.ReadAll(io.LimitReader(r, maxChunkList+1))
	if err != nil {
		return nil, err
	}
	if len(raw) > maxChunkList {
		return nil, errors.New("unpacks to more than 256 MB")
	}
	var chunks []indexer.Chunk
	return chunks, json.Unmarshal(raw, &chunks)
}
