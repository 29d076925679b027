package sqlite

import (
	"context"
	"database/sql"
	"slices"
	"strconv"
	"strings"
	"sync"

	"loradex/search"
)

// This file defines how a search.Filter becomes sets of IDs, which the scan and the word index both take.

// catalog is what filters ask about: the files and kinds of one state. Files are few next to chunks, so a filter is
// resolved over them in Go, where path patterns are.
type catalog struct {
	state
	files []catalogFile
	kinds map[string]int64

	treesMu sync.Mutex        // guards trees
	trees   map[string]*idSet // versions that some trees have, by the list of the trees' numbers
}

type catalogFile struct {
	id             int64
	path, language string
}

// loadCatalog returns the catalog of the present state.
func (s *store) loadCatalog(ctx context.Context) (*catalog, error) {
	st, err := currentState(ctx, s.readers)
	if err != nil {
		return nil, err
	}
	c := s.catalog.Load()
	if c != nil && c.state == st {
		return c, nil
	}
	c = &catalog{kinds: map[string]int64{}, trees: map[string]*idSet{}}
	err = s.snapshot(ctx, func(tx *sql.Tx) error {
		if c.state, err = currentState(ctx, tx); err != nil {
			return err
		}
		c.files, err = list(ctx, tx, func(rows *sql.Rows) (catalogFile, error) {
			var f catalogFile
			err := rows.Scan(&f.id, &f.path, &f.language)
			return f, err
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
	s.catalog.Store(c)
	return c, nil
}

// resolved is a filter as IDs. A nil list matches everything, an empty one nothing.
type resolved struct {
	files, kinds []int64
	others       []int64 // the files that are not in files, where that is the shorter list; else nil
	excluded     []int64 // chunks
	only         []int64 // chunks
}

func (r *resolved) everything() bool {
	return r.files == nil && r.kinds == nil && r.only == nil && len(r.excluded) == 0
}

// nothing says whether no chunk can pass.
func (r *resolved) nothing() bool {
	return r.files != nil && len(r.files) == 0 || r.kinds != nil && len(r.kinds) == 0 || r.only != nil && len(r.only) == 0
}

// resolve turns a filter that was checked into IDs.
func (s *store) resolve(ctx context.Context, f search.Filter) (*resolved, error) {
	r := &resolved{}
	if f.Only != nil {
		r.only = make([]int64, len(f.Only))
		for i, id := range f.Only {
			r.only[i] = int64(id)
		}
	}
	trees, all, err := treeIDs(ctx, s.readers, f.Trees)
	if err != nil {
		return nil, err
	}
	if !all || len(f.Languages) > 0 || len(f.Paths) > 0 || len(f.Kinds) > 0 {
		c, err := s.loadCatalog(ctx)
		if err != nil {
			return nil, err
		}
		var within *idSet
		if !all {
			if within, err = s.versionsOf(ctx, c, trees); err != nil {
				return nil, err
			}
		}
		r.files, r.others = c.matching(f, within)
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
			r.files, r.others = nil, nil
		}
		if len(r.kinds) == len(c.kinds) {
			r.kinds = nil
		}
	}
	for _, e := range f.Exclude {
		ids, err := column[int64](ctx, s.readers, "SELECT id FROM chunks"+overlapping, e.Path, e.StartLine, e.EndLine)
		if err != nil {
			return nil, err
		}
		r.excluded = append(r.excluded, ids...)
	}
	return r, nil
}

// overlapping selects the chunks of file ?1 that overlap lines ?2 to ?3; 0, 0 stands for all.
const overlapping = ` WHERE file_id IN (SELECT id FROM files WHERE path = ?1) AND (?3 = 0 OR start_line <= ?3 AND end_line >= ?2)`

// versionsOf returns the versions of files that some trees have, read once for each state of the index.
func (s *store) versionsOf(ctx context.Context, c *catalog, trees []int64) (*idSet, error) {
	key := jsonList(trees)
	c.treesMu.Lock()
	defer c.treesMu.Unlock()
	if set := c.trees[key]; set != nil {
		return set, nil
	}
	ids, err := column[int64](ctx, s.readers, membersOf, key)
	if err != nil {
		return nil, err
	}
	set := setOf(ids)
	if len(c.trees) >= maxTreeSets {
		clear(c.trees)
	}
	c.trees[key] = set
	return set, nil
}

// maxTreeSets bounds the sets that a catalog keeps: a search asks for a few again and again.
const maxTreeSets = 32

// matching returns the files that pass, and those that do not where they are fewer; nil where the filter does not ask
// about files. within are those of the trees that count, nil for all.
func (c *catalog) matching(f search.Filter, within *idSet) (in, out []int64) {
	if len(f.Languages) == 0 && len(f.Paths) == 0 && within == nil {
		return nil, nil
	}
	languages := make([]string, len(f.Languages))
	for i, l := range f.Languages {
		languages[i] = strings.ToLower(l)
	}
	paths, _ := search.ReadPaths(f.Paths) //nolint:errcheck // it was checked
	in = []int64{}
	for _, file := range c.files {
		if within != nil && !within.has(file.id) ||
			len(languages) > 0 && !slices.Contains(languages, file.language) ||
			!paths.Match(file.path) {
			out = append(out, file.id)
			continue
		}
		in = append(in, file.id)
	}
	if len(out) >= len(in) {
		out = nil
	}
	return in, out
}

// rows returns the rows of a view that pass, as a bitmap, and how many there are; nil for all.
func (r *resolved) rows(v *view) ([]uint64, int) {
	if r.everything() {
		return v.alive, v.live
	}
	return v.pick(setOf(r.files), setOf(r.kinds), setOf(r.only), r.excluded)
}

func jsonList[T ~int64](ids []T) string {
	b := make([]byte, 0, 8*len(ids)+2)
	b = append(b, '[')
	for i, id := range ids {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, int64(id), 10)
	}
	return string(append(b, ']'))
}
