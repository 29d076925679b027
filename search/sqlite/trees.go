package sqlite

import (
	"context"
	"database/sql"
	"slices"

	"loradex/adapters"
	"loradex/indexer"
	"loradex/search"
)

// This file defines the trees of an index, and which of them a search sees.

// State implements search.Reader.
func (s *Store) State(ctx context.Context) (search.State, error) {
	st := search.State{Trees: []indexer.TreeState{}}
	err := s.snapshot(ctx, func(tx *sql.Tx) error {
		var err error
		if st.Languages, err = s.languages(ctx, tx); err != nil {
			return err
		}
		err = each(ctx, tx, func(rows *sql.Rows) error {
			var id int64
			t, err := s.scanTree(rows, st.Languages, &id)
			st.Trees = append(st.Trees, t)
			return err
		}, "SELECT t.repo, t.branch, t.rev, t.body, t.id FROM trees t "+treeOrder)
		if err != nil {
			return err
		}
		st.Spaces, err = s.spaces(ctx, tx)
		return err
	})
	return st, s.explain(ctx, err, "read the index's state")
}

// countedTrees lists the trees with what they hold.
func (s *Store) countedTrees(ctx context.Context, tx *sql.Tx) ([]indexer.TreeState, error) {
	languages, err := s.languages(ctx, tx)
	if err != nil {
		return nil, err
	}
	out := []indexer.TreeState{}
	err = each(ctx, tx, func(rows *sql.Rows) error {
		var files, chunks int
		t, err := s.scanTree(rows, languages, &files, &chunks)
		t.Files, t.Chunks = files, chunks
		out = append(out, t)
		return err
	}, `SELECT t.repo, t.branch, t.rev, t.body, count(f.id), coalesce(sum(f.chunks), 0) FROM trees t
		LEFT JOIN members m ON m.tree_id = t.id LEFT JOIN files f ON f.id = m.file_id
		GROUP BY t.id `+treeOrder)
	return out, err
}

// scanTree reads a tree and what else stands in the row.
func (s *Store) scanTree(rows *sql.Rows, languages map[string]adapters.Mix, more ...any) (indexer.TreeState, error) {
	var t indexer.TreeState
	var body string
	err := rows.Scan(append([]any{&t.Repo, &t.Branch, &t.Rev, &body}, more...)...)
	if err == nil {
		t.State, err = s.decodeState(body)
		t.State.Languages = languages
	}
	return t, err
}

// treeOrder puts work trees first.
const treeOrder = "ORDER BY t.branch <> '' OR t.rev <> '', t.repo, t.branch, t.rev"

// treeID returns the number of a tree, 0 where the index does not have it.
func treeID(ctx context.Context, q querier, t indexer.Tree) (int64, error) {
	return idOf(q.QueryRowContext(ctx, "SELECT id FROM trees WHERE repo = ? AND branch = ? AND rev = ?", t.Repo, t.Branch, t.Rev))
}

// makeTree makes a tree that the index does not have and returns its number.
func makeTree(ctx context.Context, tx *sql.Tx, t indexer.Tree) (int64, error) {
	if err := t.Validate(); err != nil {
		return 0, err
	}
	result, err := tx.ExecContext(ctx, "INSERT INTO trees (repo, branch, rev, body) VALUES (?, ?, ?, '')", t.Repo, t.Branch, t.Rev)
	if err != nil {
		return 0, err
	}
	return result.LastInsertId()
}

// settled runs a search, again where the index has changed meanwhile: which versions a tree has and what they hold is
// read one after the other, and a version that a tree has just left for another must not be missed. A writer changes the
// index a few times a second, so this ends; where it does not, the last answer has to do.
func (s *Store) settled(ctx context.Context, trees []indexer.Tree, fn func() error) error {
	_, all, err := treeIDs(ctx, s.readers, trees)
	if err != nil {
		return s.explain(ctx, err, "list trees")
	}
	if all {
		return fn()
	}
	for range settleTries {
		before, err := currentState(ctx, s.readers)
		if err != nil {
			return s.explain(ctx, err, "read the index's state")
		}
		if err := fn(); err != nil {
			return err
		}
		after, err := currentState(ctx, s.readers)
		if err != nil || after == before {
			return s.explain(ctx, err, "read the index's state")
		}
	}
	return nil
}

const settleTries = 5

// membersOf selects the versions that some trees have.
const membersOf = "SELECT file_id FROM members WHERE tree_id IN (SELECT value FROM json_each(?))"

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
		t, err := s.scanTree(rows, languages, &id)
		ids, states = append(ids, id), append(states, &t)
		return err
	}, "SELECT t.repo, t.branch, t.rev, t.body, t.id FROM trees t "+treeOrder)
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
