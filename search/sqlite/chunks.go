package sqlite

import (
	"context"
	"database/sql"

	"loradex/indexer"
	"loradex/internal/fault"
	"loradex/search"
)

const selectChunks = `SELECT c.id, f.path, f.language, f.blob, c.start_line, c.end_line, c.symbol, k.name, c.doc, c.signature, c.body, f.id
	FROM chunks c JOIN files f ON f.id = c.file_id JOIN kinds k ON k.id = c.kind_id`

// scanChunk reads a chunk and the version of the file that it is of.
func scanChunk(rows *sql.Rows) (search.Stored, int64, error) {
	var c search.Stored
	var version int64
	err := rows.Scan(&c.ID, &c.Path, &c.Language, &c.Blob, &c.Chunk.StartLine, &c.Chunk.EndLine,
		&c.Chunk.Symbol, &c.Chunk.Kind, &c.Chunk.Doc, &c.Chunk.Signature, &c.Chunk.Text, &version)
	return c, version, err
}

// Chunks implements search.Reader.
func (s *Store) Chunks(ctx context.Context, trees []indexer.Tree, ids []search.ID) ([]search.Stored, error) {
	list := make([]int64, len(ids))
	for i, id := range ids {
		list[i] = int64(id)
	}
	out := make([]search.Stored, len(ids))
	if len(ids) == 0 {
		return out, ctx.Err()
	}
	versions := make([]int64, len(ids))
	err := s.snapshot(ctx, func(tx *sql.Tx) error {
		at := make(map[search.ID]int, len(ids))
		var found []search.Stored
		var of []int64
		err := each(ctx, tx, func(rows *sql.Rows) error {
			c, version, err := scanChunk(rows)
			at[c.ID] = len(found)
			found, of = append(found, c), append(of, version)
			return err
		}, selectChunks+" WHERE c.id IN (SELECT value FROM json_each(?))", jsonList(list))
		if err != nil {
			return err
		}
		for i, id := range ids {
			place, ok := at[id]
			if !ok {
				return fault.New(fault.NotFound, "chunk %d is gone from the index", id).WithHint("search again")
			}
			out[i], versions[i] = found[place], of[place]
		}
		return s.assign(ctx, tx, out, versions, trees)
	})
	if err != nil {
		return nil, s.explain(ctx, err, "read chunks")
	}
	return out, nil
}

// At implements search.Reader.
func (s *Store) At(ctx context.Context, trees []indexer.Tree, path string, a, b int) ([]search.Stored, error) {
	if err := (search.Span{Path: path, StartLine: a, EndLine: b}).Validate(); err != nil {
		return nil, err
	}
	out := []search.Stored{}
	err := s.snapshot(ctx, func(tx *sql.Tx) error {
		ids, all, err := treeIDs(ctx, tx, trees)
		if err != nil {
			return err
		}
		within, args := "", []any{path, a, b}
		if !all {
			within, args = " AND c.file_id IN ("+membersOf+")", append(args, jsonList(ids))
		}
		var versions []int64
		err = each(ctx, tx, func(rows *sql.Rows) error {
			c, version, err := scanChunk(rows)
			out, versions = append(out, c), append(versions, version)
			return err
		}, selectChunks+" WHERE c.id IN (SELECT id FROM chunks"+overlapping+")"+within+" ORDER BY c.start_line, c.id", args...)
		if err != nil {
			return err
		}
		return s.assign(ctx, tx, out, versions, trees)
	})
	if err != nil {
		return nil, s.explain(ctx, err, "read chunks of "+path)
	}
	return out, nil
}

// readPage returns up to limit chunks with IDs above after, ascending.
func readPage(ctx context.Context, q querier, after int64, limit int) ([]search.Stored, error) {
	var out []search.Stored
	err := each(ctx, q, func(rows *sql.Rows) error {
		c, _, err := scanChunk(rows)
		out = append(out, c)
		return err
	}, selectChunks+" WHERE c.id > ? ORDER BY c.id LIMIT ?", after, limit)
	return out, err
}
