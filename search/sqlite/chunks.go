package sqlite

import (
	"context"
	"database/sql"

	"loradex/internal/fault"
	"loradex/search"
)

const selectChunks = `SELECT c.id, f.path, f.language, f.blob, c.start_line, c.end_line, c.symbol, k.name, c.doc, c.signature, c.body
	FROM chunks c JOIN files f ON f.id = c.file_id JOIN kinds k ON k.id = c.kind_id`

func scanChunk(rows *sql.Rows) (search.Stored, error) {
	var c search.Stored
	err := rows.Scan(&c.ID, &c.Path, &c.Language, &c.Blob, &c.Chunk.StartLine, &c.Chunk.EndLine,
		&c.Chunk.Symbol, &c.Chunk.Kind, &c.Chunk.Doc, &c.Chunk.Signature, &c.Chunk.Text)
	return c, err
}

// Chunks implements search.Reader.
func (s *Store) Chunks(ctx context.Context, ids []search.ID) ([]search.Stored, error) {
	list := make([]int64, len(ids))
	for i, id := range ids {
		list[i] = int64(id)
	}
	byID := make(map[search.ID]search.Stored, len(ids))
	err := each(ctx, s.readers, func(rows *sql.Rows) error {
		c, err := scanChunk(rows)
		byID[c.ID] = c
		return err
	}, selectChunks+" WHERE c.id IN (SELECT value FROM json_each(?))", jsonList(list))
	if err != nil {
		return nil, s.explain(ctx, err, "read chunks")
	}
	out := make([]search.Stored, len(ids))
	for i, id := range ids {
		c, ok := byID[id]
		if !ok {
			return nil, fault.New(fault.NotFound, "chunk %d is gone from the index", id).WithHint("search again")
		}
		out[i] = c
	}
	return out, nil
}

// At implements search.Reader, in the order of the file. A file that is not in the index has no chunks.
func (s *Store) At(ctx context.Context, path string, a, b int) ([]search.Stored, error) {
	if err := (search.Span{Path: path, StartLine: a, EndLine: b}).Validate(); err != nil {
		return nil, err
	}
	out := []search.Stored{}
	err := each(ctx, s.readers, func(rows *sql.Rows) error {
		c, err := scanChunk(rows)
		out = append(out, c)
		return err
	}, selectChunks+" WHERE c.id IN (SELECT id FROM chunks"+overlapping+") ORDER BY c.start_line, c.id", path, a, b)
	if err != nil {
		return nil, s.explain(ctx, err, "read chunks of "+path)
	}
	return out, nil
}

// readPage returns up to limit chunks with IDs above after, ascending.
func readPage(ctx context.Context, q querier, after int64, limit int) ([]search.Stored, error) {
	var out []search.Stored
	err := each(ctx, q, func(rows *sql.Rows) error {
		c, err := scanChunk(rows)
		out = append(out, c)
		return err
	}, selectChunks+" WHERE c.id > ? ORDER BY c.id LIMIT ?", after, limit)
	return out, err
}
