package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
)

// checkWords looks at the word files: whether they hold together, and whether they hold the chunks of the database, where
// they are meant for its present state. Files that are behind are sound; the next search brings them up.
func (s *store) checkWords(ctx context.Context, tx *sql.Tx, r *report) error {
	v, err := s.openWords()
	if isDamaged(err) {
		r.Derived = append(r.Derived, fmt.Sprintf("words: %v", err))
		return nil
	}
	if err != nil {
		return nil //nolint:nilerr // no files yet, or none that can be opened: the next search makes them
	}
	defer v.release() //nolint:errcheck // read only
	now, err := currentState(ctx, tx)
	if err != nil {
		return err
	}
	err = mapped(func() error {
		for _, p := range v.Parts {
			if err := p.Segment.Check(); err != nil {
				return err
			}
		}
		if now != v.state {
			return nil
		}
		have := []int64{}
		for _, p := range v.Parts {
			have = p.AppendChunks(have)
		}
		slices.Sort(have)
		want, err := column[int64](ctx, tx, "SELECT id FROM chunks ORDER BY id")
		if err == nil && !slices.Equal(have, want) {
			r.Derived = append(r.Derived, fmt.Sprintf("words: files hold %d chunks that are not those of the database (%d)", len(have), len(want)))
		}
		return err
	})
	if isDamaged(err) {
		r.Derived = append(r.Derived, fmt.Sprintf("words: %v", err))
		err = nil
	}
	return errors.Join(err, ctx.Err())
}
