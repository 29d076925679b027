package gitrepo

import (
	"errors"
	"io"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"

	"loradex/indexer"
	"loradex/internal/fault"
)

// readBlob returns the content of a blob of at most limit bytes. The size is looked up first, so that a larger blob is
// not unpacked.
func (r *Repo) readBlob(hash string, limit int64) ([]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	id := plumbing.NewHash(hash)
	size, err := r.store.EncodedObjectSize(id)
	if err != nil {
		return nil, r.objectError(err, "blob", hash)
	}
	if size > limit {
		return nil, &indexer.SkipError{Reason: indexer.Huge}
	}
	blob, err := r.store.EncodedObject(plumbing.BlobObject, id)
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

// objectError names an object that cannot be read. Its code is Unavailable, which ends a run: an index that silently
// lacks most of a revision would be worse than none.
func (r *Repo) objectError(err error, kind, hash string) error {
	if !errors.Is(err, plumbing.ErrObjectNotFound) {
		return fault.Wrap(fault.Unavailable, err, "%s: %s %s cannot be read", r.root, kind, hash).
			WithHint("run `git fsck` there")
	}
	if r.settings.isPartial() {
		return fault.New(fault.Unavailable, "%s: %s %s is not in this partial clone", r.root, kind, hash).
			WithHint("run `git fetch --refetch --no-filter` there, or index the work tree")
	}
	return fault.New(fault.Unavailable, "%s: %s %s is missing", r.root, kind, hash).
		WithHint("run `git fsck` there, or `git fetch --unshallow` if the history was cut")
}

// readAll reads a blob of at most limit bytes.
func readAll(b *object.Blob, limit int64) ([]byte, error) {
	reader, err := b.Reader()
	if err != nil {
		return nil, err
	}
	defer reader.Close() // only reads
	return io.ReadAll(io.LimitReader(reader, limit))
}
