package qdrant

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	client "github.com/qdrant/go-client/qdrant"

	"loradex/indexer"
	"loradex/search"
)

// This file defines the trees of an index. A chunk's point is shared by all trees that have its file. For each of them
// it says from and to which generation the tree has it, as it does for itself: so a search that asks for trees sees
// whole calls only, too. An index of one tree is searched without that: what exists is what the tree has.

// treeEntry is a tree in the head. Its number is not used again.
type treeEntry struct {
	ID    int64             `json:"id"`
	Tree  indexer.Tree      `json:"tree"`
	State indexer.RepoState `json:"state"` // without the mixes of the languages, which are the index's
}

// Names of the payload fields that say which generations a tree has a chunk in, and of the tree at its files.
func (t treeEntry) from() string   { return t.member() + "_from" }
func (t treeEntry) to() string     { return t.member() + "_to" }
func (t treeEntry) member() string { return "tree" + strconv.FormatInt(t.ID, 10) }

// files selects the files of the tree.
func (t treeEntry) files() *client.Condition { return client.NewMatchKeyword(fieldMember, t.member()) }

// visible selects what the tree has at a generation.
func (t treeEntry) visible(generation int64) []*client.Condition {
	return []*client.Condition{upTo(t.from(), generation), above(t.to(), generation)}
}

// state returns the state of a tree, with the index's mixes.
func (h *head) state(t treeEntry) indexer.RepoState {
	r := t.State
	r.Languages = h.Languages
	return r
}

// tree returns an entry, and whether the index has the tree.
func (h *head) tree(t indexer.Tree) (treeEntry, bool) {
	i := slices.IndexFunc(h.Trees, func(e treeEntry) bool { return e.Tree == t })
	if i < 0 {
		return treeEntry{}, false
	}
	return h.Trees[i], true
}

// treeFields returns the fields of all trees at a chunk.
func (h *head) treeFields() []string {
	var out []string
	for _, t := range h.Trees {
		out = append(out, t.from(), t.to())
	}
	return out
}

// within returns the condition for chunks of some trees, nil where that is all of them. none where no chunk can pass.
func (h *head) within(trees []indexer.Tree) (c []*client.Condition, none bool) {
	if trees == nil {
		return nil, false
	}
	var either []*client.Condition
	found := 0
	for _, t := range h.Trees {
		if slices.Contains(trees, t.Tree) {
			c = t.visible(h.Generation)
			either = append(either, client.NewFilterAsCondition(&client.Filter{Must: c}))
			found++
		}
	}
	switch found {
	case 0:
		return nil, true
	case len(h.Trees):
		return nil, false
	case 1:
		return c, false
	}
	return []*client.Condition{client.NewFilterAsCondition(&client.Filter{Should: either})}, false
}

// State implements search.Reader.
func (s *store) State(ctx context.Context) (search.State, error) {
	h, err := s.readHead(ctx)
	if err != nil {
		return search.State{}, s.explain(ctx, err, "read the index's state")
	}
	st := search.State{Trees: []indexer.TreeState{}, Languages: h.Languages}
	for _, e := range h.sortedTrees() {
		st.Trees = append(st.Trees, indexer.TreeState{Tree: e.Tree, State: h.state(e)})
	}
	for _, e := range h.Spaces {
		st.Spaces = append(st.Spaces, indexer.SpaceState{Space: e.Space, Default: e.Default})
	}
	return st, nil
}

// sortedTrees lists the trees: work trees first.
func (h *head) sortedTrees() []treeEntry {
	return slices.SortedFunc(slices.Values(h.Trees), func(a, b treeEntry) int { return compareTrees(a.Tree, b.Tree) })
}

// countedTrees lists the trees with what they hold.
func (s *store) countedTrees(ctx context.Context) ([]indexer.TreeState, error) {
	return snapshot(ctx, s, "list trees", func(h head) ([]indexer.TreeState, error) {
		out := []indexer.TreeState{}
		for _, e := range h.sortedTrees() {
			t := indexer.TreeState{Tree: e.Tree, State: h.state(e)}
			var err error
			if t.Files, err = s.count(ctx, s.main, filesAt(h.Generation, e.files())); err != nil {
				return nil, err
			}
			if t.Chunks, err = s.countIn(ctx, h, s.main, []indexer.Tree{e.Tree}, client.NewMatchKeyword(fieldType, typeChunk)); err != nil {
				return nil, err
			}
			out = append(out, t)
		}
		return out, nil
	})
}

// compareTrees puts work trees first.
func compareTrees(a, b indexer.Tree) int {
	later := func(t indexer.Tree) int {
		if t.IsWorkTree() {
			return 0
		}
		return 1
	}
	return cmp.Or(later(a)-later(b), cmp.Compare(a.Repo, b.Repo), cmp.Compare(a.Branch, b.Branch), cmp.Compare(a.Rev, b.Rev))
}

// open returns the entry of a tree, and makes it where the index does not have it. That counts at once: numbers of trees
// must be known to whoever cleans up behind a call that was killed.
func (tx *transaction) open(ctx context.Context, t indexer.Tree) (treeEntry, error) {
	if e, ok := tx.head.tree(t); ok {
		return e, nil
	}
	if err := t.Validate(); err != nil {
		return treeEntry{}, err
	}
	h := tx.head
	h.NextTree++
	e := treeEntry{ID: h.NextTree, Tree: t}
	err := tx.s.everywhere(h, func(collection string) error { return tx.s.indexTree(ctx, collection, e) })
	if err != nil {
		return e, err
	}
	h.Trees = append(slices.Clone(h.Trees), e)
	tx.next.Trees, tx.next.NextTree = h.Trees, h.NextTree
	return e, tx.put(ctx, h)
}

// indexTree makes the payload indexes of a tree.
func (s *store) indexTree(ctx context.Context, collection string, t treeEntry) error {
	for _, field := range []string{t.from(), t.to()} {
		if err := s.index(ctx, collection, indexedField{field, client.FieldType_FieldTypeInteger}); err != nil {
			return err
		}
	}
	return nil
}
