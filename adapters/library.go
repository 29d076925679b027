package adapters

import (
	"cmp"
	"container/list"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"loradex/internal/fault"
)

// maxOpen bounds the adapters that a library keeps mapped with nobody using them. A mapping costs address space and
// some 20 kB of heap; the weights themselves are the page cache's.
const maxOpen = 1024

// Library is a folder of adapters, one folder each, safe for concurrent use and for several processes at once.
type Library struct {
	dir   string
	cache string // folder of summaries; "" for none
	limit int    // maxOpen; less in tests

	loadMu sync.Mutex // held while one adapter is opened and hashed, so that it happens once

	mu        sync.Mutex // guards what follows
	closed    bool
	summaries map[string]*summary
	handles   map[string]*handle
	recent    *list.List // of *handle, most recently used first
}

// handle is one open adapter, shared by its users.
type handle struct {
	adapter *Adapter
	stamp   stamp
	users   int
	dropped bool // no longer in the library's table: the last user unmaps it
	place   *list.Element
}

// Weighted is one adapter of a resolved mix.
type Weighted struct {
	Adapter *Adapter
	Weight  float32
}

// LibraryOptions says what a library may use besides its folder.
type LibraryOptions struct {
	// Cache is a folder for what was read of adapters before, so that listing and opening them need not read their weights
	// again. It may be shared by libraries, and be deleted at any time. "" keeps nothing: only writers touch a library.
	Cache string
}

// OpenLibrary opens the library at dir. A folder that does not exist yet is an empty library; [Library.Add] makes it.
func OpenLibrary(dir string, o LibraryOptions) (*Library, error) {
	info, err := os.Stat(dir)
	switch {
	case err == nil && !info.IsDir():
		return nil, fault.New(fault.Invalid, "adapter library %s is not a folder", dir)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, fault.Wrap(fault.Unavailable, err, "adapter library %s", dir)
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "adapter library %s", dir)
	}
	return &Library{
		dir: abs, cache: o.Cache, limit: maxOpen, summaries: map[string]*summary{}, handles: map[string]*handle{}, recent: list.New(),
	}, nil
}

// Dir is the library's folder, absolute.
func (l *Library) Dir() string { return l.dir }

// Close drops all adapters. Those still in use are unmapped when their last user closes them.
func (l *Library) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	var errs []error
	for _, h := range l.handles {
		errs = append(errs, l.drop(h))
	}
	return errors.Join(errs...)
}

// Get returns an adapter by name, opening it on first use. The caller closes it when done with its slices; one that
// is never closed stays mapped, which is safe and costs little. Adapters of one name and digest share their weights.
//
// Errors: Invalid for a name that cannot be one, NotFound (listing the known names, nearest first) for one that the
// library lacks, and those of [Load].
func (l *Library) Get(ctx context.Context, name string) (*Adapter, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := ValidName(name); err != nil {
		return nil, err
	}
	a, err := l.get(name)
	if !errors.Is(err, fs.ErrNotExist) {
		return a, err
	}
	// The folder may be missing only for the moment in which another process replaces it: look again while no
	// one can. A library that cannot be locked (read-only) has no writer to wait for.
	if unlock, lockErr := l.lock(ctx, false); lockErr == nil {
		a, err = l.get(name)
		unlock()
		if !errors.Is(err, fs.ErrNotExist) {
			return a, err
		}
	}
	return nil, l.missing(name, err)
}

// missing turns "no such file" into the error for an unknown name, unless the folder is there and only incomplete.
func (l *Library) missing(name string, err error) error {
	names, listErr := l.names()
	if listErr != nil {
		return listErr
	}
	if slices.Contains(names, name) {
		return fault.Wrap(fault.NotFound, err, "adapter %q is incomplete", name)
	}
	return unknownAdapter(name, names)
}

// get is Get for a valid name. An error that wraps fs.ErrNotExist means that the folder or a file is missing.
func (l *Library) get(name string) (*Adapter, error) {
	// The common case: open already and unchanged. Plain paths do here, as nothing is opened by them, and a stamp
	// (with its inode) that equals the handle's is that of files which were once opened safely.
	now, err := readStamp(name, func(file string) (fs.FileInfo, error) {
		return os.Stat(l.dir + string(filepath.Separator) + name + string(filepath.Separator) + file)
	})
	if err == nil {
		if a, err := l.cached(name, now); a != nil || err != nil {
			return a, err
		}
	}
	root, err := l.openAdapter(name)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	if now, err = stampOf(root); err != nil {
		return nil, err
	}
	l.loadMu.Lock()
	defer l.loadMu.Unlock()
	if a, err := l.cached(name, now); a != nil || err != nil {
		return a, err
	}
	digest := ""
	if s := l.knownSummary(name, now); s != nil {
		digest = s.Digest
	}
	a, err := load(root, filepath.Join(l.dir, name), name, digest)
	if err != nil {
		return nil, err
	}
	if digest == "" {
		l.remember(name, newSummary(a, now))
	}
	return l.install(name, a, now)
}

