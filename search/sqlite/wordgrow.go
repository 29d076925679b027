package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"math"

	"loradex/indexer"
	"loradex/search"
	"loradex/search/sqlite/vecfile"
	"loradex/search/sqlite/words"
)

// This file defines how a word index grows: by segments of what came, which are merged when there are many.

// wordDifference is what has to change in a view.
type wordDifference struct {
	kept   *idSet  // files whose chunks are as the earlier view knows them
	chunks []int64 // that come, ascending
}

// readWordDifference compares an earlier view, or nothing, with the database.
func readWordDifference(ctx context.Context, tx *sql.Tx, prev *wordView) (d wordDifference, err error) {
	if prev == nil {
		d.kept = &idSet{}
		d.chunks, err = column[int64](ctx, tx, "SELECT id FROM chunks ORDER BY id")
		return d, err
	}
	kept, err := column[int64](ctx, tx, "SELECT id FROM files WHERE generation <= ?", prev.generation)
	if err != nil {
		return d, err
	}
	d.kept = setOf(kept)
	d.chunks, err = column[int64](ctx, tx,
		"SELECT c.id FROM files f CROSS JOIN chunks c ON c.file_id = f.id WHERE f.generation > ? ORDER BY c.id", prev.generation)
	return d, err
}

// isPast says whether a view shows an earlier state (or this one) of the database that q reads.
func (v *wordView) isPast(ctx context.Context, q querier) (bool, error) {
	stamp, err := value[sql.NullInt64](q.QueryRowContext(ctx, "SELECT stamp FROM generations WHERE id = ?", v.generation))
	return stamp.Valid && stamp.Int64 == v.stamp, err
}

const (
	// wordBatch is how many chunks become a segment at once.
	wordBatch = 1 << 14
	// wordFan is how many segments of about one size are merged while an index is filled.
	wordFan = 8
	// wordShare: a segment where more than one in so many documents is dead is written anew.
	wordShare = 4
)

// makeSegment makes a segment of what write writes: in memory, or in a file.
type makeSegment func(write func(io.Writer) error) (*wordSegment, error)

func memorySegment(write func(io.Writer) error) (*wordSegment, error) {
	var out bytes.Buffer
	if err := write(&out); err != nil {
		return nil, err
	}
	g := &wordSegment{}
	g.refs.Store(1)
	var err error
	g.Segment, err = words.Decode(out.Bytes(), true)
	return g, err
}

// growWords appends segments of chunks to parts. The parts stay the caller's, whatever happens.
func growWords(ctx context.Context, tx *sql.Tx, chunks []int64, parts []wordPart, create makeSegment) ([]wordPart, error) {
	read, err := tx.PrepareContext(ctx, `SELECT c.id, c.file_id, c.kind_id, f.path, c.symbol, c.doc, c.signature, c.body
		FROM json_each(?1) j CROSS JOIN chunks c ON c.id = j.value CROSS JOIN files f ON f.id = c.file_id`)
	if err != nil {
		return parts, err
	}
	defer read.Close() //nolint:errcheck // it only reads
	const page = 512
	for len(chunks) > 0 {
		b := words.NewBuilder(wordUnit())
		for len(chunks) > 0 && b.Docs() < wordBatch {
			n := min(page, len(chunks))
			if err := addWords(ctx, read, chunks[:n], b); err != nil {
				return parts, err
			}
			chunks = chunks[n:]
		}
		g, err := create(b.Write)
		if err != nil {
			return parts, err
		}
		parts = append(parts, wordPart{words.Part{Segment: g.Segment}, g})
		if parts, err = mergeWords(parts, false, create); err != nil {
			return parts, err
		}
	}
	return parts, nil
}

// addWords reads chunks and adds their words.
func addWords(ctx context.Context, read *sql.Stmt, chunks []int64, b *words.Builder) error {
	rows, err := read.QueryContext(ctx, jsonList(chunks))
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // Err below reports what matters
	for rows.Next() {
		var d words.Doc
		var path string
		var c indexer.Chunk
		if err := rows.Scan(&d.Chunk, &d.File, &d.Kind, &path, &c.Symbol, &c.Doc, &c.Signature, &c.Text); err != nil {
			return err
		}
		if err := b.Add(d, search.ChunkWords(path, &c)); err != nil {
			return err
		}
	}
	return rows.Err()
}

// wordUnit is the greatest part of 1 that all weights of words are multiples of.
func wordUnit() float64 {
	w := search.Weights
	for unit := 1.0; unit > 1.0/1024; unit /= 2 {
		whole := true
		for _, weight := range []float64{w.Symbol, w.Path, w.Doc, w.Text} {
			whole = whole && weight/unit == math.Trunc(weight/unit)
		}
		if whole {
			return unit
		}
	}
	return 1.0 / 1024
}

// wordForm says how words were counted: a change of it makes every index of words anew. Raise its number where package
// tokens splits in another way.
func wordForm() string { return fmt.Sprintf("1 %g", search.Weights) }

// mergeWords merges the last parts. While an index is filled it takes wordFan of about one size; else, with tidy, as many as are
// needed for each part to be twice as large as all behind it, so a document is written again a number of times that grows
// as the logarithm of the index. It takes the parts, and returns those that are there then, also with an error.
func mergeWords(parts []wordPart, tidy bool, create makeSegment) ([]wordPart, error) {
	for {
		from := lastToMerge(parts, tidy)
		if from == len(parts) {
			return parts, nil
		}
		g, err := mergedSegment(parts[from:], create)
		if err != nil {
			return parts, err
		}
		err = releaseParts(parts[from:])
		parts = append(parts[:from:from], wordPart{words.Part{Segment: g.Segment}, g})
		if err != nil {
			return parts, err
		}
	}
}

func mergedSegment(parts []wordPart, create makeSegment) (*wordSegment, error) {
	list := []words.Part{}
	for _, p := range parts {
		list = append(list, p.Part)
	}
	return create(func(w io.Writer) error { return words.Merge(w, list) })
}

// lastToMerge returns where the parts begin that should become one; the number of parts where none should.
func lastToMerge(parts []wordPart, tidy bool) int {
	n := len(parts)
	if !tidy {
		if n < wordFan {
			return n
		}
		sum, level := 0, sizeLevel(parts[n-1].Live())
		for _, p := range parts[n-wordFan:] {
			sum += p.Live()
			if sizeLevel(p.Live()) > level {
				return n
			}
		}
		if sum > words.MaxDocs {
			return n
		}
		return n - wordFan
	}
	from, sum := n, 0
	for i := n - 1; i >= 0; i-- {
		live := parts[i].Live()
		wasteful := parts[i].Segment.Docs()-live > max(slack, live/wordShare)
		if sum+live > words.MaxDocs {
			break
		}
		if wasteful || i < n-1 && live < 2*sum {
			from = i
		}
		sum += live
	}
	return from
}

// sizeLevel orders sizes by powers of wordFan.
func sizeLevel(docs int) (level int) {
	for ; docs > wordBatch; docs /= wordFan {
		level++
	}
	return level
}

// isDamaged says whether files of words have to be made anew.
func isDamaged(err error) bool {
	return errors.Is(err, words.ErrDamaged) || errors.Is(err, vecfile.ErrDamaged)
}
