package gitrepo

import (
	"errors"
	"io"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"

	"loradex/indexer"
	"loradex/internal/fault"
)

// This file reads objects. The caller holds r.mu, but for readBlob.

func (r *Repo) commit(hash plumbing.Hash) (*object.Commit, error) {
	c, err := object.GetCommit(r.store, hash)
	if err != nil {
		return nil, r.objectError(err, "commit", hash)
	}
	return c, nil
}

func (r *Repo) tree(hash plumbing.Hash) (*object.Tree, error) {
	t, err := object.GetTree(r.store, hash)
	if err != nil {
		return nil, r.objectError(err, "tree", hash)
	}
	return t, nil
}

// blob returns a content of at most limit bytes. The size is looked up first, so that a larger blob is not unpacked: that
// is an [indexer.SkipError].
func (r *Repo) blob(hash plumbing.Hash, limit int64) ([]byte, error) {
	size, err := r.store.EncodedObjectSize(hash)
	if err != nil {
		return nil, r.objectError(err, "blob", hash)
	}
	if size > limit {
		return nil, indexer.SkipError{Reason: indexer.Huge}
	}
	blob, err := object.GetBlob(r.store, hash)
	if err != nil {
		return nil, r.objectError(err, "blob", hash)
	}
	reader, err := blob.Reader()
	if err != nil {
		return nil, r.objectError(err, "blob", hash)
	}
	defer reader.Close() // only reads
	data, err := io.ReadAll(io.LimitReader(reader, limit))
	if err != nil {
		return nil, r.objectError(err, "blob", hash)
	}
	if int64(len(data)) != size {
		return nil, fault.New(fault.Unavailable, "%s: blob %s has %d bytes, not %d", r.root, hash, len(data), size).
			WithHint("run `git fsck` there")
	}
	return data, nil
}

func (r *Repo) readBlob(hash string, limit int64) ([]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.blob(plumbing.NewHash(hash), limit)
}

// missing marks an error that says that an object is not here: the clone is shallow or partial, or damaged.
type missing struct{ error }

func (m missing) Unwrap() error { return m.error }

func isMissing(err error) bool { return errors.As(err, new(missing)) }

// objectError names an object that cannot be read. Its code is Unavailable, which ends a run: an index that silently
// lacks most of a revision would be worse than none.
func (r *Repo) objectError(err error, kind string, hash any) error {
	switch {
	case !errors.Is(err, plumbing.ErrObjectNotFound):
		return fault.Wrap(fault.Unavailable, err, "%s: %s %s cannot be read", r.root, kind, hash).
			WithHint("run `git fsck` there")
	case r.settings.isPartial():
		return missing{fault.New(fault.Unavailable, "%s: %s %s is not in this partial clone", r.root, kind, hash).
			WithHint("run `git fetch --refetch --no-filter` there, or index the work tree")}
	}
	return missing{fault.New(fault.Unavailable, "%s: %s %s is missing", r.root, kind, hash).
		WithHint("run `git fsck` there, or `git fetch --unshallow` if the history was cut")}
}
