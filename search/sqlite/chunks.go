package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"

	"loradex/indexer"
	"loradex/internal/fault"
	"loradex/search"
)

const selectChunks = `SELECT c.id, f.path, f.language, f.blob, c.start_line, c.end_line, c.symbol, k.name, c.doc, c.signature, c.body, f.id,
	(SELECT json_group_array(json_array(name, kind, start_line, end_line)) FROM (SELECT * FROM symbols WHERE chunk_id = c.id ORDER BY place))
	FROM chunks c JOIN files f ON f.id = c.file_id JOIN kinds k ON k.id = c.kind_id`

// versioned is a chunk with the version of the file that it is of.
type versioned struct {
	search.Stored
	version int64
}

func scanChunk(rows *sql.Rows) (versioned, error) {
	var c versioned
	var symbols string
	err := rows.Scan(&c.ID, &c.Path, &c.Language, &c.Blob, &c.Chunk.StartLine, &c.Chunk.EndLine,
		&c.Chunk.Symbol, &c.Chunk.Kind, &c.Chunk.Doc, &c.Chunk.Signature, &c.Chunk.Text, &c.version, &symbols)
	if err == nil {
		c.Chunk.Symbols, err = symbolsOf(symbols)
	}
	return c, err
}

// symbolsOf reads the symbols of a chunk; nil where it has none.
func symbolsOf(list string) ([]indexer.Symbol, error) {
	if list == "[]" {
		return nil, nil
	}
	var rows [][4]any
	if err := json.Unmarshal([]byte(list), &rows); err != nil {
		return nil, err
	}
	out := make([]indexer.Symbol, len(rows))
	for i, r := range rows {
		name, _ := r[0].(string)
		kind, _ := r[1].(string)
		start, _ := r[2].(float64)
		end, _ := r[3].(float64)
		out[i] = indexer.Symbol{Name: name, Kind: kind, StartLine: int(start), EndLine: int(end)}
	}
	return out, nil
}

// Named implements search.Reader.
func (s *store) Named(ctx context.Context, trees []indexer.Tree, letters string, k int) ([]search.Named, error) {
	pattern := search.LettersPattern(letters)
	return read(ctx, s, "look up symbols", func(tx *sql.Tx) ([]search.Named, error) {
		ids, all, err := treeIDs(ctx, tx, trees)
		if err != nil {
			return nil, err
		}
		within, args := "", []any{pattern, k}
		if !all {
			within, args = " AND "+isMemberOf("?3", "(SELECT file_id FROM chunks WHERE id = chunk_id)"),
				append(args, jsonList(ids))
		}
		return list(ctx, tx, func(rows *sql.Rows) (search.Named, error) {
			var n search.Named
			err := rows.Scan(&n.ID, &n.Symbol.Name, &n.Symbol.Kind, &n.Symbol.StartLine, &n.Symbol.EndLine)
			return n, err
		}, `SELECT chunk_id, name, kind, start_line, end_line FROM symbols WHERE name LIKE ?1 ESCAPE '\'`+within+`
			ORDER BY length(name), chunk_id, place LIMIT ?2`, args...)
	})
}

// Chunks implements search.Reader.
func (s *store) Chunks(ctx context.Context, trees []indexer.Tree, ids []search.ID) ([]search.Stored, error) {
	if len(ids) == 0 {
		return []search.Stored{}, ctx.Err()
	}
	return read(ctx, s, "read chunks", func(tx *sql.Tx) ([]search.Stored, error) {
		found, err := list(ctx, tx, scanChunk, selectChunks+" WHERE c.id IN (SELECT value FROM json_each(?))", jsonList(ids))
		if err != nil {
			return nil, err
		}
		byID := make(map[search.ID]*versioned, len(ids))
		for i := range found {
			byID[found[i].ID] = &found[i]
		}
		chunks := make([]versioned, len(ids))
		for i, id := range ids {
			c := byID[id]
			if c == nil {
				return nil, fault.New(fault.NotFound, "chunk %d is gone from the index", id).WithHint("search again")
			}
			chunks[i] = *c
		}
		return s.assign(ctx, tx, chunks, trees)
	})
}

// At implements search.Reader.
func (s *store) At(ctx context.Context, trees []indexer.Tree, path string, a, b int) ([]search.Stored, error) {
	if err := (search.Span{Path: path, StartLine: a, EndLine: b}).Validate(); err != nil {
		return nil, err
	}
	return read(ctx, s, "read chunks of "+path, func(tx *sql.Tx) ([]search.Stored, error) {
		ids, all, err := treeIDs(ctx, tx, trees)
		if err != nil {
			return nil, err
		}
		within, args := "", []any{path, a, b}
		if !all {
			within, args = " AND "+isMemberOf("?", "c.file_id"), append(args, jsonList(ids))
		}
		chunks, err := list(ctx, tx, scanChunk,
			selectChunks+" WHERE c.id IN (SELECT id FROM chunks"+overlapping+")"+within+" ORDER BY c.start_line, c.id", args...)
		if err != nil {
			return nil, err
		}
		return s.assign(ctx, tx, chunks, trees)
	})
}

// CachedChunks implements search.Backend.
func (s *store) CachedChunks(ctx context.Context, blob, language, chunker string) ([]indexer.Chunk, bool, error) {
	list, err := value[[]byte](s.readers.QueryRowContext(ctx, "SELECT list FROM chunk_lists WHERE blob = ? AND language = ? AND chunker = ?",
		blob, language, chunker))
	if list == nil || err != nil {
		return nil, false, s.explain(ctx, err, "read a chunk list")
	}
	chunks, err := search.UnpackChunks(list)
	if err != nil {
		return nil, false, fault.Wrap(fault.Corrupt, err, "%s: chunk list of blob %s", s.path(), blob).WithHint(cleanHint)
	}
	return chunks, true, nil
}
