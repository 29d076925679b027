package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"loradex/search/sqlite/scan"
	"loradex/search/sqlite/vecfile"
)

// This file defines the checks and repairs that `loradex doctor` runs.

// report is what Check found.
type report struct {
	Problems []string `json:"problems"` // empty where the index is sound
	Derived  []string `json:"derived"`  // damage of derived files only: [Store.Repair] cures it
}

// OK says whether nothing is wrong.
func (r report) OK() bool { return len(r.Problems)+len(r.Derived) == 0 }

// Check implements Store.
func (s *store) Check(ctx context.Context) (report, error) {
	r := report{Problems: []string{}, Derived: []string{}}
	err := s.snapshot(ctx, func(tx *sql.Tx) error {
		lines, err := column[string](ctx, tx, "PRAGMA quick_check(20)")
		if err != nil {
			return err
		}
		r.Problems = append(r.Problems, slices.DeleteFunc(lines, func(line string) bool { return line == "ok" })...)
		for _, c := range consistency {
			var n int
			if err := tx.QueryRowContext(ctx, c.count).Scan(&n); err != nil {
				return err
			}
			if n > 0 {
				r.Problems = append(r.Problems, fmt.Sprintf("%d %s", n, c.what))
			}
		}
		spaces, err := spaceRows(ctx, tx)
		if err != nil {
			return err
		}
		for _, row := range spaces {
			if err := s.checkFiles(ctx, tx, row, &r); err != nil {
				return err
			}
		}
		return s.checkWords(ctx, tx, &r)
	})
	return r, s.explain(ctx, err, "check")
}

// consistency counts rows that contradict each other.
var consistency = []struct{ what, count string }{
	{"chunks without a file", "SELECT count(*) FROM chunks WHERE file_id NOT IN (SELECT id FROM files)"},
	{"chunks without a text", "SELECT count(*) FROM chunks c LEFT JOIN texts t ON t.id = c.text_id WHERE t.text IS NULL"},
	{"files with a wrong number of chunks", `SELECT count(*) FROM files f
		WHERE f.chunks <> (SELECT count(*) FROM chunks c WHERE c.file_id = f.id)`},
	{"files that no tree has", "SELECT count(*) FROM files WHERE id NOT IN (" + allMembers + ")"},
	{"ranges of files that are gone, or of trees", `SELECT count(*) FROM members m WHERE m.last < m.first
		OR m.last - m.first + 1 <> (SELECT count(*) FROM files WHERE id BETWEEN m.first AND m.last) OR m.tree_id NOT IN (SELECT id FROM trees)`},
	{"stat data of files that a tree does not have", "SELECT count(*) FROM stats s WHERE NOT coalesce(" + isMember("s.tree_id", "s.file_id") + ", 0)"},
	{"files that a tree has twice", `SELECT count(*) FROM (SELECT 1 FROM members m CROSS JOIN files f ON f.id BETWEEN m.first AND m.last
		GROUP BY m.tree_id, f.path HAVING count(*) > 1)`},
	{"vectors of a wrong length", "SELECT count(*) FROM vectors v JOIN spaces s ON s.id = v.space_id WHERE length(v.vector) <> 4 * s.dims"},
	{"vectors without a space", "SELECT count(*) FROM vectors WHERE space_id NOT IN (SELECT id FROM spaces)"},
	{"symbols of chunks that are gone", "SELECT count(*) FROM symbols WHERE chunk_id NOT IN (SELECT id FROM chunks)"},
}

