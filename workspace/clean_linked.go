package workspace

// This file removes linked work trees from the index of their common repository.

import (
	"context"

	"loradex/indexer"
	"loradex/indexer/gitrepo"
	"loradex/search"
)

// removable picks the work trees that a clean of some is about: those that are gone, or the linked one that a PATH is in.
func (s *Session) removable(where string, gone bool, all []indexer.TreeState) []indexer.TreeState {
	own, _ := s.linked(where)
	var out []indexer.TreeState
	for _, t := range all {
		if gone && isGone(t.Tree) || !gone && own != "" && t.Tree == (indexer.Tree{Repo: own}) {
			out = append(out, t)
		}
	}
	return out
}

// isGone tells whether a tree is a linked work tree that was removed.
func isGone(t indexer.Tree) bool {
	return t.IsWorkTree() && t.Repo != "" && !gitrepo.IsURL(t.Repo) && !isWorkTree(t.Repo)
}

// Linked is the linked work tree that a PATH is in and whose index is that of the common repository; "" for any other.
func (s *Session) Linked(where string) string {
	top, _ := s.linked(where)
	return top
}

// RemoveWorkTrees removes from an index that stays the linked work trees that are gone, or the one that a PATH is in, where
// confirm agrees. It returns the folder of the index and what the trees are called.
func (s *Session) RemoveWorkTrees(ctx context.Context, where string, gone bool, confirm func(dir string, names []string) bool) (dir string, names []string, err error) {
	dir, store, state, err := s.openToRemove(ctx, where)
	if err != nil {
		return "", nil, err
	}
	all := s.removable(where, gone, state.Trees)
	if len(all) == 0 {
		return dir, nil, nil
	}
	return s.removeTrees(ctx, dir, store, all, confirm)
}

// openToRemove opens an index for writing.
func (s *Session) openToRemove(ctx context.Context, where string) (dir string, store search.Backend, state search.State, err error) {
	dir, kind, err := s.lockIndex(ctx, where)
	if err != nil {
		return "", nil, state, err
	}
	if store, err = s.openStore(ctx, dir, kind, false); err != nil {
		return "", nil, state, err
	}
	state, err = store.State(ctx)
	return dir, store, state, err
}
