package searchbench

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"loradex/internal/fault"
	"loradex/search"
)

// Query is one search: by its text, by its vector, or both.
type Query struct {
	Text   string
	Vector []float32 // unit length; nil leaves the vector search out
}

// MeasureOptions are the settings of Measure.
type MeasureOptions struct {
	Space  string        // the default is SpaceID
	K      int           // the default is 10
	Depth  int           // how many candidates each search returns, as hybrid search asks for; the default is 100
	Filter search.Filter // applied to all
	Exact  bool          // leave the sign bits out of the measured searches
	Warmup int           // queries that are run first and not counted; the default is 10
}

func (o MeasureOptions) withDefaults() MeasureOptions {
	if o.Space == "" {
		o.Space = SpaceID
	}
	if o.K == 0 {
		o.K = 10
	}
	if o.Depth == 0 {
		o.Depth = 100
	}
	if o.Warmup == 0 {
		o.Warmup = 10
	}
	return o
}

// Times are quantiles of one kind of search.
type Times struct {
	N   int           `json:"n"`
	P50 time.Duration `json:"p50"`
	P95 time.Duration `json:"p95"`
	P99 time.Duration `json:"p99"`
	Max time.Duration `json:"max"`
}

// Report is what Measure found.
type Report struct {
	Chunks  int     `json:"chunks"`
	Dense   Times   `json:"dense"`
	Lexical Times   `json:"lexical"`
	Whole   Times   `json:"whole"`  // both searches and reading the best chunks, without encoding
	Recall  float64 `json:"recall"` // of the K best rows against the exact scan, by vector
}

// String is the report as a table.
func (r Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d chunks, recall %.4f\n", r.Chunks, r.Recall)
	for _, row := range []struct {
		name string
		t    Times
	}{{"vector", r.Dense}, {"words", r.Lexical}, {"whole query", r.Whole}} {
		fmt.Fprintf(&b, "%-12s p50 %8.2f ms  p95 %8.2f ms  p99 %8.2f ms  max %8.2f ms  (%d)\n", row.name,
			ms(row.t.P50), ms(row.t.P95), ms(row.t.P99), ms(row.t.Max), row.t.N)
	}
	return b.String()
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// Measure runs every query once, one after the other, and compares the vector search with the exact scan.
func Measure(ctx context.Context, r search.Reader, queries []Query, o MeasureOptions) (Report, error) {
	o = o.withDefaults()
	if o.K < 0 || o.Depth < o.K || o.Warmup < 0 {
		return Report{}, fault.New(fault.Invalid, "searchbench: k %d, depth %d, warm-up %d", o.K, o.Depth, o.Warmup)
	}
	var report Report
	chunks, err := r.Count(ctx, o.Filter.Trees, nil, "")
	if err != nil {
		return report, err
	}
	report.Chunks = chunks[0]
	for i := range min(o.Warmup, len(queries)) {
		if _, err := one(ctx, r, queries[i], o); err != nil {
			return report, err
		}
	}
	var dense, lexical, whole []time.Duration
	hits := make([][]search.Scored, len(queries))
	for i, q := range queries {
		took, err := one(ctx, r, q, o)
		if err != nil {
			return report, err
		}
		hits[i] = took.hits
		if q.Vector != nil {
			dense = append(dense, took.dense)
		}
		if q.Text != "" {
			lexical = append(lexical, took.lexical)
		}
		whole = append(whole, took.whole)
	}
	report.Dense, report.Lexical, report.Whole = timesOf(dense), timesOf(lexical), timesOf(whole)
	report.Recall, err = meanRecall(ctx, r, queries, hits, o)
	return report, err
}

// meanRecall is computed after the timing: the exact scan reads every vector, which empties the processor's caches.
func meanRecall(ctx context.Context, r search.Reader, queries []Query, hits [][]search.Scored, o MeasureOptions) (float64, error) {
	found, wanted := 0, 0
	for i, q := range queries {
		if q.Vector == nil {
			continue
		}
		f, w, err := recall(ctx, r, q, o, hits[i])
		if err != nil {
			return 0, err
		}
		found, wanted = found+f, wanted+w
	}
	if wanted == 0 {
		return 0, nil
	}
	return float64(found) / float64(wanted), nil
}

// taken is the time that one query took, and the best vectors it found.
type taken struct {
	dense, lexical, whole time.Duration
	hits                  []search.Scored
}

func one(ctx context.Context, r search.Reader, q Query, o MeasureOptions) (taken, error) {
	var t taken
	var words []search.Scored
	var err error
	start := time.Now()
	if q.Vector != nil {
		if t.hits, err = r.Dense(ctx, o.Space, q.Vector, o.Filter, o.Depth, o.Exact); err != nil {
			return t, err
		}
		t.dense = time.Since(start)
	}
	if q.Text != "" {
		before := time.Now()
		if words, _, err = r.Lexical(ctx, q.Text, o.Filter, o.Depth); err != nil {
			return t, err
		}
		t.lexical = time.Since(before)
	}
	best := t.hits
	if len(best) == 0 {
		best = words
	}
	var ids []search.ID
	for _, h := range best[:min(o.K, len(best))] {
		ids = append(ids, h.ID)
	}
	_, err = r.Chunks(ctx, o.Filter.Trees, ids)
	t.whole = time.Since(start)
	return t, err
}

// recall counts how many of the K best rows of the exact scan a search found. A row that ties with the last of them
// counts as well: which of two equal rows comes first is no matter of quality.
func recall(ctx context.Context, r search.Reader, q Query, o MeasureOptions, hits []search.Scored) (found, wanted int, err error) {
	exact, err := r.Dense(ctx, o.Space, q.Vector, o.Filter, o.K, true)
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

func timesOf(d []time.Duration) Times {
	if len(d) == 0 {
		return Times{}
	}
	slices.Sort(d)
	return Times{N: len(d), P50: d[len(d)/2], P95: d[len(d)*95/100], P99: d[len(d)*99/100], Max: d[len(d)-1]}
}
