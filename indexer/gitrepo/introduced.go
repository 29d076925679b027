package gitrepo

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
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
	commit, err := object.GetCommit(r.store, plumbing.NewHash(rev))
	if err != nil {
		return Introduction{}, r.objectError(err, "commit", rev)
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
		parent, at, err := w.before(commit, path, blob)
		if err != nil {
			// A shallow or damaged history ends the walk, and says so.
			return introduction(commit, true), nil //nolint:nilerr // see above
		}
		if parent == nil {
			return introduction(commit, false), nil
		}
		commit, path, blob = parent, at.path, at.blob
	}
	return introduction(commit, true), nil
}

func introduction(c *object.Commit, bounded bool) Introduction {
	subject, _, _ := strings.Cut(strings.TrimSpace(c.Message), "\n")
	return Introduction{Commit: c.Hash.String(), Author: c.Author.Name, Time: c.Author.When, Subject: strings.TrimSpace(subject), Bounded: bounded}
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
func (w *introducedWalk) before(c *object.Commit, path string, blob plumbing.Hash) (*object.Commit, located, error) {
	parents := make([]*object.Commit, 0, len(c.ParentHashes))
	for _, hash := range c.ParentHashes {
		parent, err := object.GetCommit(w.repo.store, hash)
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
		at, ok, err := w.renamed(parent, c, path, blob)
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
		tree, err := object.GetTree(w.repo.store, at)
		if err != nil {
			return plumbing.ZeroHash, w.repo.objectError(err, "tree", at.String())
		}
		at = plumbing.ZeroHash
		for i := range tree.Entries {
			if tree.Entries[i].Name == part {
				at = tree.Entries[i].Hash
				break
			}
		}
		if at.IsZero() {
			return at, nil
		}
	}
	return at, nil
}

// holds says whether a blob has the text. What cannot be read has not.
func (w *introducedWalk) holds(blob plumbing.Hash) bool {
	if blob.IsZero() {
		return false
	}
	if known, ok := w.known[blob]; ok {
		return known
	}
	size, err := w.repo.store.EncodedObjectSize(blob)
	if err == nil && size <= introducedBytes {
		var b *object.Blob
		if b, err = object.GetBlob(w.repo.store, blob); err == nil {
			var data []byte
			data, err = readAll(b, introducedBytes)
			w.known[blob] = err == nil && bytes.Contains(normalized(data), w.text)
		}
	}
	return w.known[blob]
}

// renamed looks for a file that a commit has under a new name, among those that the parent has and the commit has not.
func (w *introducedWalk) renamed(parent, c *object.Commit, path string, blob plumbing.Hash) (located, bool, error) {
	if was, err := w.blobAt(parent, path); err != nil || !was.IsZero() {
		return located{}, false, err // it was there, without the text
	}
	var removed []located
	if err := w.removed(parent.TreeHash, c.TreeHash, "", 0, &removed); err != nil {
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

// removed lists the files of one tree that another does not have.
func (w *introducedWalk) removed(before, after plumbing.Hash, prefix string, depth int, out *[]located) error {
	if before == after || depth > maxTreeDepth || len(*out) >= maxRemoved {
		return nil
	}
	old, err := object.GetTree(w.repo.store, before)
	if err != nil {
		return err
	}
	now := map[string]object.TreeEntry{}
	if !after.IsZero() {
		tree, err := object.GetTree(w.repo.store, after)
		if err != nil {
			return err
		}
		for _, e := range tree.Entries {
			now[e.Name] = e
		}
	}
	for _, e := range old.Entries {
		same, there := now[e.Name]
		path := joinPath(prefix, e.Name)
		switch {
		case e.Mode == filemode.Dir && validPath(path):
			next := plumbing.ZeroHash
			if there && same.Mode == filemode.Dir {
				next = same.Hash
			}
			if err := w.removed(e.Hash, next, path, depth+1, out); err != nil {
				return err
			}
		case e.Mode.IsFile() && !there && validPath(path):
			*out = append(*out, located{path, e.Hash})
		}
	}
	return nil
}

// normalized returns a text with plain line ends, and without those around it.
func normalized(text []byte) []byte {
	return bytes.Trim(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")), "\n")
}