// checkFiles looks at the vector files of a space: whether they hold together, and whether they hold what the database
// says, where they are meant for its present state. Files that are behind are sound; the next search brings them up.
func (s *store) checkFiles(ctx context.Context, tx *sql.Tx, row spaceRow, r *report) error {
	now, err := currentState(ctx, tx)
	if err != nil {
		return err
	}
	set, err := vecfile.Open(s.vectorsDir(), row.file())
	if errors.Is(err, vecfile.ErrDamaged) {
		r.Derived = append(r.Derived, fmt.Sprintf("space %s: %v", row.name, err))
		return nil
	}
	if err != nil {
		return nil //nolint:nilerr // no files yet, or none that can be opened: the next search makes them
	}
	v := newView(state{set.Generation, set.Stamp}, row, &mapping{Set: set}, set.Delta, set.Seq, nil)
	defer v.release() //nolint:errcheck // read only
	bad := 0
	err = mapped(func() error {
		for slot := range uint32(set.Slots()) { //nolint:gosec // bounded by the format
			if vecfile.Sum(set.Vector(slot)) != set.Sum(slot) {
				bad++
			}
		}
		rows, err := v.flatten(func(slot uint32) (uint32, error) { return slot, nil })
		if err != nil {
			return err
		}
		bad += wrongSigns(set, rows)
		if now != v.state {
			return ctx.Err()
		}
		other, err := otherRows(ctx, tx, row, set, rows)
		bad += other
		return err
	})
	if errors.Is(err, vecfile.ErrDamaged) {
		bad++
		err = nil
	}
	if bad > 0 {
		r.Derived = append(r.Derived, fmt.Sprintf("space %s: %d damaged vectors in the files", row.name, bad))
	}
	return err
}

// otherRows counts rows of the files that are not those of the database, and the other way round.
func otherRows(ctx context.Context, tx *sql.Tx, space spaceRow, set *vecfile.Set, in vecfile.Columns) (int, error) {
	bad, next := 0, 0
	vector := make([]float32, space.dims)
	err := each(ctx, tx, func(rows *sql.Rows) error {
		var chunk int64
		var raw sql.RawBytes
		if err := rows.Scan(&chunk, &raw); err != nil {
			return err
		}
		for next < len(in.Chunks) && in.Chunks[next] < chunk {
			bad++ // a row that the database does not have
			next++
		}
		if next == len(in.Chunks) || in.Chunks[next] != chunk {
			bad++
			return nil
		}
		if !decodeVector(vector, raw) || vecfile.Sum(vector) != set.Sum(in.Slots[next]) {
			bad++
		}
		next++
		return nil
	}, `SELECT c.id, v.vector FROM chunks c CROSS JOIN vectors v ON v.space_id = ? AND v.text_id = c.text_id ORDER BY c.id`, space.id)
	return bad + len(in.Chunks) - next, err
}

// wrongSigns counts rows whose sign bits are not those of their vector.
func wrongSigns(set *vecfile.Set, in vecfile.Columns) int {
	words := scan.Words(set.Dims)
	signs := make([]uint64, words)
	bad := 0
	for row, slot := range in.Slots {
		scan.Signs(signs, set.Vector(slot))
		if !slices.Equal(signs, in.Signs[row*words:(row+1)*words]) {
			bad++
		}
	}
	return bad
}

// Repair implements Store.
func (s *store) Repair(ctx context.Context) error {
	if s.writer == nil {
		return s.readOnly("repair")
	}
	if err := s.removeDerived(ctx); err != nil {
		return err
	}
	return s.Flush(ctx)
}

// removeDerived removes the derived files; they are made anew from the database.
func (s *store) removeDerived(ctx context.Context) error {
	if err := s.removeWordFiles(ctx); err != nil {
		return err
	}
	spaces, err := spaceRows(ctx, s.readers)
	for _, row := range spaces {
		if err == nil {
			err = s.forget(row.name)
		}
		if err == nil {
			err = s.removeFiles(ctx, row)
		}
	}
	return s.explain(ctx, err, "remove vector files")
}

// removeFiles removes the derived files of a space.
func (s *store) removeFiles(ctx context.Context, row spaceRow) error {
	return s.locked(ctx, s.vectorsDir(), patience, func() error { return vecfile.Remove(s.vectorsDir(), row.file()) })
}
