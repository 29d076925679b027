package gitrepo

import (
	"context"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// Limits of [Repo.recent].
const (
	recentCommits = 200
	recentTrees   = 5000 // folders that are read
	recentPaths   = 5000
)

// recent lists files by their last change, the latest first, as far as the last commits before rev tell: along first
// parents, within the limits above. What cannot be read ends the list, since it only decides what is done first: a
// shallow clone has no more, and a work tree can be indexed whatever the state of its history.
func (r *Repo) recent(ctx context.Context, rev string) ([]string, error) {
	if rev == "" {
		return nil, nil
	}
	w := &recentWalk{ctx: ctx, repo: r, seen: map[string]bool{}}
	hash := plumbing.NewHash(rev)
	for range recentCommits {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		next, ok := w.commit(hash)
		if !ok {
			break
		}
		hash = next
	}
	return w.paths, nil
}

type recentWalk struct {
	ctx   context.Context //nolint:containedctx // lives as long as the one call that it belongs to
	repo  *Repo
	seen  map[string]bool
	paths []string
	trees int
}

// commit takes the changes of one commit and returns its first parent; false where the walk ends.
func (w *recentWalk) commit(hash plumbing.Hash) (plumbing.Hash, bool) {
	w.repo.mu.Lock()
	defer w.repo.mu.Unlock()
	c, err := object.GetCommit(w.repo.store, hash)
	if err != nil || len(c.ParentHashes) == 0 {
		return hash, false // the first commit brought everything, which says nothing
	}
	before, err := object.GetCommit(w.repo.store, c.ParentHashes[0])
	if err != nil {
		return hash, false
	}
	return before.Hash, w.compare(before.TreeHash, c.TreeHash, "", 0)
}

// compare notes the files in which two trees differ; false where the limits are reached or an object is not there.
func (w *recentWalk) compare(before, after plumbing.Hash, prefix string, depth int) bool {
	if before == after {
		return true
	}
	w.trees++
	if w.trees > recentTrees || depth > maxTreeDepth || w.ctx.Err() != nil {
		return false
	}
	old := map[string]object.TreeEntry{}
	if !before.IsZero() {
		tree, err := object.GetTree(w.repo.store, before)
		if err != nil {
			return false
		}
		for _, e := range tree.Entries {
			old[e.Name] = e
		}
	}
	tree, err := object.GetTree(w.repo.store, after)
	if err != nil {
		return false
	}
	for _, e := range tree.Entries {
		was, path := old[e.Name], joinPath(prefix, e.Name)
		switch {
		case was.Hash == e.Hash || !validPath(path):
		case e.Mode == filemode.Dir:
			if was.Mode != filemode.Dir {
				was.Hash = plumbing.ZeroHash
			}
			if !w.compare(was.Hash, e.Hash, path, depth+1) {
				return false
			}
		case !w.seen[path]:
			if len(w.paths) == recentPaths {
				return false
			}
			w.seen[path] = true
			w.paths = append(w.paths, path)
		}
	}
	return true
}
