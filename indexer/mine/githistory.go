package mine

import (
	"container/heap"
	"context"
	"errors"
	"io"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"

	"loradex/indexer/gitrepo"
	"loradex/internal/fault"
)

// GitHistory is the history of a git repository. Not safe for concurrent use. Close it.
type GitHistory struct {
	name  string
	store gitrepo.Objects
}

var _ History = (*GitHistory)(nil)

// OpenHistory opens the history of a repository that package gitrepo opened, and thereby found readable.
func OpenHistory(repo *gitrepo.Repo) (*GitHistory, error) {
	store, err := repo.OpenObjects()
	if err != nil {
		return nil, err
	}
	return &GitHistory{name: repo.Name(), store: store}, nil
}

// Close frees the file descriptors.
func (h *GitHistory) Close() error {
	if err := h.store.Close(); err != nil {
		return fault.Wrap(fault.Unavailable, err, "closing %s", h.name)
	}
	return nil
}

// Log is described in [History]. Newest is by the committer's clock; equal times go by hash.
func (h *GitHistory) Log(ctx context.Context, rev string, limit int, visit func(Commit) error) error {
	first, err := object.GetCommit(h.store, plumbing.NewHash(rev))
	if err != nil {
		return fault.Wrap(fault.Unavailable, err, "%s: commit %s cannot be read", h.name, rev).WithHint("run `git fsck` there")
	}
	queue := &commitQueue{first}
	seen := map[plumbing.Hash]bool{first.Hash: true}
	for n := 0; n < limit && queue.Len() > 0; n++ {
		if err := ctx.Err(); err != nil {
			return fault.Wrap(fault.Canceled, err, "mining of %s stopped", h.name)
		}
		c := heap.Pop(queue).(*object.Commit) //nolint:errcheck // the queue holds nothing else
		if err := visit(h.commit(c)); err != nil {
			return err
		}
		for _, hash := range c.ParentHashes {
			if seen[hash] {
				continue
			}
			seen[hash] = true
			parent, err := object.GetCommit(h.store, hash)
			if errors.Is(err, plumbing.ErrObjectNotFound) {
				continue // the clone is shallow
			}
			if err != nil {
				return fault.Wrap(fault.Unavailable, err, "%s: commit %s cannot be read", h.name, hash).WithHint("run `git fsck` there")
			}
			heap.Push(queue, parent)
		}
	}
	return nil
}

func (h *GitHistory) commit(c *object.Commit) Commit {
	subject, _, _ := strings.Cut(strings.TrimSpace(c.Message), "\n")
	return Commit{
		Hash: c.Hash.String(), Subject: strings.TrimSpace(subject), Parents: len(c.ParentHashes),
		Changes: func(ctx context.Context, limit int) ([]Change, bool, error) {
			if len(c.ParentHashes) == 0 {
				return nil, true, nil // everything is new
			}
			parent, err := object.GetCommit(h.store, c.ParentHashes[0])
			if err != nil {
				return nil, false, h.missing(err, "commit", c.ParentHashes[0])
			}
			d := treeDiff{h: h, limit: limit}
			err = d.compare(ctx, parent.TreeHash, c.TreeHash, "", 0)
			if d.large {
				return nil, true, nil
			}
			return d.changes, false, err
		},
	}
}

// missing tells an object that is not here from one that cannot be read.
func (h *GitHistory) missing(err error, kind string, hash plumbing.Hash) error {
	if errors.Is(err, plumbing.ErrObjectNotFound) {
		return fault.Wrap(fault.NotFound, err, "%s: %s %s is not here", h.name, kind, hash)
	}
	return fault.Wrap(fault.Unavailable, err, "%s: %s %s cannot be read", h.name, kind, hash).WithHint("run `git fsck` there")
}

func (h *GitHistory) read(_ context.Context, blob string, limit int64) ([]byte, error) {
	hash := plumbing.NewHash(blob)
	o, err := h.store.EncodedObject(plumbing.BlobObject, hash)
	if err != nil {
		return nil, h.missing(err, "blob", hash)
	}
	if o.Size() > limit {
		return nil, nil
	}
	r, err := o.Reader()
	if err != nil {
		return nil, h.missing(err, "blob", hash)
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, limit))
	if err != nil {
		return nil, h.missing(err, "blob", hash)
	}
	return data, nil
}

// treeDiff compares two trees, and stops where they differ too much.
type treeDiff struct {
	h       *GitHistory
	limit   int
	changes []Change
	large   bool
}

// maxDepth bounds how deep folders are compared; deeper ones hold no code that anyone wrote.
const maxDepth = 64

// compare walks the entries of two trees side by side. Deleted files change the count of nothing that is there now.
func (d *treeDiff) compare(ctx context.Context, before, after plumbing.Hash, prefix string, depth int) error {
	if before == after || d.large || depth > maxDepth {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return fault.Wrap(fault.Canceled, err, "mining of %s stopped", d.h.name)
	}
	old := map[string]object.TreeEntry{}
	if !before.IsZero() {
		tree, err := object.GetTree(d.h.store, before)
		if err != nil {
			return d.h.missing(err, "tree", before)
		}
		for _, e := range tree.Entries {
			old[e.Name] = e
		}
	}
	tree, err := object.GetTree(d.h.store, after)
	if err != nil {
		return d.h.missing(err, "tree", after)
	}
	for _, e := range tree.Entries {
		was := old[e.Name]
		if was.Hash == e.Hash {
			continue
		}
		if e.Mode == filemode.Dir {
			if was.Mode != filemode.Dir {
				was.Hash = plumbing.ZeroHash
			}
			if err := d.compare(ctx, was.Hash, e.Hash, prefix+e.Name+"/", depth+1); err != nil {
				return err
			}
			continue
		}
		if e.Mode != filemode.Regular && e.Mode != filemode.Executable {
			continue
		}
		if len(d.changes) == d.limit {
			d.large = true
			return nil
		}
		change := Change{Path: prefix + e.Name, New: e.Hash.String(), Read: d.h.read}
		if was.Mode == filemode.Regular || was.Mode == filemode.Executable {
			change.Old = was.Hash.String()
		}
		d.changes = append(d.changes, change)
	}
	return nil
}

// commitQueue is a heap of commits, newest first.
type commitQueue []*object.Commit

func (q commitQueue) Len() int { return len(q) }
func (q commitQueue) Less(i, j int) bool {
	a, b := q[i], q[j]
	if !a.Committer.When.Equal(b.Committer.When) {
		return a.Committer.When.After(b.Committer.When)
	}
	return a.Hash.String() < b.Hash.String()
}
func (q commitQueue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }

// Push is called by package heap.
func (q *commitQueue) Push(c any) {
	*q = append(*q, c.(*object.Commit)) //nolint:errcheck // the queue holds nothing else
}

// Pop is called by package heap.
func (q *commitQueue) Pop() any {
	old := *q
	last := old[len(old)-1]
	*q = old[:len(old)-1]
	return last
}
