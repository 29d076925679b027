package gitrepo

import (
	"context"
	"errors"

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
	w := &recentWalk{repo: r, seen: map[string]bool{}}
	hash := plumbing.NewHash(rev)
	for range recentCommits {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		next, ok := w.commit(ctx, hash)
		if !ok {
			break
		}
		hash = next
	}
	return w.paths, nil
}

type recentWalk struct {
	repo  *Repo
	seen  map[string]bool
	paths []string
	trees int
}

// errEnough ends the walk at its limits.
var errEnough = errors.New("enough is known of what changed")

// commit takes the changes of one commit and returns its first parent; false where the walk ends.
func (w *recentWalk) commit(ctx context.Context, hash plumbing.Hash) (plumbing.Hash, bool) {
	w.repo.mu.Lock()
	defer w.repo.mu.Unlock()
	c, err := w.repo.commit(hash)
	if err != nil || len(c.ParentHashes) == 0 {
		return hash, false // the first commit brought everything, which says nothing
	}
	before, err := w.repo.commit(c.ParentHashes[0])
	if err != nil {
		return hash, false
	}
	w.trees++
	return before.Hash, w.repo.walkTrees(ctx, before.TreeHash, c.TreeHash, w.take) == nil
}

// take notes an entry in which two trees differ.
func (w *recentWalk) take(path string, _, now object.TreeEntry) (into bool, err error) {
	switch {
	case !validPath(path):
	case now.Mode == filemode.Dir:
		w.trees++
		into = true
	case !w.seen[path]:
		w.seen[path] = true
		w.paths = append(w.paths, path)
	}
	if w.trees > recentTrees || len(w.paths) == recentPaths {
		return false, errEnough
	}
	return into, nil
}
