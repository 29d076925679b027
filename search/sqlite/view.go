package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sync/atomic"

	"loradex/internal/fault"
	"loradex/search/sqlite/scan"
	"loradex/search/sqlite/vecfile"
)

// This file defines what a vector search reads: the state of one space at one generation.

// view is immutable. Its slots lie in mapped files up to base, behind that in memory.
type view struct {
	state
	vecfile.Columns
	space spaceRow
	seq   int64 // greatest vector ID that the view knows
	files *mapping
	base  int       // slots in files
	extra []float32 // the slots from base on

	checked []atomic.Uint32 // bitmap by slot: the checksum was right
	refs    atomic.Int32
}

// mapping is a pair of opened files that several views may share.
type mapping struct {
	*vecfile.Set
	refs atomic.Int32
}

func (m *mapping) release() error {
	if m == nil || m.refs.Add(-1) > 0 {
		return nil
	}
	return m.Close()
}

// release gives a view back. What it mapped goes when nobody uses it any more.
func (v *view) release() error {
	if v.refs.Add(-1) > 0 {
		return nil
	}
	return v.files.release()
}

// newView wraps columns; it has one reference, the caller's.
func newView(st state, space spaceRow, files *mapping, c vecfile.Columns, seq int64, extra []float32) *view {
	v := &view{state: st, space: space, files: files, Columns: c, seq: seq, extra: extra}
	if files != nil {
		files.refs.Add(1)
		v.base = len(files.Texts)
	}
	v.checked = make([]atomic.Uint32, (len(c.Texts)+31)/32)
	v.refs.Store(1)
	return v
}

func (v *view) plan() scan.Plan {
	return scan.Plan{Signs: v.Signs, Words: scan.Words(v.space.dims), Rows: len(v.Chunks), Dims: v.space.dims}
}

// vector returns the vector of a row; it aliases the view. The first use of each slot checks its checksum.
func (v *view) vector(row uint32) ([]float32, error) {
	slot := v.Slots[row]
	if at := int(slot) - v.base; at >= 0 {
		return v.extra[at*v.space.dims : (at+1)*v.space.dims], nil
	}
	vec := v.files.Vector(slot)
	word, bit := &v.checked[slot/32], uint32(1)<<(slot%32)
	if word.Load()&bit == 0 {
		if vecfile.Sum(vec) != v.Sums[slot] {
			return nil, fmt.Errorf("%w: checksum of slot %d", vecfile.ErrDamaged, slot)
		}
		word.Or(bit)
	}
	return vec, nil
}

// rowOf returns the row of a chunk.
func (v *view) rowOf(chunk int64) (uint32, bool) {
	i, ok := slices.BinarySearch(v.Chunks, chunk)
	return uint32(i), ok //nolint:gosec // a view has fewer than 2^31 rows
}

// view returns the present view of a space, loading what changed since the last one. The caller releases it.
func (s *Store) view(ctx context.Context, space string) (*view, error) {
	st, err := currentState(ctx, s.readers)
	if err != nil {
		return nil, s.explain(ctx, err, "read the index's state")
	}
	if v := s.cached(space); v != nil {
		if v.state == st {
			return v, nil
		}
		if err := v.release(); err != nil {
			return nil, s.explain(ctx, err, "release vectors")
		}
	}
	s.loading.Lock()
	defer s.loading.Unlock()
	var v *view
	err = s.snapshot(ctx, func(tx *sql.Tx) error {
		var err error
		v, err = s.load(ctx, tx, space)
		return err
	})
	if err != nil {
		return nil, s.explain(ctx, err, "load the vectors of space "+space)
	}
	return v, nil
}

// cached returns the newest view of a space that was loaded, with a reference for the caller, or nil.
func (s *Store) cached(space string) *view {
	s.viewsMu.Lock()
	defer s.viewsMu.Unlock()
	v := s.views[space]
	if v != nil {
		v.refs.Add(1)
	}
	return v
}

