package gitrepo

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"

	"loradex/internal/fault"
)

// This file finds the commit that brought a piece of code to its file.

// Limits of [Repo.Introduced].
const (
	introducedCommits = 20_000
	introducedRenames = 200     // contents that are read to follow one rename
	introducedBytes   = 4 << 20 // of a file; a larger one is taken not to have the text
)

// Introduction is the commit that brought a text.
type Introduction struct {
	Commit, Author, Subject string
	Time                    time.Time // the author's
	// Bounded says that the walk ended at a limit, ctx's deadline, or where the history is cut off: the text is at least
	// as old as this commit.
	Bounded bool
}

// Introduced finds the oldest commit from which on a text is in the file at path, in every commit up to rev; line ends do
// not matter. At a merge the walk follows the first parent that has the text. A file that was not there before is looked
// for under another name: with the same content, or among the files that the commit removed, with the text.
//
// The walk looks at 20,000 commits at most, and a deadline of ctx ends it without an error. NotFound where the text is not
// in the file at rev: it is not committed.
func (r *Repo) Introduced(ctx context.Context, rev, path, text string) (Introduction, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	w := &introducedWalk{repo: r, text: normalized([]byte(text)), known: map[plumbing.Hash]bool{}}
	commit, err := r.commit(plumbing.NewHash(rev))
	if err != nil {
		return Introduction{}, err
	}
	blob, err := w.blobAt(commit, path)
	if err != nil {
		return Introduction{}, err
	}
	if len(w.text) == 0 || !w.holds(blob) {
		return Introduction{}, fault.New(fault.NotFound, "%s does not have this code at %.10s", path, rev)
	}
	for range introducedCommits {
		if errors.Is(ctx.Err(), context.Canceled) {
			return Introduction{}, fault.Wrap(fault.Canceled, ctx.Err(), "looking into the history of %s", path)
		}
		if ctx.Err() != nil {
			return introduction(commit, true), nil
		}
		parent, at, err := w.before(ctx, commit, path, blob)
		if err != nil && ctx.Err() == nil {
			// A shallow or damaged history ends the walk, and says so.
			return introduction(commit, true), nil //nolint:nilerr // see above
		}
		if err != nil {
			continue // ctx ended meanwhile
		}
		if parent == nil {
			return introduction(commit, false), nil
		}
		commit, path, blob = parent, at.path, at.blob
	}
	return introduction(commit, true), nil
}

func introduction(c *object.Commit, bounded bool) Introduction {
	return Introduction{Commit: c.Hash.String(), Author: c.Author.Name, Time: c.Author.When, Subject: subjectOf(c), Bounded: bounded}
}

// introducedWalk is one walk. The caller holds the repository's lock.
type introducedWalk struct {
	repo  *Repo
	text  []byte
	known map[plumbing.Hash]bool // whether a blob has the text
}

// located is a file of a commit.
type located struct {
	path string
	blob plumbing.Hash
}

// before returns the first parent that has the text, and where; nil where none has it.
func (w *introducedWalk) before(ctx context.Context, c *object.Commit, path string, blob plumbing.Hash) (*object.Commit, located, error) {
	parents := make([]*object.Commit, 0, len(c.ParentHashes))
	for _, hash := range c.ParentHashes {
		parent, err := w.repo.commit(hash)
		if err != nil {
			return nil, located{}, err
		}
		parents = append(parents, parent)
		was, err := w.blobAt(parent, path)
		if err != nil {
			return nil, located{}, err
		}
		if was == blob || w.holds(was) {
			return parent, located{path, was}, nil
		}
	}
	for _, parent := range parents {
		at, ok, err := w.renamed(ctx, parent, c, path, blob)
		if ok || err != nil {
			return parent, at, err
		}
	}
	return nil, located{}, nil
}

// blobAt returns the file at a path, the zero hash where there is none.
func (w *introducedWalk) blobAt(c *object.Commit, path string) (plumbing.Hash, error) {
	at := c.TreeHash
	for part := range strings.SplitSeq(path, "/") {
		tree, err := w.repo.tree(at)
		if err != nil {
			return plumbing.ZeroHash, err
		}
		i := slices.IndexFunc(tree.Entries, func(e object.TreeEntry) bool { return e.Name == part })
		if i < 0 {
			return plumbing.ZeroHash, nil
		}
		at = tree.Entries[i].Hash
	}
	return at, nil
}

// holds says whether a blob has the text. What cannot be read has not.
func (w *introducedWalk) holds(blob plumbing.Hash) bool {
	if blob.IsZero() {
		return false
	}
	has, known := w.known[blob]
	if !known {
		data, err := w.repo.blob(blob, introducedBytes)
		has = err == nil && bytes.Contains(normalized(data), w.text)
		w.known[blob] = has
	}
	return has
}

// renamed looks for a file that a commit has under a new name, among those that the parent has and the commit has not.
func (w *introducedWalk) renamed(ctx context.Context, parent, c *object.Commit, path string, blob plumbing.Hash) (located, bool, error) {
	if was, err := w.blobAt(parent, path); err != nil || !was.IsZero() {
		return located{}, false, err // it was there, without the text
	}
	removed, err := w.removed(ctx, parent, c)
	if err != nil {
		return located{}, false, err
	}
	for _, l := range removed {
		if l.blob == blob {
			return l, true, nil
		}
	}
	for _, l := range removed[:min(len(removed), introducedRenames)] {
		if w.holds(l.blob) {
			return l, true, nil
		}
	}
	return located{}, false, nil
}

// maxRemoved bounds the list of files that a commit removed.
const maxRemoved = 10_000

// removed lists the files of a commit that another does not have.
func (w *introducedWalk) removed(ctx context.Context, from, c *object.Commit) (files []located, err error) {
	err = w.repo.walkTrees(ctx, c.TreeHash, from.TreeHash, func(path string, now, was object.TreeEntry) (bool, error) {
		if was.Mode.IsFile() && now.Name == "" && validPath(path) {
			files = append(files, located{path, was.Hash})
		}
		return len(files) < maxRemoved, nil
	})
	return files, err
}

// normalized returns a text with plain line ends, and without those around it.
func normalized(text []byte) []byte {
	return bytes.Trim(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")), "\n")
}
