package experiment

// This file times systems in turns.

import (
	"context"
	"slices"
	"time"

	"gonum.org/v1/gonum/stat"

	"loradex/adapters"
	"loradex/embed"
	"loradex/evaluation/compare"
	"loradex/internal/fault"
)

// subject is a system to be timed. Its encoder makes vectors and says how many tokens it read of each row.
type subject struct {
	encoder interface {
		Each(ctx context.Context, rows []embed.Row, take func(i int, vector []float32, tokens int) error) error
	}
	adapter, docAdapter adapters.Mix // of queries and of documents
}

// timer takes turns.
type timer struct {
	subjects []subject
	rounds   int // in which all documents are encoded
	warmUp   int // queries of each subject that are not counted
	now      func() time.Time
	progress func(done, total int)

	done, total int // steps
}

// run measures the subjects in turns, so that a busy moment of the machine meets all of them alike: each query is
// encoded alone by every subject before the next one is, and each round of documents likewise; who begins changes every
// time. Queries take the query's role and mix, documents theirs. The first queries and one round of documents are run
// before, and not counted: sessions are opened and adapters read in them. Tokenizing counts.
func (t *timer) run(ctx context.Context, queries, documents []string) ([]compare.Timing, error) {
	if t.rounds < 1 || t.rounds > 1000 {
		return nil, fault.New(fault.Invalid, "%d rounds: want 1 to 1000", t.rounds)
	}
	if len(t.subjects) == 0 || len(queries) == 0 || len(documents) == 0 {
		return nil, fault.New(fault.Invalid, "%d systems, %d queries and %d documents: need at least one of each", len(t.subjects), len(queries), len(documents))
	}
	t.total = t.warmUp + len(queries) + 1 + t.rounds
	latencies := make([][]float64, len(t.subjects))
	for i := range t.warmUp + len(queries) {
		err := t.turn(ctx, i, func(s subject) []embed.Row {
			return []embed.Row{{Text: queries[i%len(queries)], Role: embed.Query, Mix: s.adapter}}
		}, func(at int, seconds float64, _ int) {
			if i >= t.warmUp {
				latencies[at] = append(latencies[at], 1000*seconds)
			}
		})
		if err != nil {
			return nil, err
		}
	}
	rounds, read := make([][]float64, len(t.subjects)), make([]int, len(t.subjects))
	for i := range 1 + t.rounds {
		err := t.turn(ctx, i, func(s subject) []embed.Row {
			rows := make([]embed.Row, len(documents))
			for d, text := range documents {
				rows[d] = embed.Row{Text: text, Role: embed.Document, Mix: s.docAdapter}
			}
			return rows
		}, func(at int, seconds float64, tokens int) {
			if read[at] = tokens; i > 0 {
				rounds[at] = append(rounds[at], seconds)
			}
		})
		if err != nil {
			return nil, err
		}
	}
	out := make([]compare.Timing, len(t.subjects))
	for i := range t.subjects {
		slices.Sort(latencies[i])
		slices.Sort(rounds[i])
		out[i].Latency = compare.Latency{
			N:   len(latencies[i]),
			P50: stat.Quantile(0.5, stat.Empirical, latencies[i], nil),
			P95: stat.Quantile(0.95, stat.Empirical, latencies[i], nil),
		}
		if median := stat.Quantile(0.5, stat.Empirical, rounds[i], nil); median > 0 {
			out[i].TokensPerS = float64(read[i]) / median
		}
	}
	return out, nil
}

// turn lets every subject encode its rows once; the one that begins depends on i.
func (t *timer) turn(ctx context.Context, i int, rows func(subject) []embed.Row, took func(at int, seconds float64, tokens int)) error {
	for j := range t.subjects {
		if err := ctx.Err(); err != nil {
			return err
		}
		at := (i + j) % len(t.subjects)
		batch := rows(t.subjects[at])
		start, read := t.now(), 0
		err := t.subjects[at].encoder.Each(ctx, batch, func(_ int, _ []float32, tokens int) error {
			read += tokens
			return nil
		})
		if err != nil {
			return err
		}
		took(at, t.now().Sub(start).Seconds(), read)
	}
	t.done++
	t.progress(t.done, t.total)
	return nil
}
