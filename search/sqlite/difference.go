package sqlite

import (
	"context"
	"database/sql"
	"fmt"

	"loradex/search/sqlite/scan"
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
	d := &difference{}
	if err := tx.QueryRowContext(ctx, "SELECT coalesce(max(id), 0) FROM vectors").Scan(&d.seq); err != nil {
		return nil, err
	}
	add := func(rows *sql.Rows) error {
		var r newRow
		if err := rows.Scan(&r.chunk, &r.file, &r.text, &r.vector, &r.kind); err != nil {
			return err
		}
		d.rows = append(d.rows, r)
		return nil
	}
	if prev == nil {
		return d, each(ctx, tx, add, allRows, space.id)
	}
	d.known = prev.seq
	d.unchanged = &idSet{}
	err := each(ctx, tx, func(rows *sql.Rows) error {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return err
		}
		d.unchanged.add(id)
		return nil
	}, "SELECT id FROM files WHERE generation <= ?", prev.generation)
	if err != nil {
		return nil, err
	}
	return d, each(ctx, tx, add, changedRows, space.id, prev.generation, prev.seq)
}

// kept counts the rows of an earlier view that stay, or nearly: replaced ones are counted too.
func (d *difference) kept(prev *view) int {
	n := 0
	for _, file := range prev.Files {
		if d.unchanged.has(file) {
			n++
		}
	}
	return n
}

// sink takes the vectors that a view lacks: an appender of files, or memory.
type sink interface {
	Append(text int64, v []float32) (slot uint32, err error)
}

// memory keeps vectors in the heap.
type memory struct {
	dims    int
	texts   []int64
	sums    []uint32
	vectors []float32
}

// from continues the slots of a view.
func (m *memory) from(v *view) {
	m.texts = v.Texts[:len(v.Texts):len(v.Texts)] // appending copies: the view's may be mapped
	m.sums = v.Sums[:len(v.Sums):len(v.Sums)]
	m.vectors = v.extra[:len(v.extra):len(v.extra)]
}

// Append implements sink.
func (m *memory) Append(text int64, v []float32) (uint32, error) {
	m.texts = append(m.texts, text)
	m.sums = append(m.sums, 0) // vectors in memory are not checked
	m.vectors = append(m.vectors, v...)
	return uint32(len(m.texts) - 1), nil //nolint:gosec // bounded by memory
}

// build merges the rows that stay with those that come, and sends the vectors that are missing to out.
func (d *difference) build(ctx context.Context, tx *sql.Tx, space spaceRow, prev *view, out sink) (vecfile.Columns, error) {
	b := &builder{words: scan.Words(space.dims), vector: make([]float32, space.dims), out: out, slots: map[int64]uint32{}, known: d.known}
	kept := 0
	if prev != nil && len(d.rows) > 0 {
		for slot, text := range prev.Texts {
			b.slots[text] = uint32(slot) //nolint:gosec // bounded by the format; a later slot of a text replaces an earlier one
		}
	}
	if prev != nil {
		kept = len(prev.Chunks)
	}
	b.grow(kept + len(d.rows))
	find, err := tx.PrepareContext(ctx, "SELECT vector FROM vectors WHERE id = ?") //nolint:sqlclosecheck // it is, below
	if err != nil {
		return b.c, err
	}
	defer find.Close() //nolint:errcheck // the transaction ends it anyway
	quiet := context.WithoutCancel(ctx)
	b.read = func(id int64) ([]byte, error) {
		var raw []byte
		return raw, find.QueryRowContext(quiet, id).Scan(&raw)
	}
	next := 0
	for row := range kept {
		for next < len(d.rows) && d.rows[next].chunk < prev.Chunks[row] {
			if err := b.add(ctx, &d.rows[next]); err != nil {
				return b.c, err
			}
			next++
		}
		replaced := next < len(d.rows) && d.rows[next].chunk == prev.Chunks[row]
		if !replaced && d.unchanged.has(prev.Files[row]) {
			b.keep(prev, row)
		}
	}
	for ; next < len(d.rows); next++ {
		if err := b.add(ctx, &d.rows[next]); err != nil {
			return b.c, err
		}
	}
	return b.c, nil
}

// builder collects the columns of a view row by row.
type builder struct {
	c      vecfile.Columns
	words  int
	slots  map[int64]uint32 // by text
	fresh  map[int64]bool   // texts whose vector is newer than the slot that the earlier view had for it
	known  int64
	vector []float32
	read   func(id int64) ([]byte, error)
	out    sink
	added  int
}

func (b *builder) grow(rows int) {
	b.c.Chunks = make([]int64, 0, rows)
	b.c.Files = make([]int64, 0, rows)
	b.c.Kinds = make([]uint32, 0, rows)
	b.c.Slots = make([]uint32, 0, rows)
	b.c.Signs = make([]uint64, 0, rows*b.words)
	b.fresh = map[int64]bool{}
}

func (b *builder) keep(prev *view, row int) {
	b.c.Chunks = append(b.c.Chunks, prev.Chunks[row])
	b.c.Files = append(b.c.Files, prev.Files[row])
	b.c.Kinds = append(b.c.Kinds, prev.Kinds[row])
	b.c.Slots = append(b.c.Slots, prev.Slots[row])
	b.c.Signs = append(b.c.Signs, prev.Signs[row*b.words:(row+1)*b.words]...)
}

func (b *builder) add(ctx context.Context, r *newRow) error {
	if b.added++; b.added%1024 == 0 && ctx.Err() != nil {
		return ctx.Err()
	}
	raw, err := b.read(r.vector)
	if err != nil {
		return err
	}
	if !decodeVector(b.vector, raw) {
		return fmt.Errorf("%w: vector %d has %d bytes", errBadVector, r.vector, len(raw))
	}
	slot, ok := b.slots[r.text]
	if r.vector > b.known && !b.fresh[r.text] {
		b.fresh[r.text] = true
		ok = false
	}
	if !ok {
		if slot, err = b.out.Append(r.text, b.vector); err != nil {
			return err
		}
		b.slots[r.text] = slot
	}
	b.c.Chunks = append(b.c.Chunks, r.chunk)
	b.c.Files = append(b.c.Files, r.file)
	b.c.Kinds = append(b.c.Kinds, r.kind)
	b.c.Slots = append(b.c.Slots, slot)
	at := len(b.c.Signs)
	b.c.Signs = b.c.Signs[:at+b.words]
	scan.Signs(b.c.Signs[at:], b.vector)
	return nil
}
