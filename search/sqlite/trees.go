package sqlite

import (
	"context"
	"database/sql"
	"slices"

	"loradex/indexer"
	"loradex/search"
)

// This file defines the trees of an index, and which of them a search sees.

// State implements search.Reader.
func (s *store) State(ctx context.Context) (search.State, error) {
	return read(ctx, s, "read the index's state", func(tx *sql.Tx) (search.State, error) {
		st := search.State{Trees: []indexer.TreeState{}}
		rows, err := s.trees(ctx, tx)
		for _, t := range rows {
			st.Trees = append(st.Trees, t.TreeState)
		}
		if err == nil {
			st.Languages, err = s.languages(ctx, tx)
		}
		if err == nil {
			st.Spaces, err = s.spaces(ctx, tx)
		}
		return st, err
	})
}

// treeRow is a tree with its number.
type treeRow struct {
	id int64
	indexer.TreeState
}

// trees lists the trees, work trees first, without what they hold.
func (s *store) trees(ctx context.Context, q querier) ([]treeRow, error) {
	languages, err := s.languages(ctx, q)
	if err != nil {
		return nil, err
	}
	return list(ctx, q, func(rows *sql.Rows) (treeRow, error) {
		var t treeRow
		var body string
		err := rows.Scan(&t.id, &t.Repo, &t.Branch, &t.Rev, &body)
		if err == nil {
			t.State, err = s.decodeState(body)
			t.State.Languages = languages
		}
		return t, err
	}, "SELECT id, repo, branch, rev, body FROM trees ORDER BY branch <> '' OR rev <> '', repo, branch, rev")
}

// countedTrees lists the trees with what they hold.
func (s *store) countedTrees(ctx context.Context, tx *sql.Tx) ([]indexer.TreeState, error) {
	rows, err := s.trees(ctx, tx)
	if err != nil {
		return nil, err
	}
	out := make([]indexer.TreeState, len(rows))
	for i, t := range rows {
		out[i] = t.TreeState
		err := tx.QueryRowContext(ctx, `SELECT count(*), coalesce(sum(f.chunks), 0) FROM members m CROSS JOIN files f
			ON f.id BETWEEN m.first AND m.last WHERE m.tree_id = ?`, t.id).Scan(&out[i].Files, &out[i].Chunks)
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// treeID returns the number of a tree, 0 where the index does not have it.
func treeID(ctx context.Context, q querier, t indexer.Tree) (int64, error) {
	return value[int64](q.QueryRowContext(ctx, "SELECT id FROM trees WHERE repo = ? AND branch = ? AND rev = ?", t.Repo, t.Branch, t.Rev))
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
func (s *store) settled(ctx context.Context, trees []indexer.Tree, fn func() error) error {
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
func (s *store) assign(ctx context.Context, q querier, chunks []versioned, trees []indexer.Tree) ([]search.Stored, error) {
	out := make([]search.Stored, len(chunks))
	versions := make([]int64, len(chunks))
	for i, c := range chunks {
		out[i], versions[i] = c.Stored, c.version
	}
	all, err := s.trees(ctx, q)
	if err != nil || len(all) < 2 {
		return out, err
	}
	places := map[int64]int{} // by a tree's number: its place among those that are asked for
	var asked []int64
	for i, t := range all {
		at := i
		if trees != nil {
			at = slices.Index(trees, t.Tree)
		}
		if at >= 0 {
			places[t.id] = at
			asked = append(asked, t.id)
		}
	}
	best := map[int64]int64{} // by version: the number of its tree
	err = each(ctx, q, func(rows *sql.Rows) error {
		var version, id int64
		if err := rows.Scan(&version, &id); err != nil {
			return err
		}
		if old, ok := best[version]; !ok || places[id] < places[old] {
			best[version] = id
		}
		return nil
	}, "SELECT v.value, t.value FROM json_each(?) v CROSS JOIN json_each(?) t WHERE "+isMember("t.value", "v.value"), jsonList(versions), jsonList(asked))
	for i := range out {
		if at := slices.IndexFunc(all, func(t treeRow) bool { return t.id == best[versions[i]] }); at >= 0 {
			out[i].Tree = &all[at].TreeState
		}
	}
	return out, err
}
