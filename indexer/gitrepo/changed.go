package gitrepo

import (
	"context"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/utils/diff"
	"github.com/sergi/go-diff/diffmatchpatch"

	"loradex/indexer"
	"loradex/internal/fault"
)

// This file finds what changed between a revision and the work tree, or between two revisions, by lines.

// Limits of [Repo.Changed].
const (
	changedBytes = 4 << 20 // of a file that is compared by lines; a larger one is taken whole
	changedFiles = 20_000
)

// Lines are lines of a file, from 1 and inclusive; 0, 0 is the whole file.
type Lines struct {
	Path       string
	Start, End int
}

// Changed lists the lines that are other ones in a tree than in the revision from, by path: those of the revision to, or of the
// work tree as it is on disk where to is "". Where lines were removed, the one before them counts. Deleted files have no lines.
// known are files of the work tree as they were seen before, which saves reading them. NotFound for a revision that does not
// exist, Invalid where more than 20,000 files changed.
func (r *Repo) Changed(ctx context.Context, from, to string, known map[string]indexer.FileState) ([]Lines, error) {
	before, err := r.resolve(from)
	if err != nil {
		return nil, err
	}
	now, err := r.contents(ctx, before, to, known)
	if err != nil {
		return nil, err
	}
	if len(now) > changedFiles {
		return nil, fault.New(fault.Invalid, "%d files changed since %s, more than %d", len(now), from, changedFiles).
			WithHint("name a later revision")
	}
	var out []Lines
	for _, path := range slices.Sorted(maps.Keys(now)) {
		if err := ctx.Err(); err != nil {
			return nil, fault.Wrap(fault.Canceled, err, "comparing the files of %s with %s", r.Name(), from)
		}
		c := now[path]
		data, err := c.read(ctx)
		if err != nil || data == nil {
			if isMissing(err) {
				return nil, err
			}
			continue // gone meanwhile, or not to be read: the index does not have it either
		}
		if data.was == nil || len(data.now) > changedBytes || !utf8.Valid(data.now) {
			out = append(out, Lines{Path: path})
			continue
		}
		out = append(out, changedLines(path, string(data.was), string(data.now))...)
	}
	return out, nil
}

// versions are two contents of a file; was is nil where there was none, or none that can be compared.
type versions struct{ was, now []byte }

// differing is a file whose content is another one.
type differing struct {
	read func(ctx context.Context) (*versions, error)
}

// contents lists the files that differ from a commit.
func (r *Repo) contents(ctx context.Context, before *object.Commit, to string, known map[string]indexer.FileState) (map[string]differing, error) {
	out := map[string]differing{}
	was := func(hash plumbing.Hash) ([]byte, error) {
		if hash.IsZero() {
			return nil, nil
		}
		return r.readVersion(hash.String(), changedBytes)
	}
	if to != "" {
		after, err := r.resolve(to)
		if err != nil {
			return nil, err
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		return out, r.walkTrees(ctx, before.TreeHash, after.TreeHash, func(path string, old, now object.TreeEntry) (bool, error) {
			if !isRegular(now.Mode) {
				return true, nil
			}
			if !isRegular(old.Mode) {
				old.Hash = plumbing.ZeroHash
			}
			out[path] = differing{func(context.Context) (*versions, error) {
				data, err := r.readVersion(now.Hash.String(), changedBytes)
				if err != nil || data == nil {
					return &versions{}, err
				}
				first, err := was(old.Hash)
				return &versions{first, data}, err
			}}
			return false, nil
		})
	}
	old := map[string]plumbing.Hash{}
	r.mu.Lock()
	err := r.walkTrees(ctx, plumbing.ZeroHash, before.TreeHash, func(path string, _, now object.TreeEntry) (bool, error) {
		if isRegular(now.Mode) {
			old[path] = now.Hash
		}
		return !isRegular(now.Mode), nil
	})
	r.mu.Unlock()
	if err != nil {
		return nil, err
	}
	snap, err := r.Source("").Scan(ctx, known, func(int) {})
	if err != nil {
		return nil, err
	}
	for i := range snap.Entries {
		e := &snap.Entries[i]
		first := old[e.Path]
		if e.Skip != "" || e.Blob != "" && e.Blob == first.String() {
			continue
		}
		out[e.Path] = differing{func(ctx context.Context) (*versions, error) {
			content, err := e.Read(ctx, changedBytes)
			if err != nil {
				return nil, err
			}
			if indexer.BlobHash(content.Data) == first.String() {
				return nil, nil //nolint:nilnil // the same after all
			}
			data, err := was(first)
			return &versions{data, content.Data}, err
		}}
	}
	return out, nil
}

// changedLines compares two texts.
func changedLines(path, was, now string) (out []Lines) {
	line := 1
	add := func(start, end int) {
		if n := len(out); n > 0 && out[n-1].End >= start-1 {
			out[n-1].End = max(out[n-1].End, end)
			return
		}
		out = append(out, Lines{path, start, end})
	}
	for _, d := range diff.Do(was, now) {
		n := strings.Count(d.Text, "\n")
		if d.Text != "" && !strings.HasSuffix(d.Text, "\n") {
			n++
		}
		switch d.Type {
		case diffmatchpatch.DiffInsert:
			add(line, line+n-1)
			line += n
		case diffmatchpatch.DiffDelete:
			add(max(line-1, 1), max(line-1, 1))
		case diffmatchpatch.DiffEqual:
			line += n
		}
	}
	return out
}