// openAdapter opens one adapter's folder. A link that leads out of the library is refused by os.Root.
func (l *Library) openAdapter(name string) (*os.Root, error) {
	lib, err := os.OpenRoot(l.dir)
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "adapter library %s", l.dir)
	}
	defer lib.Close()
	root, err := lib.OpenRoot(name)
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "adapter %q: cannot open its folder in %s", name, l.dir)
	}
	return root, nil
}

// cached returns a new user's view of an open adapter, or nil where it is not open or its files have changed.
func (l *Library) cached(name string, now stamp) (*Adapter, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil, fault.New(fault.Unavailable, "adapter library %s is closed", l.dir)
	}
	h := l.handles[name]
	if h == nil {
		return nil, nil
	}
	if h.stamp != now {
		return nil, l.drop(h)
	}
	l.recent.MoveToFront(h.place)
	return l.view(h), nil
}

// install puts a freshly opened adapter into the table and returns its first view.
func (l *Library) install(name string, a *Adapter, now stamp) (*Adapter, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil, errors.Join(fault.New(fault.Unavailable, "adapter library %s is closed", l.dir), a.Close())
	}
	h := &handle{adapter: a, stamp: now}
	h.place = l.recent.PushFront(h)
	l.handles[name] = h
	view := l.view(h)
	for e := l.recent.Back(); e != nil && len(l.handles) > l.limit; {
		old, _ := e.Value.(*handle) // the list holds nothing else
		e = e.Prev()
		if old.users > 0 {
			continue // dropping it would free nothing now, and lose the sharing
		}
		if err := l.drop(old); err != nil {
			return nil, err
		}
	}
	return view, nil
}

// view returns the adapter as one more user sees it: a copy with a Close of its own. l.mu is held.
func (l *Library) view(h *handle) *Adapter {
	h.users++
	a := *h.adapter
	var once sync.Once
	a.closer = func() (err error) {
		once.Do(func() {
			l.mu.Lock()
			defer l.mu.Unlock()
			h.users--
			if h.users == 0 && h.dropped {
				err = h.adapter.Close()
			}
		})
		return err
	}
	return &a
}

// drop takes a handle out of the table and unmaps it if nobody uses it. l.mu is held.
func (l *Library) drop(h *handle) error {
	if h.dropped {
		return nil
	}
	h.dropped = true
	l.recent.Remove(h.place)
	delete(l.handles, h.adapter.Name)
	if h.users > 0 {
		return nil
	}
	return h.adapter.Close()
}

// Resolve returns the adapters of a mix with their weights, in the mix's canonical order, those of a router with 1; none for
// the base. The
// caller closes them. Errors are those of [Mix.Resolvable] and [Library.Get].
func (l *Library) Resolve(ctx context.Context, m Mix) ([]Weighted, error) {
	if err := m.Resolvable(); err != nil {
		return nil, err
	}
	var out []Weighted
	for _, t := range weighted(m) {
		a, err := l.Get(ctx, t.ID)
		if err != nil {
			return nil, errors.Join(err, CloseAll(out))
		}
		out = append(out, Weighted{Adapter: a, Weight: t.Weight})
	}
	return out, nil
}

// CloseAll closes the adapters of a mix.
func CloseAll(list []Weighted) error {
	var errs []error
	for _, w := range list {
		errs = append(errs, w.Adapter.Close())
	}
	return errors.Join(errs...)
}

// weighted are the terms of a mix; of a router its adapters with weight 1.
func weighted(m Mix) []Term {
	r := m.Route()
	if r == nil {
		return m.Terms()
	}
	terms := make([]Term, len(r.Of))
	for i, name := range r.Of {
		terms[i] = Term{name, 1}
	}
	return terms
}

// MixDigest identifies what a mix does to a vector, whatever its adapters are called: a hex SHA-256 over their
// digests and weights, ordered by digest. The base has the digest of an empty list. No weights are mapped.
func (l *Library) MixDigest(ctx context.Context, m Mix) (string, error) {
	if err := m.Resolvable(); err != nil {
		return "", err
	}
	type part struct {
		digest string
		weight float32
	}
	var parts []part
	for _, t := range weighted(m) {
		s, err := l.Entry(ctx, t.ID)
		if err != nil {
			return "", err
		}
		parts = append(parts, part{s.Digest, t.Weight})
	}
	slices.SortFunc(parts, func(a, b part) int {
		return cmp.Or(strings.Compare(a.digest, b.digest), cmp.Compare(a.weight, b.weight))
	})
	h := sha256.New()
	h.Write([]byte("loradex mix v1\x00"))
	if r := m.Route(); r != nil {
		h.Write([]byte(r.Rule() + "\x00"))
	}
	for _, p := range parts {
		h.Write([]byte(p.digest))
		h.Write(binary.LittleEndian.AppendUint32(nil, math.Float32bits(p.weight)))
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// names lists the folders that may be adapters, sorted.
func (l *Library) names() ([]string, error) {
	entries, err := os.ReadDir(l.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "adapter library %s: cannot list", l.dir)
	}
	var names []string
	for _, e := range entries {
		if !e.Type().IsRegular() && ValidName(e.Name()) == nil { // folders, and links to them
			names = append(names, e.Name())
		}
	}
	return names, nil
}
