package sqlite

import (
	"context"
	"database/sql"

	"loradex/internal/fault"
	"loradex/search"
)

// countWords returns the numbers that a query is ranked by, and how many chunks there were when common terms were listed. Chunks
// and Tokens are those that FTS5 itself ranks by. How many chunks have a term is an estimate where chunks were removed lately, or
// where the term is a common one: counting goes through all occurrences of a term, so for these it was done beforehand.
func (s *store) countWords(ctx context.Context, tx *sql.Tx, words []string) (*search.WordStats, int, error) {
	averages, err := value[[]byte](tx.QueryRowContext(ctx, "SELECT block FROM fts_data WHERE id = 1"))
	if err != nil {
		return nil, 0, err
	}
	stats := &search.WordStats{}
	if stats.Chunks, stats.Tokens, err = decodeAverages(averages); err != nil {
		return nil, 0, err
	}
	base, err := commonTermsBase(ctx, tx)
	if err != nil {
		return nil, 0, err
	}
	stats.Choose = func(terms []search.TermStats) { s.choose(terms, base) }
	var look *sql.Stmt
	err = prepareAll(ctx, tx, []statement{
		{&look, "SELECT coalesce((SELECT chunks FROM common_terms WHERE term = ?1), (SELECT doc FROM fts_terms WHERE term = ?1), 0)"},
	})
	if err != nil {
		return nil, 0, err
	}
	for _, word := range words {
		chunks, err := value[int64](look.QueryRowContext(ctx, word))
		if err != nil {
			return nil, 0, err
		}
		stats.Terms = append(stats.Terms, search.TermStats{Text: word, Chunks: chunks})
	}
	return stats, base, nil
}

// decodeAverages reads FTS5's record of the totals: the number of rows, then the number of tokens of each column, as
// SQLite's varints. An empty table has none.
func decodeAverages(block []byte) (rows, all int64, err error) {
	for i := 0; len(block) > 0; i++ {
		n, length := varint(block)
		if length == 0 || n < 0 {
			return 0, 0, fault.New(fault.Corrupt, "the totals of the full-text table").WithHint(cleanHint)
		}
		if block = block[length:]; i == 0 {
			rows = n
		} else if all += n; all < 0 {
			return 0, 0, fault.New(fault.Corrupt, "the totals of the full-text table").WithHint(cleanHint)
		}
	}
	return rows, all, nil
}

// varint reads one of SQLite's varints: big-endian groups of 7 bits, all 8 of a ninth byte. length is 0 where it is cut off.
func varint(b []byte) (value int64, length int) {
	var v uint64
	for i, c := range b {
		if i == 8 {
			return int64(v<<8 | uint64(c)), 9 //nolint:gosec // the bits are SQLite's; a negative number is refused
		}
		if v = v<<7 | uint64(c&0x7f); c < 0x80 {
			return int64(v), i + 1 //nolint:gosec // 56 bits
		}
	}
	return 0, 0
}
