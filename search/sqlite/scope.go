package sqlite

import (
	"context"
	"database/sql"
	"maps"
	"slices"

	"loradex/indexer"
	"loradex/internal/fault"
	"loradex/search"
)

// This file defines what some trees of an index are to a reader.

// In implements search.Forest.
func (s *Store) In(trees ...indexer.Tree) search.Reader {
	return &scope{Store: s, trees: append([]indexer.Tree{}, trees...)} // no tree is not any tree
}

// scope reads some trees; what it does not say is the whole store's.
type scope struct {
	*Store
	trees []indexer.Tree
}

// narrow adds the scope's trees to a filter.
func (c *scope) narrow(f search.Filter) search.Filter {
	trees := c.trees
	if f.Trees != nil {
		trees = slices.DeleteFunc(slices.Clone(f.Trees), func(t indexer.Tree) bool { return !slices.Contains(c.trees, t) })
	}
	f.Trees = trees
	return f
}

// Dense implements search.Reader.
func (c *scope) Dense(ctx context.Context, space string, vector []float32, f search.Filter, k int, exact bool) ([]search.Scored, error) {
	var hits []search.Scored
	err := c.settled(ctx, func() (err error) {
		hits, err = c.Store.Dense(ctx, space, vector, c.narrow(f), k, exact)
		return err
	})
	return hits, err
}

// Lexical implements search.Reader.
func (c *scope) Lexical(ctx context.Context, query string, f search.Filter, k int) ([]search.Scored, error) {
	var hits []search.Scored
	err := c.settled(ctx, func() (err error) {
		hits, err = c.Store.Lexical(ctx, query, c.narrow(f), k)
		return err
	})
	return hits, err
}

// settled runs a search, again where the index has changed meanwhile: which versions a tree has and what they hold is
// read one after the other, and a version that a tree has just left for another must not be missed. A writer changes the
// index a few times a second, so this ends; where it does not, the last answer has to do.
func (c *scope) settled(ctx context.Context, fn func() error) error {
	_, all, err := treeIDs(ctx, c.readers, c.trees)
	if err != nil {
		return c.explain(ctx, err, "list trees")
	}
	for range settleTries {
		before, err := currentState(ctx, c.readers)
		if err != nil {
			return c.explain(ctx, err, "read the index's state")
		}
		if err := fn(); err != nil || all {
			return err
		}
		after, err := currentState(ctx, c.readers)
		if err != nil || after == before {
			return c.explain(ctx, err, "read the index's state")
		}
	}
	return nil
}

const settleTries = 5

// Chunks implements search.Reader.
func (c *scope) Chunks(ctx context.Context, ids []search.ID) ([]search.Stored, error) {
	return c.chunks(ctx, ids, c.trees)
}

// At implements search.Reader.
func (c *scope) At(ctx context.Context, path string, a, b int) ([]search.Stored, error) {
	return c.at(ctx, path, a, b, c.trees)
}

// Files implements indexer.Manifest. Of several trees it is the files of all, those of the first where they differ.
func (c *scope) Files(ctx context.Context) (map[string]indexer.FileState, error) {
	out := map[string]indexer.FileState{}
	for _, t := range slices.Backward(c.trees) {
		files, err := c.files(ctx, t)
		if err != nil {
			return nil, err
		}
		maps.Copy(out, files)
	}
	return out, nil
}

// Repo implements indexer.Manifest: the state of the first tree.
func (c *scope) Repo(ctx context.Context) (indexer.RepoState, error) {
	if len(c.trees) == 0 {
		return indexer.RepoState{}, ctx.Err()
	}
	return c.repo(ctx, c.trees[0])
}

// ChunkCount implements indexer.Manifest.
func (c *scope) ChunkCount(ctx context.Context) (int, error) {
	n := 0
	err := c.snapshot(ctx, func(tx *sql.Tx) error {
		ids, all, err := treeIDs(ctx, tx, c.trees)
		if err != nil {
			return err
		}
		if all {
			n, err = countChunks(ctx, tx)
			return err
		}
		return tx.QueryRowContext(ctx, "SELECT coalesce(sum(chunks), 0) FROM files WHERE id IN ("+membersOf+")", jsonList(ids)).Scan(&n)
	})
	return n, c.explain(ctx, err, "count chunks")
}

