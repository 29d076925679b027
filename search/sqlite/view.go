package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"math/bits"
	"slices"
	"sync/atomic"

	"loradex/internal/fault"
	"loradex/search/sqlite/scan"
	"loradex/search/sqlite/vecfile"
)

// This file defines what a vector search reads: the state of one space at one generation.

// view is immutable. Its rows lie in two parts: those of the map, and those that came since, whose numbers begin at
// the next multiple of 64. Its slots lie in mapped files up to a point, behind that in memory.
type view struct {
	state
	space spaceRow
	seq   int64 // greatest vector ID that the view knows
	files *mapping
	base  vecfile.Columns // mapped; empty without files
	delta vecfile.Columns // mapped or in memory; its Dead are rows of base
	alive []uint64        // bitmap over rows: those that count; nil for all
	first int             // number of delta's first row
	live  int             // rows that count
	extra []float32       // vectors of the slots that are not in files

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

// newView makes a view of what files hold (nil for none) and of a delta that replaces theirs; it has one reference,
// the caller's.
func newView(st state, space spaceRow, files *mapping, delta vecfile.Columns, seq int64, extra []float32) *view {
	v := &view{state: st, space: space, files: files, delta: delta, seq: seq, extra: extra}
	if files != nil {
		files.refs.Add(1)
		v.base = files.Base
	}
	v.first = (len(v.base.Chunks) + 63) / 64 * 64
	v.live = len(v.base.Chunks) + len(delta.Chunks)
	if delta.Dead != nil {
		v.alive = aliveRows(len(v.base.Chunks), len(delta.Chunks), delta.Dead)
		for _, w := range delta.Dead {
			v.live -= bits.OnesCount64(w)
		}
	}
	v.checked = make([]atomic.Uint32, (v.slots()+31)/32)
	v.refs.Store(1)
	return v
}

// aliveRows is the bitmap of the rows that count: those of the map that are not dead, and all of the delta.
func aliveRows(base, delta int, dead []uint64) []uint64 {
	first := len(dead) // in words
	alive := make([]uint64, first+(delta+63)/64)
	for i, w := range dead {
		alive[i] = ^w
	}
	if rest := base % 64; rest != 0 {
		alive[first-1] &= 1<<rest - 1
	}
	for i := first; i < len(alive); i++ {
		alive[i] = ^uint64(0)
	}
	if rest := delta % 64; rest != 0 {
		alive[len(alive)-1] &= 1<<rest - 1
	}
	return alive
}

// fileSlots counts the vectors in files, slots all of the view.
func (v *view) fileSlots() int {
	if v.files == nil {
		return 0
	}
	return v.files.Slots()
}

func (v *view) slots() int { return len(v.base.Texts) + len(v.delta.Texts) }

// textOf returns the text of a slot.
func (v *view) textOf(slot uint32) int64 {
	if at := int(slot) - len(v.base.Texts); at >= 0 {
		return v.delta.Texts[at]
	}
	return v.base.Texts[slot]
}

func (v *view) plan() scan.Plan {
	p := scan.Plan{Words: scan.Words(v.space.dims), Dims: v.space.dims, Guard: mapped}
	for _, part := range []scan.Part{{Signs: v.base.Signs}, {First: v.first, Signs: v.delta.Signs}} {
		if len(part.Signs) > 0 {
			p.Parts = append(p.Parts, part)
		}
	}
	return p
}

// at returns the columns that hold a row, and its place in them.
func (v *view) at(row uint32) (*vecfile.Columns, int) {
	if i := int(row) - v.first; i >= 0 {
		return &v.delta, i
	}
	return &v.base, int(row)
}

// chunk returns the chunk of a row.
func (v *view) chunk(row uint32) int64 {
	c, i := v.at(row)
	return c.Chunks[i]
}

// vector returns the vector of a row; it aliases the view. The first use of each slot checks its checksum.
func (v *view) vector(row uint32) ([]float32, error) {
	c, i := v.at(row)
	return v.slotVector(c.Slots[i])
}

func (v *view) slotVector(slot uint32) ([]float32, error) {
	if at := int(slot) - v.fileSlots(); at >= 0 {
		return v.extra[at*v.space.dims : (at+1)*v.space.dims], nil
	}
	vec := v.files.Vector(slot)
	word, bit := &v.checked[slot/32], uint32(1)<<(slot%32)
	if word.Load()&bit == 0 {
		if vecfile.Sum(vec) != v.files.Sum(slot) {
			return nil, fmt.Errorf("%w: checksum of slot %d", vecfile.ErrDamaged, slot)
		}
		word.Or(bit)
	}
	return vec, nil
}

// counts says whether a row of the map or the delta is not dead.
func (v *view) counts(row int) bool {
	return len(v.alive) == 0 || v.alive[row>>6]&(1<<(row&63)) != 0
}

// rowOf returns the row of a chunk.
func (v *view) rowOf(chunk int64) (uint32, bool) {
	if i, ok := slices.BinarySearch(v.delta.Chunks, chunk); ok {
		return uint32(v.first + i), true //nolint:gosec // a view has fewer than 2^31 rows
	}
	i, ok := slices.BinarySearch(v.base.Chunks, chunk)
	return uint32(i), ok && v.counts(i) //nolint:gosec // as above
}

// pick returns the rows whose file and kind are in the sets (nil for all), but for some chunks, as a bitmap, and how
// many there are.
func (v *view) pick(files, kinds, only *idSet, excluded []int64) ([]uint64, int) {
	bitmap := make([]uint64, v.first/64+(len(v.delta.Chunks)+63)/64)
	n := 0
	for _, part := range []struct {
		first int
		*vecfile.Columns
	}{{0, &v.base}, {v.first, &v.delta}} {
		for i := range part.Chunks {
			if files != nil && !files.has(part.Files[i]) || kinds != nil && !kinds.has(int64(part.Kinds[i])) ||
				only != nil && !only.has(part.Chunks[i]) {
				continue
			}
			row := part.first + i
			bitmap[row>>6] |= 1 << (row & 63)
		}
	}
	for i := range bitmap {
		if v.alive != nil {
			bitmap[i] &= v.alive[i]
		}
		n += bits.OnesCount64(bitmap[i])
	}
	for _, chunk := range excluded {
		if row, ok := v.rowOf(chunk); ok && bitmap[row>>6]&(1<<(row&63)) != 0 {
			bitmap[row>>6] &^= 1 << (row & 63)
			n--
		}
	}
	return bitmap, n
}

// view returns the present view of a space, loading what changed since the last one. The caller releases it.
func (s *store) view(ctx context.Context, space string) (*view, error) {
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
	return read(ctx, s, "load the vectors of space "+space, func(tx *sql.Tx) (*view, error) { return s.load(ctx, tx, space) })
}

// cached returns the newest view of a space that was loaded, with a reference for the caller, or nil.
func (s *store) cached(space string) *view {
	s.viewsMu.Lock()
	defer s.viewsMu.Unlock()
	v := s.views[space]
	if v != nil {
		v.refs.Add(1)
	}
	return v
}

// remember makes v the newest view of its space; the store takes a reference of its own.
func (s *store) remember(v *view) error {
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
func (s *store) forget(space string) error {
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
func (s *store) load(ctx context.Context, tx *sql.Tx, space string) (*view, error) {
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

// keepInMemory is how many chunks of difference a search keeps in memory rather than write to the vector files: 3 MB of
// vectors.
const keepInMemory = 2048

// advance makes the view of state st out of an earlier one, or of nothing. Where much is missing it writes the files,
// so that the next process need not do it again.
func (s *store) advance(ctx context.Context, tx *sql.Tx, row spaceRow, st state, prev *view) (*view, error) {
	d, err := readDifference(ctx, tx, row, prev)
	if err != nil {
		return nil, err
	}
	missing := len(d.rows)
	if prev != nil {
		missing += prev.slots() - prev.fileSlots()
	}
	if missing > keepInMemory && s.writer != nil {
		v, err := s.persist(ctx, tx, row, st, 0)
		if v != nil || ctx.Err() != nil {
			return v, err
		}
		// The lock is taken, or the disk full or read-only: nothing that should keep a search from answering.
	}
	m := &memory{dims: row.dims}
	var files *mapping
	if prev != nil {
		m.from(prev)
		files = prev.files
	}
	var delta vecfile.Columns
	err = mapped(func() error {
		delta, err = d.build(ctx, tx, row, prev, m)
		return err
	})
	if err != nil {
		return nil, err
	}
	delta.Texts, delta.Sums = m.texts, m.sums
	return newView(st, row, files, delta, d.seq, m.vectors), nil
}

// previous returns the best starting point for a view, with a reference for the caller: the cached view, else the
// files, else nil. One whose past is not the past of this database does not count.
func (s *store) previous(ctx context.Context, q querier, row spaceRow) (*view, error) {
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
func (s *store) fromFiles(row spaceRow) (*view, error) {
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
	return newView(st, row, &mapping{Set: set}, set.Delta, set.Seq, nil), nil
}