// remember makes v the newest view of its space; the store takes a reference of its own.
func (s *Store) remember(v *view) error {
	s.viewsMu.Lock()
	defer s.viewsMu.Unlock()
	if s.closed {
		return nil
	}
	old := s.views[v.space.name]
	if old == v {
		return nil
	}
	v.refs.Add(1)
	s.views[v.space.name] = v
	if old != nil {
		return old.release()
	}
	return nil
}

// forget drops the cached view of a space.
func (s *Store) forget(space string) error {
	s.viewsMu.Lock()
	defer s.viewsMu.Unlock()
	v := s.views[space]
	delete(s.views, space)
	if v == nil {
		return nil
	}
	return v.release()
}

// load returns the view of a space at the state of tx, with a reference for the caller.
func (s *Store) load(ctx context.Context, tx *sql.Tx, space string) (*view, error) {
	st, err := currentState(ctx, tx)
	if err != nil {
		return nil, err
	}
	row, err := findSpace(ctx, tx, space)
	if err != nil {
		return nil, err
	}
	prev, err := s.previous(ctx, tx, row)
	if err != nil {
		return nil, err
	}
	if prev != nil && prev.state == st {
		return prev, s.remember(prev)
	}
	v, err := s.advance(ctx, tx, row, st, prev)
	if prev != nil {
		err = errors.Join(err, prev.release())
	}
	if err != nil {
		return nil, err
	}
	return v, s.remember(v)
}

// advance makes the view of state st out of an earlier one, or of nothing. Where much is missing it writes the files,
// so that the next process need not do it again.
func (s *Store) advance(ctx context.Context, tx *sql.Tx, row spaceRow, st state, prev *view) (*view, error) {
	d, err := readDifference(ctx, tx, row, prev)
	if err != nil {
		return nil, err
	}
	missing := len(d.rows)
	if prev != nil {
		missing += len(prev.Texts) - prev.base
	}
	if missing > s.opts.keepInMemory && s.writer != nil {
		v, err := s.persist(ctx, tx, row, st, 0)
		if v != nil || ctx.Err() != nil {
			return v, err
		}
		// The lock is taken, or the disk full or read-only: nothing that should keep a search from answering.
	}
	m := &memory{dims: row.dims}
	if prev != nil {
		m.from(prev)
	}
	c, err := d.build(ctx, tx, row, prev, m)
	if err != nil {
		return nil, err
	}
	var files *mapping
	if prev != nil {
		files = prev.files
	}
	c.Texts, c.Sums = m.texts, m.sums
	return newView(st, row, files, c, d.seq, m.vectors), nil
}

// previous returns the best starting point for a view, with a reference for the caller: the cached view, else the
// files, else nil. One whose past is not the past of this database does not count.
func (s *Store) previous(ctx context.Context, q querier, row spaceRow) (*view, error) {
	v := s.cached(row.name)
	if v != nil {
		if ok, err := v.precedes(ctx, q, row); ok || err != nil {
			return v, err
		}
		if err := v.release(); err != nil {
			return nil, err
		}
	}
	v, err := s.fromFiles(row)
	if v == nil || err != nil {
		return nil, err
	}
	if ok, err := v.precedes(ctx, q, row); ok || err != nil {
		return v, err
	}
	return nil, v.release()
}

// precedes says whether a view shows an earlier state (or this one) of the database that q reads.
func (v *view) precedes(ctx context.Context, q querier, row spaceRow) (bool, error) {
	if v.space != row {
		return false, nil
	}
	var stamp int64
	err := q.QueryRowContext(ctx, "SELECT stamp FROM generations WHERE id = ?", v.generation).Scan(&stamp)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return stamp == v.stamp, err
}

// fromFiles returns the view that the files of a space hold, nil where there is none that can be used.
func (s *Store) fromFiles(row spaceRow) (*view, error) {
	set, err := vecfile.Open(s.vectorsDir(), row.file())
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, vecfile.ErrDamaged):
		return nil, nil //nolint:nilnil // documented
	case err != nil:
		return nil, fault.Wrap(fault.Unavailable, err, "vector files in %s", s.vectorsDir())
	case set.Dims != row.dims:
		return nil, set.Close()
	}
	st := state{set.Generation, set.Stamp}
	return newView(st, row, &mapping{Set: set}, set.Columns, set.Seq, nil), nil
}
