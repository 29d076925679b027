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

// walkTree calls visit for every entry of a tree and its subtrees, folders before what is in them, in the order of
// git's index. visit returns whether to go into a folder. go-git's own walker fails on the first odd name; here names
// are visit's to judge, but no folder is entered whose name is not one. The caller holds r.mu.
func (r *Repo) walkTree(ctx context.Context, hash plumbing.Hash, visit func(path string, e object.TreeEntry) bool) error {
	return r.walkSubtree(ctx, hash, "", 0, visit)
}

func (r *Repo) walkSubtree(ctx context.Context, hash plumbing.Hash, prefix string, depth int,
	visit func(path string, e object.TreeEntry) bool,
) error {
	if err := ctx.Err(); err != nil {
		return fault.Wrap(fault.Canceled, err, "listing of %s stopped", r.Name())
	}
	if depth > maxTreeDepth {
		return fault.New(fault.Corrupt, "%s: tree %s lies more than %d folders deep", r.root, hash, maxTreeDepth)
	}
	tree, err := object.GetTree(r.store, hash)
	if err != nil {
		return r.objectError(err, "tree", hash.String())
	}
	for _, e := range tree.Entries {
		path := joinPath(prefix, e.Name)
		if !visit(path, e) || e.Mode != filemode.Dir || !validPath(path) {
			continue
		}
		if err := r.walkSubtree(ctx, e.Hash, path, depth+1, visit); err != nil {
			return err
		}
	}
	return nil
}
