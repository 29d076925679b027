package sqlite

import (
	"context"
	"database/sql"
)

// Compact forgets what no chunk of the index needs: cached texts, vectors and chunk lists of branches and files that
// are gone. Indexing those again then costs their encoding again. The space in index.db is used for what comes next.
func (s *Store) Compact(ctx context.Context) error {
	return s.write(ctx, "compact", true, func(tx *sql.Tx, _ int64) error { return forgetUnused(ctx, tx) })
}

func forgetUnused(ctx context.Context, tx *sql.Tx) error {
	for _, statement := range []string{
		"DELETE FROM vectors WHERE text_id NOT IN (SELECT text_id FROM chunks)",
		"DELETE FROM texts WHERE id NOT IN (SELECT text_id FROM chunks)",
		"DELETE FROM chunk_lists WHERE (blob, language) NOT IN (SELECT blob, language FROM files)",
	} {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}
