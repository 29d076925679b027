package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"slices"

	"loradex/search/sqlite/vecfile"
)

// This file defines how a view of an earlier state becomes one of the present: which rows stay, which come.

// difference is what has to change in a view.
type difference struct {
	unchanged *idSet   // files whose chunks are as the earlier view knows them
	rows      []newRow // chunks to add, ascending
	seq       int64    // greatest vector ID now
	known     int64    // greatest vector ID that the earlier view knew
}

type newRow struct {
	chunk, file, text, vector int64
	kind                      uint32
}

// CROSS JOIN fixes the order of the loops: from what changed to what it touches.
const (
	allRows = `SELECT c.id, c.file_id, c.text_id, v.id, c.kind_id FROM chunks c
		CROSS JOIN vectors v ON v.space_id = ?1 AND v.text_id = c.text_id ORDER BY c.id`
	changedRows = `SELECT c.id, c.file_id, c.text_id, v.id, c.kind_id FROM files f
			CROSS JOIN chunks c ON c.file_id = f.id
			CROSS JOIN vectors v ON v.space_id = ?1 AND v.text_id = c.text_id WHERE f.generation > ?2
		UNION SELECT c.id, c.file_id, c.text_id, v.id, c.kind_id FROM vectors v
			CROSS JOIN chunks c ON c.text_id = v.text_id WHERE v.id > ?3 AND v.space_id = ?1
		ORDER BY 1`
)

// readDifference compares an earlier view, or nothing, with the database.
func readDifference(ctx context.Context, tx *sql.Tx, space spaceRow, prev *view) (*difference, error) {
	d := &difference{unchanged: &idSet{}}
	if err := tx.QueryRowContext(ctx, "SELECT coalesce(max(id), 0) FROM vectors").Scan(&d.seq); err != nil {
		return nil, err
	}
	scan := func(rows *sql.Rows) (newRow, error) {
		var r newRow
		err := rows.Scan(&r.chunk, &r.file, &r.text, &r.vector, &r.kind)
		return r, err
	}
	var err error
	if prev == nil {
		d.rows, err = list(ctx, tx, scan, allRows, space.id)
		return d, err
	}
	d.known = prev.seq
	unchanged, err := column[int64](ctx, tx, "SELECT id FROM files WHERE generation <= ?", prev.generation)
	if err != nil {
		return nil, err
	}
	d.unchanged = setOf(unchanged)
	d.rows, err = list(ctx, tx, scan, changedRows, space.id, prev.generation, prev.seq)
	return d, err
}

// sink takes the vectors that a view lacks: an appender of files, or memory.
type sink interface {
	Append(text int64, v []float32) (slot uint32, err error)
}

// memory keeps vectors in the heap. texts and sums are those of the slots behind the map's.
type memory struct {
	dims    int
	first   int // slots of the map
	texts   []int64
	sums    []uint32
	vectors []float32
}

// from continues the slots of a view.
func (m *memory) from(v *view) {
	m.first = len(v.base.Texts)
	m.texts = slices.Clip(v.delta.Texts) // appending copies: the view's may be mapped
	m.sums = slices.Clip(v.delta.Sums)
	m.vectors = slices.Clip(v.extra)
}

// Append implements sink.
func (m *memory) Append(text int64, v []float32) (uint32, error) {
	m.texts = append(m.texts, text)
	m.sums = append(m.sums, 0) // vectors in memory are not checked
	m.vectors = append(m.vectors, v...)
	return uint32(m.first + len(m.texts) - 1), nil //nolint:gosec // bounded by memory
}

// build makes the delta that leads from the map of an earlier view, or from nothing, to the present, but for Texts and
// Sums. Vectors that are missing go to out.
func (d *difference) build(ctx context.Context, tx *sql.Tx, space spaceRow, prev *view, out sink) (vecfile.Columns, error) {
	b := newBuilder(space, out, d.known)
	if prev == nil {
		prev = &view{}
	}
	b.knowSlots(prev, d.rows)
	b.grow(len(prev.delta.Chunks) + len(d.rows))
	d.bury(prev, &b.c)
	if err := b.readFrom(ctx, tx); err != nil {
		return b.c, err
	}
	err := merge(len(prev.delta.Chunks), len(d.rows), func(i, j int) int {
		return cmp.Compare(prev.delta.Chunks[i], d.rows[j].chunk)
	}, func(i int) error {
		if d.unchanged.has(prev.delta.Files[i]) {
			b.keep(&prev.delta, i, prev.delta.Slots[i])
		}
		return nil
	}, func(j int) error { return b.add(ctx, &d.rows[j]) })
	return b.c, err
}

// bury marks the rows of a view's map that do not count any more: of files that changed or went, and of chunks that
// come again with another vector.
func (d *difference) bury(prev *view, c *vecfile.Columns) {
	dead := slices.Clone(prev.delta.Dead)
	if dead == nil {
		dead = make([]uint64, (len(prev.base.Chunks)+63)/64)
	}
	for row, file := range prev.base.Files {
		if !d.unchanged.has(file) {
			dead[row>>6] |= 1 << (row & 63)
		}
	}
	for i := range d.rows {
		if row, ok := slices.BinarySearch(prev.base.Chunks, d.rows[i].chunk); ok {
			dead[row>>6] |= 1 << (row & 63)
		}
	}
	for _, w := range dead {
		if w != 0 {
			c.Dead = dead
			return
		}
	}
}

// merge calls takeA and takeB for every number below a and below b, in the order that compare gives. Where two are
// equal only b's counts: it is the newer one.
func merge(a, b int, compare func(i, j int) int, takeA, takeB func(i int) error) error {
	i, j := 0, 0
	for i < a || j < b {
		order := -1
		if i == a {
			order = 1
		} else if j < b {
			order = compare(i, j)
		}
		switch {
		case order < 0:
			if err := takeA(i); err != nil {
				return err
			}
			i++
			continue
		case order == 0:
			i++
		}
		if err := takeB(j); err != nil {
			return err
		}
		j++
	}
	return nil
}

// flatten returns all rows of a view that count, as the columns of one map. slot gives each vector's new place.
func (v *view) flatten(slot func(old uint32) (uint32, error)) (vecfile.Columns, error) {
	b := newBuilder(v.space, nil, 0)
	b.grow(v.live)
	take := func(first int, c *vecfile.Columns) func(i int) error {
		return func(i int) error {
			row := first + i
			if !v.counts(row) {
				return nil
			}
			at, err := slot(c.Slots[i])
			b.keep(c, i, at)
			return err
		}
	}
	err := merge(len(v.base.Chunks), len(v.delta.Chunks), func(i, j int) int {
		if v.base.Chunks[i] <= v.delta.Chunks[j] {
			return -1 // of two rows of a chunk both are looked at, and the map's is dead
		}
		return 1
	}, take(0, &v.base), take(v.first, &v.delta))
	return b.c, err
}
