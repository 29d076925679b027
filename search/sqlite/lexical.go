package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"loradex/search"
)

// This file defines lexical search: BM25 over the columns of an FTS5 table. The table has no text of its own and no
// tokenizer to speak of: package tokens splits documents and queries before SQLite sees them.

const (
	// commonShare: a term in more than 1/10 of the chunks says little and costs much; others are preferred.
	commonShare = 10
	// rareShare: terms in more than 1/100 of the chunks are listed with their counts, so that no search has to count them.
	rareShare = 100
	// pruneFrom is the number of chunks from which terms are pruned.
	pruneFrom = 2000
)

// Lexical implements search.Reader. The score is BM25 with FTS5's parameters (k1 = 1.2, b = 0.75), positive.
func (s *store) Lexical(ctx context.Context, words []string, f search.Filter, k int) (hits []search.Scored, stats *search.WordStats, err error) {
	if err := f.Check(k); err != nil {
		return nil, nil, err
	}
	err = s.settled(ctx, f.Trees, func() (err error) {
		hits, stats, err = s.lexical(ctx, words, f, k)
		return err
	})
	return hits, stats, err
}

func (s *store) lexical(ctx context.Context, words []string, f search.Filter, k int) ([]search.Scored, *search.WordStats, error) {
	hits := []search.Scored{}
	var stats *search.WordStats
	// Before the snapshot: who holds a connection must not ask for a second one.
	r, err := s.resolve(ctx, f)
	if err != nil {
		return nil, nil, s.explain(ctx, err, "resolve the filter")
	}
	err = s.snapshot(ctx, func(tx *sql.Tx) error {
		var base int
		if stats, base, err = s.countWords(ctx, tx, words); err != nil {
			return err
		}
		match, times := s.match(stats.Terms, base)
		if match == "" || r.nothing() || k == 0 {
			return nil
		}
		where, args := r.where()
		w := search.Weights
		statement := fmt.Sprintf(`SELECT rowid, -bm25(fts, %g, %g, %g, %g) AS score FROM fts WHERE fts MATCH ?%s
			ORDER BY score DESC, rowid LIMIT ?`, w.Symbol, w.Path, w.Doc, w.Text, where)
		args = append(append([]any{match}, args...), k)
		hits, err = list(ctx, tx, func(rows *sql.Rows) (search.Scored, error) {
			var hit search.Scored
			var score float64
			err := rows.Scan(&hit.ID, &score)
			hit.Score = float32(score / times)
			return hit, err
		}, statement, args...)
		return err
	})
	if err != nil {
		return nil, nil, s.explain(ctx, err, "search for words")
	}
	return search.Best(hits, k), stats, nil // scores that differ as float64 may be equal as float32
}

// match returns the FTS5 expression for a query, "" where nothing can match: its terms, pruned, each quoted, any of
// which may match. BM25 in FTS5 adds up all terms of the expression, so one that is written twice counts twice; times
// says how often each is.
func (s *store) match(terms []search.TermStats, base int) (expression string, times float64) {
	finding, scoring := s.choose(terms, base)
	if len(scoring) == 0 {
		return anyOf(finding), 1
	}
	// A match of the left side is one of the whole, and the right side only adds to its score. The terms that find stand
	// on both sides, as FTS5 has no "and if it is there, also"; the others are written twice as well, so that all have
	// the weights that they would have alone.
	return "(" + anyOf(finding) + ") AND (" + anyOf(finding, scoring, scoring) + ")", 2
}

// anyOf joins terms by OR.
func anyOf(lists ...[]string) string {
	var quoted []string
	for _, word := range slices.Concat(lists...) {
		quoted = append(quoted, `"`+strings.ReplaceAll(word, `"`, `""`)+`"`)
	}
	return strings.Join(quoted, " OR ")
}

// choose chooses terms that some chunk has, at most Options.Terms, the rarest first, without the common ones where others are
// left, and marks them. The first are those that find chunks: as many as match at most Options.Matches times in all. The others
// only add to the scores of what those find. chunks is 0 where the index is too small for any term to count as common.
//
// That is the split of MaxScore (Turtle and Flood 1995, "Query evaluation: strategies and optimizations") with a bound
// on work in place of one on scores: a chunk without any of the rarer terms seldom comes first.
//
// Measured as MRR@10 on five data sets (1,100 to 12,800 chunks, 8,700 queries): all terms but the common ones 0.404,
// all terms 0.400, the 12 rarest 0.397, the 6 rarest 0.373, the 4 rarest 0.336. So common terms may go, and a short
// list is no way to save time. With a bound of a tenth of the chunks, as the default is at a million, nDCG@10 on nine
// data sets (1,100 to 10,600 chunks, 7,397 queries) differs from that without a bound by -0.005 to +0.003, nowhere
// significantly; leaving those terms out altogether cost 0.012 to 0.057 on eight of them.
func (s *store) choose(terms []search.TermStats, chunks int) (finding, scoring []string) {
	var there []*search.TermStats
	for i := range terms {
		t := &terms[i]
		if t.Dropped, t.ScoresOnly = true, false; t.Chunks > 0 {
			there = append(there, t)
		}
	}
	slices.SortStableFunc(there, func(a, b *search.TermStats) int { return cmp.Compare(a.Chunks, b.Chunks) })
	sum := int64(0)
	for i, t := range there[:min(len(there), s.opts.Terms)] {
		if i > 0 && chunks >= pruneFrom && t.Chunks > int64(chunks/commonShare) {
			break
		}
		sum += t.Chunks
		t.Dropped, t.ScoresOnly = false, i > 0 && sum > int64(s.opts.Matches)
		if t.ScoresOnly {
			scoring = append(scoring, t.Text)
		} else {
			finding = append(finding, t.Text)
		}
	}
	return finding, scoring
}
