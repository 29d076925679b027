package gitrepo

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"

	"loradex/indexer"
	"loradex/internal/fault"
)

// This file walks through the history of a repository.

// Commit is a commit of a repository's history.
type Commit struct {
	Hash    string
	Subject string // the first line of its message
	Parents int
	// Changes compares the commit with its first parent. Of more than limit changed files, and of a commit without a
	// parent, it returns none and large. NotFound where an object is not here.
	Changes func(ctx context.Context, limit int) (changes []Change, large bool, err error)
}

// Change is a file that a commit changed or added.
type Change struct {
	Path     string
	Old, New string // hex blob hashes; Old is "" for a new file
	// Read returns the content of one of the two blobs; nil for one of more than limit bytes. NotFound where it is not here.
	Read func(blob string, limit int64) ([]byte, error)
}

// Log yields a commit and its ancestors, newest first by the committer's clock; equal times go by hash. The end of a
// shallow clone is the end of the history.
func (r *Repo) Log(ctx context.Context, rev string) iter.Seq2[Commit, error] {
	return func(yield func(Commit, error) bool) {
		var queue []*object.Commit // newest first
		seen := map[plumbing.Hash]bool{}
		push := func(hash plumbing.Hash) error {
			if seen[hash] {
				return nil
			}
			seen[hash] = true
			r.mu.Lock()
			c, err := r.commit(hash)
			r.mu.Unlock()
			if err == nil {
				at, _ := slices.BinarySearchFunc(queue, c, newestFirst)
				queue = slices.Insert(queue, at, c)
			}
			return err
		}
		err := push(plumbing.NewHash(rev))
		for err == nil && len(queue) > 0 {
			c := queue[0]
			queue = queue[1:]
			if err = ctx.Err(); err != nil {
				err = fault.Wrap(fault.Canceled, err, "the history of %s was not read to its end", r.Name())
				break
			}
			if !yield(r.commitOf(c), nil) {
				return
			}
			for _, hash := range c.ParentHashes {
				if broken := push(hash); broken != nil && !isMissing(broken) {
					err = cmp.Or(err, broken)
				}
			}
		}
		if err != nil {
			yield(Commit{}, err)
		}
	}
}

func newestFirst(a, b *object.Commit) int {
	return cmp.Or(b.Committer.When.Compare(a.Committer.When), cmp.Compare(a.Hash.String(), b.Hash.String()))
}

func (r *Repo) commitOf(c *object.Commit) Commit {
	return Commit{
		Hash: c.Hash.String(), Subject: subjectOf(c), Parents: len(c.ParentHashes),
		Changes: func(ctx context.Context, limit int) ([]Change, bool, error) {
			changes, err := r.changes(ctx, c, limit)
			if errors.Is(err, errLarge) {
				return nil, true, nil
			}
			return changes, false, notHere(err)
		},
	}
}

func subjectOf(c *object.Commit) string {
	subject, _, _ := strings.Cut(strings.TrimSpace(c.Message), "\n")
	return strings.TrimSpace(subject)
}

// errLarge ends the comparison of two trees that differ too much.
var errLarge = errors.New("more files are changed than were asked for")

// changes compares a commit with its first parent. Deleted files change nothing that is there now.
func (r *Repo) changes(ctx context.Context, c *object.Commit, limit int) (changes []Change, err error) {
	if len(c.ParentHashes) == 0 {
		return nil, errLarge // everything is new
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	parent, err := r.commit(c.ParentHashes[0])
	if err != nil {
		return nil, err
	}
	err = r.walkTrees(ctx, parent.TreeHash, c.TreeHash, func(path string, was, now object.TreeEntry) (bool, error) {
		if !isRegular(now.Mode) {
			return true, nil
		}
		if len(changes) == limit {
			return false, errLarge
		}
		change := Change{Path: path, New: now.Hash.String(), Read: r.readVersion}
		if isRegular(was.Mode) {
			change.Old = was.Hash.String()
		}
		changes = append(changes, change)
		return false, nil
	})
	return changes, err
}

func isRegular(mode filemode.FileMode) bool {
	return mode == filemode.Regular || mode == filemode.Executable
}

// readVersion is described at [Change].
func (r *Repo) readVersion(blob string, limit int64) ([]byte, error) {
	data, err := r.readBlob(blob, limit)
	if errors.As(err, new(indexer.SkipError)) {
		return nil, nil
	}
	return data, notHere(err)
}

// notHere gives an error that says that an object is missing the code NotFound.
func notHere(err error) error {
	if isMissing(err) {
		return fault.Wrap(fault.NotFound, err, "a part of the history is not here")
	}
	return err
}
