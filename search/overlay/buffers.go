package overlay

import (
	"cmp"
	"maps"
	"slices"
	"sync"

	"loradex/internal/fault"
	"loradex/search"
)

// firstID is that of the first chunk of a buffer. Stores count from 0, so the IDs of buffers come behind all of theirs, as
// those of files that were indexed last do.
const firstID search.ID = 1 << 62

// Buffers are texts that stand in the place of stored files. Safe for concurrent use.
type Buffers struct {
	opts  Options
	known *vectorCache

	mu     sync.Mutex // guards what follows
	all    map[Key]*buffer
	bytes  int64
	nextID search.ID
}

// New returns an empty set of buffers.
func New(o Options) (*Buffers, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	return &Buffers{opts: o.withDefaults(), known: newVectorCache(), all: map[Key]*buffer{}, nextID: firstID}, nil
}

// Put sets the text of a file. Invalid for a key that names none; Unavailable where the buffers would exceed their bounds:
// then the file is searched as the index has it.
func (b *Buffers) Put(k Key, text string) error {
	if err := (search.Span{Path: k.Path}).Validate(); err != nil {
		return err
	}
	if k.Path == "" {
		return fault.New(fault.Invalid, "a buffer without a path")
	}
	return b.set(newBuffer(k, text, &b.opts.Index), func(*buffer) bool { return true })
}

// PutDisk sets what the disk has of a file, as Put and Release together: nothing where it is not there, or not to be
// indexed. A text that somebody edits stays.
func (b *Buffers) PutDisk(k Key, text string, there bool) error {
	n := newBuffer(k, text, &b.opts.Index)
	n.huge, n.disk = n.huge || !there, true
	n.released, n.stamp = true, b.opts.Stamp(k)
	return b.set(n, func(old *buffer) bool { return old.released })
}

// Held tells whether somebody edits a file: it was put and not released.
func (b *Buffers) Held(k Key) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := b.all[k]
	return n != nil && !n.released
}

// set puts a buffer in the place of another one that may go.
func (b *Buffers) set(n *buffer, mayGo func(old *buffer) bool) error {
	k := n.key
	b.mu.Lock()
	defer b.mu.Unlock()
	if old := b.all[k]; old != nil && !mayGo(old) {
		return nil
	}
	b.drop(k)
	if len(b.all) >= b.opts.MaxBuffers || b.bytes+n.bytes > b.opts.MaxBytes {
		return fault.New(fault.Unavailable, "%s is searched as the index has it: more than %d changed files, or %d MiB of them",
			k.Path, b.opts.MaxBuffers, b.opts.MaxBytes>>20).WithHint("save them, and let `loradex index` take what was saved")
	}
	b.all[k] = n
	b.bytes += n.bytes
	return nil
}

// Drop forgets a buffer: what the index has at its place counts again.
func (b *Buffers) Drop(k Key) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.drop(k)
}

// drop is Drop for callers that hold mu.
func (b *Buffers) drop(k Key) {
	if old := b.all[k]; old != nil {
		delete(b.all, k)
		b.bytes -= old.bytes
	}
}

// Release says that the file on disk is the buffer now and nobody will change or drop the buffer. It is forgotten when the
// index has the same content, or when somebody else writes to the file.
func (b *Buffers) Release(k Key) {
	stamp := b.opts.Stamp(k)
	b.mu.Lock()
	defer b.mu.Unlock()
	if n := b.all[k]; n != nil {
		n.released, n.stamp = true, stamp
	}
}

// Any tells whether a filter that was checked lets one of the buffers pass that have chunks.
func (b *Buffers) Any(f search.Filter) bool {
	f.Kinds = nil
	return slices.ContainsFunc(b.list(), func(n *buffer) bool {
		n.mu.Lock()
		defer n.mu.Unlock()
		return len(n.file.Chunks) > 0 && (&placed{buffer: n, file: &n.file}).passes(0, &f)
	})
}

// Len returns how many buffers there are, also those that the index has caught up with.
func (b *Buffers) Len() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.all)
}

// list returns the buffers, by tree and path.
func (b *Buffers) list() []*buffer {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.SortedFunc(maps.Values(b.all), func(x, y *buffer) int {
		return cmp.Or(cmp.Compare(x.key.Tree.String(), y.key.Tree.String()), cmp.Compare(x.key.Path, y.key.Path))
	})
}

// forget drops a released buffer, unless another one has come in its place.
func (b *Buffers) forget(n *buffer) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.all[n.key] == n {
		b.drop(n.key)
	}
}

// isReleased tells whether a buffer was released, and the stamp of its file then.
func (b *Buffers) isReleased(n *buffer) (stamp string, released bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return n.stamp, n.released
}

// takeIDs returns the first of n new IDs.
func (b *Buffers) takeIDs(n int) search.ID {
	b.mu.Lock()
	defer b.mu.Unlock()
	first := b.nextID
	b.nextID += search.ID(n)
	return first
}
