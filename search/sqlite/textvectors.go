package sqlite

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
	"math"

	"loradex/internal/fault"
)

// TextVectors returns the vectors that a space holds of some texts, in order; nil where it holds none of a text. NotFound
// for an unknown space.
func (s *Store) TextVectors(ctx context.Context, space string, texts []string) ([][]float32, error) {
	out := make([][]float32, len(texts))
	err := s.snapshot(ctx, func(tx *sql.Tx) error {
		row, err := findSpace(ctx, tx, space)
		if err != nil {
			return err
		}
		find, err := tx.PrepareContext(ctx,
			"SELECT v.vector FROM texts t JOIN vectors v ON v.text_id = t.id AND v.space_id = ?1 WHERE t.digest = ?2")
		if err != nil {
			return err
		}
		defer find.Close()
		for i, text := range texts {
			digest := sha256.Sum256([]byte(text))
			var raw []byte
			err := find.QueryRowContext(ctx, row.id, digest[:]).Scan(&raw)
			switch {
			case errors.Is(err, sql.ErrNoRows):
			case err != nil:
				return err
			case len(raw) != 4*row.dims:
				return fault.New(fault.Corrupt, "a vector of space %s has %d bytes, want %d", space, len(raw), 4*row.dims)
			default:
				out[i] = make([]float32, row.dims)
				for j := range out[i] {
					out[i][j] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*j:]))
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, s.explain(ctx, err, "read vectors of texts")
	}
	return out, nil
}
