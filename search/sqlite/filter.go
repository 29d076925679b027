package sqlite

import (
	"context"
	"database/sql"
	"slices"
	"strconv"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"loradex/search"
)

// This file defines how a search.Filter becomes sets of IDs, which the scan and SQL both take.

// catalog is what filters ask about: the files and kinds of one state. Files are few next to chunks, so a filter is
// resolved over them in Go, where path patterns are.
type catalog struct {
	state
	files []catalogFile
	kinds map[string]int64
}

type catalogFile struct {
	id             int64
	path, language string
}

// loadCatalog returns the catalog of the present state.
func (s *Store) loadCatalog(ctx context.Context) (*catalog, error) {
	st, err := currentState(ctx, s.readers)
	if err != nil {
		return nil, err
	}
	s.viewsMu.Lock()
	c := s.catalog
	s.viewsMu.Unlock()
	if c != nil && c.state == st {
		return c, nil
	}
	c = &catalog{kinds: map[string]int64{}}
	err = s.snapshot(ctx, func(tx *sql.Tx) error {
		if c.state, err = currentState(ctx, tx); err != nil {
			return err
		}
		err := each(ctx, tx, func(rows *sql.Rows) error {
			var f catalogFile
			err := rows.Scan(&f.id, &f.path, &f.language)
			c.files = append(c.files, f)
			return err
		}, "SELECT id, path, language FROM files")
		if err != nil {
			return err
		}
		return each(ctx, tx, func(rows *sql.Rows) error {
			var id int64
			var name string
			err := rows.Scan(&id, &name)
			c.kinds[name] = id
			return err
		}, "SELECT id, name FROM kinds")
	})
	if err != nil {
		return nil, err
	}
	s.viewsMu.Lock()
	s.catalog = c
	s.viewsMu.Unlock()
	return c, nil
}

// resolved is a filter as IDs. A nil list matches everything, an empty one nothing.
type resolved struct {
	files, kinds []int64
	excluded     []int64 // chunks
}

func (r *resolved) everything() bool {
	return r.files == nil && r.kinds == nil && len(r.excluded) == 0
}

// nothing says whether no chunk can pass.
func (r *resolved) nothing() bool {
	return r.files != nil && len(r.files) == 0 || r.kinds != nil && len(r.kinds) == 0
}

// resolve turns a filter that was checked into IDs.
func (s *Store) resolve(ctx context.Context, f search.Filter) (*resolved, error) {
	r := &resolved{}
	if len(f.Languages) > 0 || f.PathGlob != "" || len(f.Kinds) > 0 {
		c, err := s.loadCatalog(ctx)
		if err != nil {
			return nil, err
		}
		r.files = c.matching(f)
		if len(f.Kinds) > 0 {
			r.kinds = []int64{}
		}
		for _, kind := range f.Kinds {
			if id, ok := c.kinds[kind]; ok && !slices.Contains(r.kinds, id) {
				r.kinds = append(r.kinds, id)
			}
		}
		// What lets everything pass need not be asked of every match.
		if len(r.files) == len(c.files) {
			r.files = nil
		}
		if len(r.kinds) == len(c.kinds) {
			r.kinds = nil
		}
	}
	for _, e := range f.Exclude {
		err := each(ctx, s.readers, func(rows *sql.Rows) error {
			var id int64
			err := rows.Scan(&id)
			r.excluded = append(r.excluded, id)
			return err
		}, "SELECT id FROM chunks"+overlapping, e.Path, e.StartLine, e.EndLine)
		if err != nil {
			return nil, err
		}
	}
	return r, nil
}

// overlapping selects the chunks of file ?1 that overlap lines ?2 to ?3; 0, 0 stands for all.
const overlapping = ` WHERE file_id = (SELECT id FROM files WHERE path = ?1) AND (?3 = 0 OR start_line <= ?3 AND end_line >= ?2)`

// matching returns the files that pass, nil where the filter does not ask about files.
func (c *catalog) matching(f search.Filter) []int64 {
	if len(f.Languages) == 0 && f.PathGlob == "" {
		return nil
	}
	languages := make([]string, len(f.Languages))
	for i, l := range f.Languages {
		languages[i] = strings.ToLower(l)
	}
	ids := []int64{}
	for _, file := range c.files {
		if len(languages) > 0 && !slices.Contains(languages, file.language) {
			continue
		}
		if f.PathGlob != "" && !doublestar.MatchUnvalidated(f.PathGlob, file.path) {
			continue
		}
		ids = append(ids, file.id)
	}
	return ids
}

// rows returns the rows of a view that pass, as a bitmap, and how many there are; nil for all.
func (r *resolved) rows(v *view) ([]uint64, int) {
	if r.everything() {
		return nil, len(v.Chunks)
	}
	files, kinds := setOf(r.files), setOf(r.kinds)
	bitmap := make([]uint64, (len(v.Chunks)+63)/64)
	n := 0
	for row := range v.Chunks {
		if files != nil && !files.has(v.Files[row]) || kinds != nil && !kinds.has(int64(v.Kinds[row])) {
			continue
		}
		bitmap[row>>6] |= 1 << (row & 63)
		n++
	}
	for _, chunk := range r.excluded {
		if row, ok := v.rowOf(chunk); ok && bitmap[row>>6]&(1<<(row&63)) != 0 {
			bitmap[row>>6] &^= 1 << (row & 63)
			n--
		}
	}
	return bitmap, n
}

func setOf(ids []int64) *idSet {
	if ids == nil {
		return nil
	}
	s := &idSet{}
	for _, id := range ids {
		s.add(id)
	}
	return s
}

// where returns the filter as conditions on the rowid of table fts, with their arguments. The plus signs keep SQLite
// from looking every file of the list up in the index, for every match, instead of the match in the list.
func (r *resolved) where() (string, []any) {
	var conditions []string
	var args []any
	if r.files != nil {
		conditions = append(conditions, "+c.file_id IN (SELECT value FROM json_each(?))")
		args = append(args, jsonList(r.files))
	}
	if r.kinds != nil {
		conditions = append(conditions, "+c.kind_id IN (SELECT value FROM json_each(?))")
		args = append(args, jsonList(r.kinds))
	}
	clause := ""
	if len(conditions) > 0 {
		clause = " AND EXISTS (SELECT 1 FROM chunks c INDEXED BY chunks_filter WHERE c.id = fts.rowid AND " + strings.Join(conditions, " AND ") + ")"
	}
	if len(r.excluded) > 0 {
		clause += " AND fts.rowid NOT IN (SELECT value FROM json_each(?))"
		args = append(args, jsonList(r.excluded))
	}
	return clause, args
}

func jsonList(ids []int64) string {
	b := make([]byte, 0, 8*len(ids)+2)
	b = append(b, '[')
	for i, id := range ids {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, id, 10)
	}
	return string(append(b, ']'))
}
