package sqlite

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strconv"

	"loradex/indexer"
	"loradex/internal/fault"
	"loradex/search"
)

// lacking says of a chunk c that its text has no vector in space ?1.
const lacking = " NOT EXISTS (SELECT 1 FROM vectors v WHERE v.space_id = ?1 AND v.text_id = c.text_id)"

// pendingPage walks the chunks from the newest down. A text counts at its newest chunk, so that it comes once; both
// questions are answered by indexes, and the texts are read for the page alone.
const pendingPage = `SELECT p.id, lower(hex(t.digest)), t.text,
	(SELECT f.language FROM chunks c JOIN files f ON f.id = c.file_id WHERE c.text_id = t.id ORDER BY c.id LIMIT 1),
	(SELECT json_group_array(DISTINCT f.language) FROM chunks c JOIN files f ON f.id = c.file_id WHERE c.text_id = t.id)
	FROM (SELECT c.id, c.text_id FROM chunks c INDEXED BY chunks_filter WHERE c.id < ?2 AND` + lacking + `
		AND NOT EXISTS (SELECT 1 FROM chunks n WHERE n.text_id = c.text_id AND n.id > c.id) ORDER BY c.id DESC LIMIT ?3) p
	CROSS JOIN texts t ON t.id = p.text_id ORDER BY p.id DESC`

// Pending implements search.Backend. The cursor is the ID of the newest chunk with the text.
func (s *store) Pending(ctx context.Context, space, after string, limit int) (page []indexer.PendingText, total int, err error) {
	below := int64(math.MaxInt64)
	if after != "" {
		if below, err = strconv.ParseInt(after, 10, 64); err != nil {
			return nil, 0, fault.New(fault.Invalid, "cursor %q", after)
		}
	}
	if limit < 0 {
		return nil, 0, fault.New(fault.Invalid, "limit %d", limit)
	}
	page = []indexer.PendingText{}
	first := after == ""
	if first {
		if full, err := s.covers(ctx, space); full || err != nil {
			return page, 0, err
		}
	}
	err = s.snapshot(ctx, func(tx *sql.Tx) error {
		row, err := findSpace(ctx, tx, space)
		if err != nil {
			return err
		}
		if first {
			total, err = value[int](tx.QueryRowContext(ctx, "SELECT count(DISTINCT c.text_id) FROM chunks c WHERE"+lacking, row.id))
			if err != nil {
				return err
			}
		}
		if limit == 0 {
			return nil
		}
		page, err = list(ctx, tx, scanPending, pendingPage, row.id, below, limit)
		return err
	})
	if err != nil {
		return nil, 0, s.explain(ctx, err, "list texts without vectors")
	}
	return page, total, nil
}

func scanPending(rows *sql.Rows) (indexer.PendingText, error) {
	var p indexer.PendingText
	var all string
	if err := rows.Scan(&p.Cursor, &p.Digest, &p.Text, &p.Language, &all); err != nil {
		return p, err
	}
	err := json.Unmarshal([]byte(all), &p.Others)
	p.Others = slices.DeleteFunc(p.Others, func(l string) bool { return l == p.Language })
	if slices.Sort(p.Others); len(p.Others) == 0 {
		p.Others = nil
	}
	return p, err
}

// covers says whether every chunk has a vector in a space, by what a search of it would see. Asking the tables takes two
// seconds for a million chunks, and most runs of the indexer find nothing to encode.
func (s *store) covers(ctx context.Context, space string) (bool, error) {
	v, err := s.view(ctx, space)
	if err != nil {
		return false, err
	}
	full := false
	err = s.snapshot(ctx, func(tx *sql.Tx) error {
		now, err := currentState(ctx, tx)
		if err != nil || now != v.state {
			return err
		}
		n, err := countChunks(ctx, tx)
		full = n == v.live
		return err
	})
	return full, s.explain(ctx, errors.Join(err, v.release()), "count texts without vectors")
}

// PutVectors implements search.Backend. Vectors of texts that no chunk has are kept too. Invalid as well for a vector
// that is not finite or not of unit length: it would spoil every ranking that it takes part in.
func (s *store) PutVectors(ctx context.Context, space string, vectors []indexer.TextVector) error {
	return s.write(ctx, "write vectors", len(vectors) > 0, func(tx *sql.Tx, _ int64) error {
		row, err := findSpace(ctx, tx, space)
		if err != nil {
			return err
		}
		quiet := context.WithoutCancel(ctx) // see newPutter
		var find, put *sql.Stmt
		err = prepareAll(quiet, tx, []statement{
			{&find, "SELECT id FROM texts WHERE digest = ?"},
			// REPLACE, not UPDATE: a new ID is what tells the derived files that the vector changed.
			{&put, "INSERT OR REPLACE INTO vectors (space_id, text_id, vector) VALUES (?, ?, ?)"},
		})
		if err != nil {
			return err
		}
		for i := range vectors {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := putVector(quiet, tx, find, put, row, &vectors[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

func putVector(ctx context.Context, tx *sql.Tx, find, put *sql.Stmt, space spaceRow, v *indexer.TextVector) error {
	digest, err := hex.DecodeString(v.Digest)
	if err != nil || len(digest) != 32 {
		return fault.New(fault.Invalid, "digest %q is not a SHA-256 in hex", v.Digest)
	}
	if err := search.CheckVector(v.Vector, space.name, space.dims); err != nil {
		return err
	}
	text, err := value[int64](find.QueryRowContext(ctx, digest))
	if text == 0 && err == nil {
		text, err = value[int64](tx.QueryRowContext(ctx, "INSERT INTO texts (digest) VALUES (?) RETURNING id", digest))
	}
	if err != nil {
		return err
	}
	_, err = put.ExecContext(ctx, space.id, text, encodeVector(v.Vector))
	return err
}

// TextVectors implements search.Backend.
func (s *store) TextVectors(ctx context.Context, space string, texts []string) ([][]float32, error) {
	return read(ctx, s, "read vectors of texts", func(tx *sql.Tx) ([][]float32, error) {
		row, err := findSpace(ctx, tx, space)
		if err != nil {
			return nil, err
		}
		var find *sql.Stmt
		if err := prepareAll(ctx, tx, []statement{
			{&find, "SELECT v.vector FROM texts t JOIN vectors v ON v.text_id = t.id AND v.space_id = ?1 WHERE t.digest = ?2"},
		}); err != nil {
			return nil, err
		}
		out := make([][]float32, len(texts))
		for i, text := range texts {
			digest := sha256.Sum256([]byte(text))
			raw, err := value[[]byte](find.QueryRowContext(ctx, row.id, digest[:]))
			if err != nil {
				return nil, err
			}
			if raw == nil {
				continue
			}
			if out[i] = make([]float32, row.dims); !decodeVector(out[i], raw) {
				return nil, fault.New(fault.Corrupt, "a vector of space %s has %d bytes, want %d", space, len(raw), 4*row.dims)
			}
		}
		return out, nil
	})
}

// encodeVector writes a vector for the database: little-endian, whatever the machine.
func encodeVector(v []float32) []byte {
	b := make([]byte, 0, 4*len(v))
	for _, x := range v {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
	}
	return b
}

// decodeVector reads what encodeVector wrote into dst, and says whether the lengths match.
func decodeVector(dst []float32, b []byte) bool {
	if len(b) != 4*len(dst) {
		return false
	}
	for i := range dst {
		dst[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
	return true
}
