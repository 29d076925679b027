package qdrant

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	client "github.com/qdrant/go-client/qdrant"

	"loradex/indexer"
	"loradex/internal/fault"
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

// Trees implements search.Forest.
func (s *Store) Trees(ctx context.Context) ([]indexer.TreeState, error) {
	var out []indexer.TreeState
	err := s.snapshot(ctx, "list trees", func(h head) error {
		out = []indexer.TreeState{}
		for _, e := range h.Trees {
			t := indexer.TreeState{Tree: e.Tree, State: h.state(e)}
			var err error
			if t.Files, err = s.count(ctx, s.main, filesOf(e, h.Generation)); err != nil {
				return err
			}
			chunks := append(visible(h.Generation), client.NewMatchKeyword(fieldType, typeChunk))
			if len(h.Trees) > 1 {
				chunks = append(chunks, e.visible(h.Generation)...)
			}
			if t.Chunks, err = s.count(ctx, s.main, &client.Filter{Must: chunks}); err != nil {
				return err
			}
			out = append(out, t)
		}
		return nil
	})
	slices.SortFunc(out, func(a, b indexer.TreeState) int { return compareTrees(a.Tree, b.Tree) })
	return out, err
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
func (s *Store) indexTree(ctx context.Context, collection string, t treeEntry) error {
	for _, field := range []string{t.from(), t.to()} {
		if err := s.index(ctx, collection, indexedField{field, client.FieldType_FieldTypeInteger}); err != nil {
			return err
		}
	}
	return nil
}

// Tree implements search.Forest.
func (s *Store) Tree(t indexer.Tree) indexer.Store {
	return &treeStore{scope: scope{Store: s, trees: []indexer.Tree{t}}, name: t}
}

// treeStore is the index of one tree.
type treeStore struct {
	scope
	name indexer.Tree
}

var (
	_ indexer.Store   = (*treeStore)(nil)
	_ indexer.Sharing = (*treeStore)(nil)
	_ indexer.Sharing = (*Store)(nil)
	_ search.Forest   = (*Store)(nil)
)

// PutFiles implements indexer.Sink.
func (t *treeStore) PutFiles(ctx context.Context, chunker string, files []indexer.File) error {
	return t.putFiles(ctx, t.name, chunker, files)
}

// RemoveFiles implements indexer.Sink.
func (t *treeStore) RemoveFiles(ctx context.Context, paths []string) error {
	return t.removeFiles(ctx, t.name, paths)
}

// TouchFiles implements indexer.Sink.
func (t *treeStore) TouchFiles(ctx context.Context, stats map[string]indexer.Stat) error {
	return t.touchFiles(ctx, t.name, stats)
}

// PutRepo implements indexer.Sink.
func (t *treeStore) PutRepo(ctx context.Context, r indexer.RepoState) error {
	return t.putRepo(ctx, t.name, r)
}

// Shared implements indexer.Sharing.
func (t *treeStore) Shared(ctx context.Context, chunker string) (map[indexer.FileVersion]indexer.FileState, error) {
	return t.shared(ctx, t.name, chunker)
}

// ShareFiles implements indexer.Sharing.
func (t *treeStore) ShareFiles(ctx context.Context, chunker string, files []indexer.FileState) error {
	return t.shareFiles(ctx, t.name, chunker, files)
}

// Shared implements indexer.Sharing, for the zero tree.
func (s *Store) Shared(ctx context.Context, chunker string) (map[indexer.FileVersion]indexer.FileState, error) {
	return s.shared(ctx, indexer.Tree{}, chunker)
}

// ShareFiles implements indexer.Sharing, for the zero tree.
func (s *Store) ShareFiles(ctx context.Context, chunker string, files []indexer.FileState) error {
	return s.shareFiles(ctx, indexer.Tree{}, chunker, files)
}

func (s *Store) shared(ctx context.Context, t indexer.Tree, chunker string) (map[indexer.FileVersion]indexer.FileState, error) {
	var out map[indexer.FileVersion]indexer.FileState
	err := s.snapshot(ctx, "list shared files", func(h head) error {
		out = map[indexer.FileVersion]indexer.FileState{}
		own, ok := h.tree(t)
		if len(h.Trees) == 0 || ok && len(h.Trees) == 1 {
			return nil
		}
		return s.eachFile(ctx, filesAt(h.Generation), func(f fileRecord) error {
			if f.member != own.member() && f.chunker == chunker && f.Blob != "" {
				out[indexer.FileVersion{Path: f.Path, Blob: f.Blob}] = f.FileState
			}
			return nil
		})
	})
	return out, err
}

func (s *Store) shareFiles(ctx context.Context, t indexer.Tree, chunker string, files []indexer.FileState) error {
	if len(files) == 0 {
		return ctx.Err()
	}
	return s.write(ctx, "share files", true, func(tx *transaction) error {
		e, err := tx.open(ctx, t)
		if err != nil {
			return err
		}
		c := change{tx: tx, tree: e, chunker: chunker}
		for _, f := range files {
			c.files = append(c.files, indexer.File{Path: f.Path, Blob: f.Blob, Language: f.Language, Stat: f.Stat})
		}
		if err := c.prepare(ctx); err != nil {
			return err
		}
		for _, f := range c.files {
			if !c.joins(&f) {
				return fault.New(fault.Conflict, "%s is not in another tree of the index any more", f.Path).
					WithHint("run `loradex index` again")
			}
		}
		return c.apply(ctx)
	})
}

// Languages implements indexer.Sharing.
func (s *Store) Languages(ctx context.Context) ([]string, error) {
	var out []string
	err := s.snapshot(ctx, "list languages", func(h head) error {
		set := map[string]bool{}
		out = []string{}
		return s.eachFile(ctx, filesAt(h.Generation), func(f fileRecord) error {
			if !set[f.Language] {
				set[f.Language] = true
				out = append(out, f.Language)
			}
			return nil
		})
	})
	slices.Sort(out)
	return out, err
}