// membersOf selects the versions that some trees have.
const membersOf = "SELECT file_id FROM members WHERE tree_id IN (SELECT value FROM json_each(?))"

// Covered implements indexer.Manifest.
func (c *scope) Covered(ctx context.Context, space string, languages []string) (int, error) {
	n := 0
	err := c.withView(ctx, space, func(v *view) error {
		if n = 0; languages != nil && len(languages) == 0 {
			return nil
		}
		r, err := c.resolve(ctx, c.narrow(search.Filter{Languages: languages}))
		if err == nil {
			_, n = r.rows(v)
		}
		return err
	})
	return n, err
}

// Spaces implements indexer.Manifest.
func (c *scope) Spaces(ctx context.Context) ([]indexer.SpaceState, error) {
	out, err := c.Store.Spaces(ctx)
	if err != nil {
		return nil, err
	}
	_, all, err := treeIDs(ctx, c.readers, c.trees)
	if all || err != nil {
		return out, c.explain(ctx, err, "list trees")
	}
	for i := range out {
		n, err := c.Covered(ctx, out[i].Space.ID, nil)
		if err != nil && fault.CodeOf(err) != fault.NotFound { // dropped just now
			return nil, err
		}
		out[i].Vectors = n
	}
	return out, nil
}

// treeIDs returns the numbers of those of some trees that the index has, in order, and whether that is all of them.
func treeIDs(ctx context.Context, q querier, trees []indexer.Tree) (ids []int64, all bool, err error) {
	if trees == nil {
		return nil, true, nil
	}
	known := map[indexer.Tree]int64{}
	err = each(ctx, q, func(rows *sql.Rows) error {
		var t indexer.Tree
		var id int64
		err := rows.Scan(&id, &t.Repo, &t.Branch, &t.Rev)
		known[t] = id
		return err
	}, "SELECT id, repo, branch, rev FROM trees")
	for _, t := range trees {
		if id := known[t]; id != 0 && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids, len(ids) == len(known), err
}

// assign says of chunks which tree they are found in: the first of trees that holds them, of all where it is nil. It does
// nothing where the index has one tree.
func (s *Store) assign(ctx context.Context, q querier, chunks []search.Stored, versions []int64, trees []indexer.Tree) error {
	var ids []int64
	var states []*indexer.TreeState
	languages, err := s.languages(ctx, q)
	if err != nil {
		return err
	}
	err = each(ctx, q, func(rows *sql.Rows) error {
		var id int64
		var body string
		t := &indexer.TreeState{}
		if err := rows.Scan(&id, &t.Repo, &t.Branch, &t.Rev, &body); err != nil {
			return err
		}
		var err error
		t.State, err = s.decodeState(body)
		t.State.Languages = languages
		ids, states = append(ids, id), append(states, t)
		return err
	}, "SELECT t.id, t.repo, t.branch, t.rev, t.body FROM trees t "+treeOrder)
	if err != nil || len(ids) < 2 {
		return err
	}
	best := map[int64]int{} // by version: the place of its tree
	err = each(ctx, q, func(rows *sql.Rows) error {
		var version, id int64
		if err := rows.Scan(&version, &id); err != nil {
			return err
		}
		at := slices.Index(ids, id)
		if at < 0 {
			return nil // made after the list was read
		}
		if trees != nil {
			if at = slices.Index(trees, states[at].Tree); at < 0 {
				return nil
			}
		}
		if old, ok := best[version]; !ok || at < old {
			best[version] = at
		}
		return nil
	}, "SELECT file_id, tree_id FROM members WHERE file_id IN (SELECT value FROM json_each(?))", jsonList(versions))
	for i := range chunks {
		at, ok := best[versions[i]]
		if !ok {
			continue
		}
		if trees != nil {
			at = slices.IndexFunc(states, func(t *indexer.TreeState) bool { return t.Tree == trees[at] })
		}
		chunks[i].Tree = states[at]
	}
	return err
}
