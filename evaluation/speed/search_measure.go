package speed

import (
	"context"
	"slices"
	"time"

	"loradex/search"
	"loradex/search/tokens"
)

// This file measures searches over a store.

// searchQuery is one search: by its words and by its vector, of unit length.
type searchQuery struct {
	text   string
	vector []float32
}

// searchOptions say how a query is asked.
type searchOptions struct {
	k     int
	depth int  // how many candidates each search returns, as hybrid search asks for
	exact bool // leave the sign bits out of the measured searches
}

// warmUp is how many queries are run first and not counted.
const warmUp = 10

// TimesMS are quantiles of one kind of search, in milliseconds.
type TimesMS struct {
	P50 float64 `json:"p50"`
	P95 float64 `json:"p95"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`
}

func timesOf(d []time.Duration) TimesMS {
	slices.Sort(d)
	return TimesMS{P50: inMS(d[len(d)/2]), P95: inMS(d[len(d)*95/100]), P99: inMS(d[len(d)*99/100]), Max: inMS(d[len(d)-1])}
}

func inMS(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// searchTimes are the times of queries.
type searchTimes struct {
	dense, lexical TimesMS
	whole          TimesMS // both searches and reading the best chunks, without encoding
	recall         float64 // of the k best rows against the exact scan, by vector
}

// measureSearches runs every query once, one after the other, and compares the vector search with the exact scan. That comes
// after the timing: it reads every vector, which empties the processor's caches.
func measureSearches(ctx context.Context, r search.Reader, queries []searchQuery, o searchOptions) (t searchTimes, err error) {
	for _, q := range queries[:min(warmUp, len(queries))] {
		if _, err := searchOnce(ctx, r, q, o); err != nil {
			return t, err
		}
	}
	var dense, lexical, whole []time.Duration
	hits := make([][]search.Scored, len(queries))
	for i, q := range queries {
		took, err := searchOnce(ctx, r, q, o)
		if err != nil {
			return t, err
		}
		hits[i] = took.hits
		dense, lexical, whole = append(dense, took.dense), append(lexical, took.lexical), append(whole, took.whole)
	}
	t.dense, t.lexical, t.whole = timesOf(dense), timesOf(lexical), timesOf(whole)
	found, wanted := 0, 0
	for i, q := range queries {
		f, w, err := recall(ctx, r, q, o, hits[i])
		if err != nil {
			return t, err
		}
		found, wanted = found+f, wanted+w
	}
	if wanted > 0 {
		t.recall = float64(found) / float64(wanted)
	}
	return t, nil
}

// taken is the time that one query took, and the best vectors it found.
type taken struct {
	dense, lexical, whole time.Duration
	hits                  []search.Scored
}

func searchOnce(ctx context.Context, r search.Reader, q searchQuery, o searchOptions) (t taken, err error) {
	start := time.Now()
	if t.hits, err = r.Dense(ctx, drawnSpace, q.vector, search.Filter{}, o.depth, o.exact); err != nil {
		return t, err
	}
	t.dense = time.Since(start)
	before := time.Now()
	best, _, err := r.Lexical(ctx, search.Terms(tokens.Unique(q.text)), search.Filter{}, o.depth)
	if err != nil {
		return t, err
	}
	t.lexical = time.Since(before)
	if len(t.hits) > 0 {
		best = t.hits
	}
	var ids []search.ID
	for _, h := range best[:min(o.k, len(best))] {
		ids = append(ids, h.ID)
	}
	_, err = r.Chunks(ctx, nil, ids)
	t.whole = time.Since(start)
	return t, err
}

// recall counts how many of the k best rows of the exact scan a search found. A row that ties with the last of them
// counts as well: which of two equal rows comes first is no matter of quality.
func recall(ctx context.Context, r search.Reader, q searchQuery, o searchOptions, hits []search.Scored) (found, wanted int, err error) {
	exact, err := r.Dense(ctx, drawnSpace, q.vector, search.Filter{}, o.k, true)
	if err != nil || len(exact) == 0 {
		return 0, 0, err
	}
	last := exact[len(exact)-1].Score
	for _, h := range hits[:min(len(hits), len(exact))] {
		if h.Score >= last {
			found++
		}
	}
	return found, len(exact), nil
}
