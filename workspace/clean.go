package workspace

// This file removes indexes, and parts of them.

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"loradex/indexer"
	"loradex/indexer/fresh"
	"loradex/internal/fault"
	"loradex/search"
)

// RemoveIndex deletes an index folder that nobody writes.
func (s *Session) RemoveIndex(ctx context.Context, dir string) error {
	// Find gives nothing else; a folder of another shape is none of ours to delete.
	if s.Shared != "" {
		if !s.isShared(ctx, dir) {
			return fault.New(fault.NotFound, "%s holds no index", dir)
		}
	} else if filepath.Base(dir) != indexer.FolderOf && filepath.Dir(dir) != s.Home.Indexes() {
		return fault.New(fault.Internal, "%s is not an index folder", dir)
	}
	release, err := indexer.Lock(dir)
	if err != nil {
		return err
	}
	kind, _, err := storeOf(dir)
	if err == nil && kind == InQdrant { // before the folder: without it nothing would know of the collections
		err = s.destroyQdrant(ctx, dir)
	}
	if err != nil {
		return errors.Join(err, release())
	}
	if err := os.RemoveAll(dir); err != nil {
		return fault.Wrap(fault.Unavailable, err, "the index %s cannot be removed", dir)
	}
	return release()
}

// isShared tells whether a folder holds the index of several repositories that this session is about.
func (s *Session) isShared(ctx context.Context, dir string) bool {
	if found, err := s.FindIndex(ctx, ""); err != nil || found != dir {
		return false
	}
	for _, name := range []string{"index.db", "store.json"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			return true
		}
	}
	return false
}

// RemoveTrees removes the trees that a selection names, with all that no other tree needs, where confirm agrees: of a shared
// index all trees of a repository, of an index of its own all but the work tree, which goes with the index. It returns the
// folder of the index and what the trees are called.
func (s *Session) RemoveTrees(ctx context.Context, where string, sel search.Selection, confirm func(dir string, names []string) bool) (dir string, names []string, err error) {
	dir, store, state, err := s.openToRemove(ctx, where)
	if err != nil {
		return "", nil, err
	}
	all := state.Trees
	if s.Shared != "" {
		if all, err = treesAt(all, sel.Repo); err != nil {
			return "", nil, err
		}
		sel.Repo = ""
	}
	if !sel.IsZero() {
		rest := all[:0:0]
		for _, t := range all {
			if t.Branch != "" && sel.Rev == "" || t.Rev != "" && sel.Rev != "" {
				rest = append(rest, t)
			}
		}
		if all, err = s.pick(ctx, rest, where, sel); err != nil {
			return "", nil, err
		}
	}
	return s.removeTrees(ctx, dir, store, all, confirm)
}

// removeTrees removes trees, where confirm agrees, and the lists of their files.
func (s *Session) removeTrees(ctx context.Context, dir string, store search.Backend, all []indexer.TreeState, confirm func(dir string, names []string) bool) (_ string, names []string, err error) {
	trees := namesOf(all)
	for _, t := range trees {
		names = append(names, t.String())
	}
	if !confirm(dir, names) {
		return "", nil, fault.New(fault.Canceled, "nothing was removed")
	}
	if err := store.RemoveTrees(ctx, trees...); err != nil {
		return dir, names, err
	}
	for _, t := range trees {
		if t.IsWorkTree() {
			err = errors.Join(err, fresh.Remove(listFile(dir, t)))
		}
	}
	return dir, names, err
}
