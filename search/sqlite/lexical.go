package sqlite

import (
	"context"

	"loradex/search"
	"loradex/search/sqlite/words"
)

// Lexical implements search.Reader. The score is BM25 with k1 = 1.2 and b = 0.75, over all terms.
func (s *store) Lexical(ctx context.Context, terms []search.Term, f search.Filter, k int) (hits []search.Scored, stats *search.WordStats, err error) {
	if err := search.CheckTerms(terms); err != nil {
		return nil, nil, err
	}
	if err := f.Check(k); err != nil {
		return nil, nil, err
	}
	err = s.settled(ctx, f.Trees, func() error {
		return s.withWords(ctx, func(v *wordView) (err error) {
			hits, stats, err = s.searchWords(ctx, v, terms, f, k)
			return err
		})
	})
	return hits, stats, err
}

func (s *store) searchWords(ctx context.Context, v *wordView, terms []search.Term, f search.Filter, k int) ([]search.Scored, *search.WordStats, error) {
	r, err := s.resolve(ctx, f)
	if err != nil {
		return nil, nil, err
	}
	stats := &search.WordStats{Chunks: v.Docs, Tokens: v.Tokens}
	q := words.Query{K: k, Filter: r.words()}
	for _, t := range terms {
		have, err := v.Have(t.Text)
		if err != nil {
			return nil, nil, err
		}
		stats.Terms = append(stats.Terms, search.TermStats{Term: t, Chunks: have})
		if have > 0 {
			q.Terms = append(q.Terms, words.Term{Text: t.Text, Weight: t.Weight})
		}
	}
	hits := []search.Scored{}
	if len(q.Terms) == 0 || r.nothing() {
		return hits, stats, ctx.Err()
	}
	best, err := v.Search(ctx, q)
	for _, h := range best {
		hits = append(hits, search.Scored{ID: search.ID(h.ID), Score: h.Score})
	}
	return hits, stats, err
}

// words returns the filter as the word index takes it, nil where everything passes.
func (r *resolved) words() *words.Filter {
	if r.everything() {
		return nil
	}
	f := &words.Filter{Excluded: r.excluded}
	if others := setOf(r.others); others != nil {
		f.File = func(file int64) bool { return !others.has(file) }
	} else if files := setOf(r.files); files != nil {
		f.File = files.has
	}
	if kinds := setOf(r.kinds); kinds != nil {
		f.Kind = func(kind uint32) bool { return kinds.has(int64(kind)) }
	}
	if only := setOf(r.only); only != nil {
		f.Chunk = only.has
	}
	return f
}
