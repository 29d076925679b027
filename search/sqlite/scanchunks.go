package sqlite

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"loradex/search"
)

// Scan implements search.Reader: one pass over the table of chunks, of which SQLite holds a page at a time.
func (s *store) Scan(ctx context.Context, f search.Filter, literal string, visit func(c *search.Stored) error) error {
	if err := f.Check(0); err != nil {
		return err
	}
	// Before the snapshot: who holds a connection must not ask for a second one.
	r, err := s.resolve(ctx, f)
	if err != nil || r.nothing() {
		return s.explain(ctx, err, "resolve the filter")
	}
	conditions, args := []string{"1"}, []any{}
	add := func(condition string, arg any) { conditions, args = append(conditions, condition), append(args, arg) }
	if literal != "" {
		add("instr(c.body, ?) > 0", literal)
	}
	const in = " (SELECT value FROM json_each(?))"
	if r.only != nil {
		add("c.id IN"+in, jsonList(r.only))
	}
	if r.others != nil {
		add("c.file_id NOT IN"+in, jsonList(r.others))
	} else if r.files != nil {
		add("c.file_id IN"+in, jsonList(r.files))
	}
	if r.kinds != nil {
		add("c.kind_id IN"+in, jsonList(r.kinds))
	}
	excluded := slices.Sorted(slices.Values(r.excluded))
	var failed error
	err = s.snapshot(ctx, func(tx *sql.Tx) error {
		return each(ctx, tx, func(rows *sql.Rows) error {
			var c search.Stored
			if err := rows.Scan(&c.ID, &c.Path, &c.Chunk.StartLine, &c.Chunk.EndLine, &c.Chunk.Text); err != nil {
				return err
			}
			if _, out := slices.BinarySearch(excluded, int64(c.ID)); out {
				return nil
			}
			failed = visit(&c)
			return failed
		}, "SELECT c.id, f.path, c.start_line, c.end_line, c.body FROM chunks c JOIN files f ON f.id = c.file_id WHERE "+
			strings.Join(conditions, " AND "), args...)
	})
	if failed != nil {
		return failed
	}
	return s.explain(ctx, err, "read the texts of chunks")
}
