package sqlite

import (
	"context"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math"
	"slices"

	"loradex/indexer"
	"loradex/internal/fault"
	"loradex/search"
)

// wanted selects the texts that some chunk needs and that have no vector in space ?1.
const wanted = ` FROM texts t WHERE EXISTS (SELECT 1 FROM chunks c WHERE c.text_id = t.id)
	AND NOT EXISTS (SELECT 1 FROM vectors v WHERE v.space_id = ?1 AND v.text_id = t.id)`

// Pending implements indexer.Sink.
func (s *Store) Pending(ctx context.Context, space, after string, limit int) ([]indexer.PendingText, error) {
	from, err := hex.DecodeString(after)
	if err != nil || len(from) != 0 && len(from) != 32 {
		return nil, fault.New(fault.Invalid, "digest %q", after)
	}
	if limit < 0 {
		return nil, fault.New(fault.Invalid, "limit %d", limit)
	}
	out := []indexer.PendingText{}
	err = s.snapshot(ctx, func(tx *sql.Tx) error {
		row, err := findSpace(ctx, tx, space)
		if err != nil {
			return err
		}
		return each(ctx, tx, func(rows *sql.Rows) error {
			var p indexer.PendingText
			var all string
			if err := rows.Scan(&p.Digest, &p.Text, &p.Language, &all); err != nil {
				return err
			}
			if err := json.Unmarshal([]byte(all), &p.Others); err != nil {
				return err
			}
			p.Others = slices.DeleteFunc(p.Others, func(l string) bool { return l == p.Language })
			if slices.Sort(p.Others); len(p.Others) == 0 {
				p.Others = nil
			}
			out = append(out, p)
			return nil
		}, `SELECT lower(hex(t.digest)), t.text, (SELECT f.language FROM chunks c JOIN files f ON f.id = c.file_id
			WHERE c.text_id = t.id ORDER BY c.id LIMIT 1),
			(SELECT json_group_array(DISTINCT f.language) FROM chunks c JOIN files f ON f.id = c.file_id WHERE c.text_id = t.id)`+wanted+" AND t.digest > ?2 ORDER BY t.digest LIMIT ?3", row.id, from, limit)
	})
	if err != nil {
		return nil, s.explain(ctx, err, "list texts without vectors")
	}
	return out, nil
}

// PendingCount implements indexer.Sink.
func (s *Store) PendingCount(ctx context.Context, space string) (int, error) {
	var n int
	err := s.snapshot(ctx, func(tx *sql.Tx) error {
		row, err := findSpace(ctx, tx, space)
		if err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, "SELECT count(*)"+wanted, row.id).Scan(&n)
	})
	return n, s.explain(ctx, err, "count texts without vectors")
}

// PutVectors implements indexer.Sink. Vectors of texts that no chunk has are kept too. Invalid as well for a vector
// that is not finite or not of unit length: it would spoil every ranking that it takes part in.
func (s *Store) PutVectors(ctx context.Context, space string, vectors []indexer.TextVector) error {
	return s.write(ctx, "write vectors", len(vectors) > 0, func(tx *sql.Tx, _ int64) error {
		row, err := findSpace(ctx, tx, space)
		if err != nil {
			return err
		}
		quiet := context.WithoutCancel(ctx) // see newPutter
		find, err := tx.PrepareContext(quiet, "SELECT id FROM texts WHERE digest = ?")
		if err != nil {
			return err
		}
		// REPLACE, not UPDATE: a new ID is what tells the derived files that the vector changed.
		put, err := tx.PrepareContext(quiet, "INSERT OR REPLACE INTO vectors (space_id, text_id, vector) VALUES (?, ?, ?)")
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
	var text int64
	err = find.QueryRowContext(ctx, digest).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		err = tx.QueryRowContext(ctx, "INSERT INTO texts (digest) VALUES (?) RETURNING id", digest).Scan(&text)
	}
	if err != nil {
		return err
	}
	_, err = put.ExecContext(ctx, space.id, text, encodeVector(v.Vector))
	return err
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
