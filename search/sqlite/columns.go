package sqlite

import (
	"context"
	"database/sql"
	"fmt"

	"loradex/search/sqlite/scan"
	"loradex/search/sqlite/vecfile"
)

// This file collects the columns of a view row by row.

// builder adds rows in the order of their chunks.
type builder struct {
	c      vecfile.Columns
	words  int
	slots  map[int64]uint32 // by text, those that rows to come may use
	fresh  map[int64]bool   // texts whose vector is newer than the slot that the earlier view had for it
	known  int64            // greatest vector ID that the earlier view knew
	vector []float32
	read   func(id int64) ([]byte, error)
	out    sink
	added  int
}

func newBuilder(space spaceRow, out sink, known int64) *builder {
	return &builder{
		words: scan.Words(space.dims), vector: make([]float32, space.dims), out: out, known: known,
		slots: map[int64]uint32{}, fresh: map[int64]bool{},
	}
}

func (b *builder) grow(rows int) {
	b.c.Chunks = make([]int64, 0, rows)
	b.c.Files = make([]int64, 0, rows)
	b.c.Kinds = make([]uint32, 0, rows)
	b.c.Slots = make([]uint32, 0, rows)
	b.c.Signs = make([]uint64, 0, rows*b.words)
}

// knowSlots finds the slots that a view has for the texts of rows to come. A map of all its texts would take longer
// than the rest of a small change.
func (b *builder) knowSlots(v *view, rows []newRow) {
	if len(rows) == 0 {
		return
	}
	var wanted idSet
	for i := range rows {
		wanted.add(rows[i].text)
	}
	for i, text := range v.base.Texts {
		if wanted.has(text) {
			b.slots[text] = uint32(i) //nolint:gosec // bounded by the format
		}
	}
	for i, text := range v.delta.Texts { // a later slot of a text replaces an earlier one
		if wanted.has(text) {
			b.slots[text] = uint32(len(v.base.Texts) + i) //nolint:gosec // as above
		}
	}
}

// readFrom makes the builder read vectors in a transaction, which also ends the statement.
func (b *builder) readFrom(ctx context.Context, tx *sql.Tx) error {
	quiet := context.WithoutCancel(ctx)                                              // see newPutter
	find, err := tx.PrepareContext(quiet, "SELECT vector FROM vectors WHERE id = ?") //nolint:sqlclosecheck // the transaction ends it
	b.read = func(id int64) ([]byte, error) {
		var raw []byte
		return raw, find.QueryRowContext(quiet, id).Scan(&raw)
	}
	return err
}

// row adds a row but for its signs.
func (b *builder) row(chunk, file int64, kind, slot uint32) {
	b.c.Chunks = append(b.c.Chunks, chunk)
	b.c.Files = append(b.c.Files, file)
	b.c.Kinds = append(b.c.Kinds, kind)
	b.c.Slots = append(b.c.Slots, slot)
}

// keep takes over a row of other columns.
func (b *builder) keep(c *vecfile.Columns, row int, slot uint32) {
	b.row(c.Chunks[row], c.Files[row], c.Kinds[row], slot)
	b.c.Signs = append(b.c.Signs, c.Signs[row*b.words:(row+1)*b.words]...)
}

// add takes a row from the database.
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
	b.row(r.chunk, r.file, r.kind, slot)
	at := len(b.c.Signs)
	b.c.Signs = b.c.Signs[:at+b.words]
	scan.Signs(b.c.Signs[at:], b.vector)
	return nil
}
