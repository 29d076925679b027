package sqlite

import (
	"context"
	"database/sql"
	"strconv"
)

// This file defines the list of common terms. It need not be exact: it only says which terms a search prefers, and
// BM25 itself takes its counts from FTS5. So it is made anew when the index has changed much, not with every change.

// commonTermsBase returns the number of chunks at which the list was made, 0 where there is none.
func commonTermsBase(ctx context.Context, q querier) (int, error) {
	value, err := getMeta(ctx, q, "common_terms")
	if value == "" || err != nil {
		return 0, err
	}
	return strconv.Atoi(value)
}

// grownTwofold is when the list is made anew in the middle of a run: often enough for the searches that go on beside
// it, seldom enough to cost no more than a constant share of the run.
func grownTwofold(old, now int) bool { return now >= pruneFrom && now >= 2*old }

// changedByTenth is when the list is made anew at the end of a run.
func changedByTenth(old, now int) bool {
	return now >= pruneFrom && (now-old > old/10 || old-now > old/10)
}

// refreshCommonTerms makes the list anew where due says so.
func refreshCommonTerms(ctx context.Context, tx *sql.Tx, due func(old, now int) bool) error {
	old, err := commonTermsBase(ctx, tx)
	if err != nil {
		return err
	}
	now, err := countChunks(ctx, tx)
	if err != nil || !due(old, now) {
		return err
	}
	if _, err := tx.ExecContext(ctx, "DELETE FROM common_terms"); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "INSERT INTO common_terms SELECT term, doc FROM fts_terms WHERE doc > ?", now/rareShare); err != nil {
		return err
	}
	return putMeta(ctx, tx, "common_terms", strconv.Itoa(now))
}
