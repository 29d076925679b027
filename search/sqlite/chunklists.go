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

// CachedChunks implements search.Backend.
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

// listPacker packs chunk lists. Their text repeats the file, so it is compressed, quickly. The zero value is ready; it
// keeps the compressor, which is half a megabyte, from one list to the next.
type listPacker struct {
	buf  bytes.Buffer
	flat *flate.Writer
}

// encode returns a packed list, valid until the next call.
func (p *listPacker) encode(chunks []indexer.Chunk) ([]byte, error) {
	p.buf.Reset()
	if p.flat == nil {
		var err error
		if p.flat, err = flate.NewWriter(&p.buf, flate.BestSpeed); err != nil {
			return nil, err
		}
	}
	p.flat.Reset(&p.buf)
	if err := json.NewEncoder(p.flat).Encode(chunks); err != nil {
		return nil, err
	}
	if err := p.flat.Close(); err != nil {
		return nil, err
	}
	return p.buf.Bytes(), nil
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
