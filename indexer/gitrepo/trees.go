package gitrepo

import (
	"context"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"

	"loradex/internal/fault"
)

// maxTreeDepth bounds how deep folders may lie: a path has at most 4096 bytes on any file system.
const maxTreeDepth = 2048

// visitEntry is told of an entry of a tree, and what another tree has under its name. It returns whether to go into a
// folder; an error ends the walk.
type visitEntry func(path string, was, now object.TreeEntry) (into bool, err error)

// walkTrees calls visit for every entry of a tree and its subtrees that another tree does not have, or has with another
// content; the zero hash is a tree without entries. Folders come before what is in them, in the order of git's index.
// go-git's own walker fails on the first odd name; here names are visit's to judge, but no folder is entered whose name
// is not one. The caller holds r.mu.
func (r *Repo) walkTrees(ctx context.Context, before, after plumbing.Hash, visit visitEntry) error {
	return r.walkSubtrees(ctx, before, after, "", 0, visit)
}

func (r *Repo) walkSubtrees(ctx context.Context, before, after plumbing.Hash, prefix string, depth int, visit visitEntry) error {
	if before == after {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return fault.Wrap(fault.Canceled, err, "listing of %s stopped", r.Name())
	}
	if depth > maxTreeDepth {
		return fault.New(fault.Corrupt, "%s: tree %s lies more than %d folders deep", r.root, after, maxTreeDepth)
	}
	old := map[string]object.TreeEntry{}
	if !before.IsZero() {
		tree, err := r.tree(before)
		if err != nil {
			return err
		}
		for _, e := range tree.Entries {
			old[e.Name] = e
		}
	}
	tree, err := r.tree(after)
	if err != nil {
		return err
	}
	for _, e := range tree.Entries {
		was, path := old[e.Name], joinPath(prefix, e.Name)
		if was.Hash == e.Hash {
			continue
		}
		into, err := visit(path, was, e)
		if err != nil {
			return err
		}
		if !into || e.Mode != filemode.Dir || !validPath(path) {
			continue
		}
		if was.Mode != filemode.Dir {
			was.Hash = plumbing.ZeroHash
		}
		if err := r.walkSubtrees(ctx, was.Hash, e.Hash, path, depth+1, visit); err != nil {
			return err
		}
	}
	return nil
}
