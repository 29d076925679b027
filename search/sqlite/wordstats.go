package sqlite

import (
	"context"
	"database/sql"

	"loradex/internal/fault"
	"loradex/search"
	"loradex/search/tokens"
)

// countedWords are the words of a query and what the full-text table says of them and of itself.
type countedWords struct {
	words          []string
	terms          []term // those words that some chunk has
	base           int    // see commonTermsBase
	chunks, tokens int64  // of the table
}

func (s *store) countWords(ctx context.Context, tx *sql.Tx, query string) (countedWords, error) {
	w := countedWords{words: tokens.Unique(query)}
	averages, err := value[[]byte](tx.QueryRowContext(ctx, "SELECT block FROM fts_data WHERE id = 1"))
	if err != nil {
		return w, err
	}
	if w.chunks, w.tokens, err = decodeAverages(averages); err != nil {
		return w, err
	}
	if w.base, err = commonTermsBase(ctx, tx); err != nil {
		return w, err
	}
	w.terms, err = countTerms(ctx, tx, w.words)
	return w, err
}

// stats are the numbers that a query is ranked by. Chunks and Tokens are those that FTS5 itself ranks by. How many chunks
// have a term is an estimate where chunks were removed lately, or where the term is a common one: see countTerms.
func (s *store) stats(w countedWords) *search.WordStats {
	stats := &search.WordStats{
		Chunks: w.chunks, Tokens: w.tokens,
		Choose: func(terms []search.TermStats) { s.choose(terms, w.base) },
	}
	counts := make(map[string]int, len(w.terms))
	for _, t := range w.terms {
		counts[t.text] = t.chunks
	}
	for _, word := range w.words {
		stats.Terms = append(stats.Terms, search.TermStats{Text: word, Chunks: int64(counts[word])})
	}
	return stats
}

// choose marks the terms as prune chooses them.
func (s *store) choose(terms []search.TermStats, chunks int) {
	at := make(map[string]*search.TermStats, len(terms))
	var there []term
	for i := range terms {
		t := &terms[i]
		at[t.Text], t.Dropped, t.ScoresOnly = t, true, false
		if t.Chunks > 0 {
			there = append(there, term{t.Text, int(t.Chunks)})
		}
	}
	finding, scoring := prune(there, chunks, s.opts.Terms, s.opts.Matches)
	for _, t := range finding {
		at[t.text].Dropped = false
	}
	for _, t := range scoring {
		at[t.text].Dropped, at[t.text].ScoresOnly = false, true
	}
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
