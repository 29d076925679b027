package efficiency

import (
	"context"
	"slices"
	"time"

	"gonum.org/v1/gonum/stat"

	"loradex/adapters"
	"loradex/embed"
	"loradex/internal/fault"
)

// Subject is a system to be timed.
type Subject struct {
	Encoder             Encoder
	Adapter, DocAdapter adapters.Mix // of queries and of documents
}

// Encoder makes vectors and says how many tokens it read of each row; embed.Encoder is one.
type Encoder interface {
	Each(ctx context.Context, rows []embed.Row, take func(i int, vector []float32, tokens int) error) error
}

// Options set how timing is done. The zero value has the defaults.
type Options struct {
	Rounds int // in which all documents are encoded. The default is 5.
	WarmUp int // queries of each subject that are not counted. The default is 3.

	Now      func() time.Time      // The default is time.Now.
	Progress func(done, total int) // where not nil, is told how many steps are done
}

// Validate reports settings that cannot work.
func (o Options) Validate() error {
	if o.Rounds < 0 || o.Rounds > 1000 || o.WarmUp < 0 || o.WarmUp > 1000 {
		return fault.New(fault.Invalid, "%d rounds and %d queries to warm up: want 0 to 1000 of each", o.Rounds, o.WarmUp)
	}
	return nil
}

func (o Options) withDefaults() Options {
	if o.Rounds == 0 {
		o.Rounds = 5
	}
	if o.WarmUp == 0 {
		o.WarmUp = 3
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Progress == nil {
		o.Progress = func(int, int) {}
	}
	return o
}

// Time measures the subjects in turns, so that a busy moment of the machine meets all of them alike: each query is
// encoded alone by every subject before the next one is, and each round of documents likewise; who begins changes every
// time. Queries take the query's role and mix, documents theirs. The first queries and one round of documents are run
// before, and not counted: sessions are opened and adapters read in them. Tokenizing counts.
func Time(ctx context.Context, subjects []Subject, queries, documents []string, o Options) ([]Timing, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if len(subjects) == 0 || len(queries) == 0 || len(documents) == 0 {
		return nil, fault.New(fault.Invalid, "%d systems, %d queries and %d documents: need at least one of each", len(subjects), len(queries), len(documents))
	}
	t := &timer{o: o.withDefaults(), subjects: subjects}
	t.total = t.o.WarmUp + len(queries) + 1 + t.o.Rounds
	latencies := make([][]float64, len(subjects))
	for i := range t.o.WarmUp + len(queries) {
		err := t.turn(ctx, i, func(s Subject) []embed.Row {
			return []embed.Row{{Text: queries[i%len(queries)], Role: embed.Query, Mix: s.Adapter}}
		}, func(at int, seconds float64, _ int) {
			if i >= t.o.WarmUp {
				latencies[at] = append(latencies[at], 1000*seconds)
			}
		})
		if err != nil {
			return nil, err
		}
	}
	rounds, read := make([][]float64, len(subjects)), make([]int, len(subjects))
	for i := range 1 + t.o.Rounds {
		err := t.turn(ctx, i, func(s Subject) []embed.Row {
			rows := make([]embed.Row, len(documents))
			for d, text := range documents {
				rows[d] = embed.Row{Text: text, Role: embed.Document, Mix: s.DocAdapter}
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
	out := make([]Timing, len(subjects))
	for i := range subjects {
		slices.Sort(latencies[i])
		slices.Sort(rounds[i])
		out[i].Latency = Latency{
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

// timer takes turns.
type timer struct {
	o           Options
	subjects    []Subject
	done, total int
}

// turn lets every subject encode its rows once; the one that begins depends on i.
func (t *timer) turn(ctx context.Context, i int, rows func(Subject) []embed.Row, took func(at int, seconds float64, tokens int)) error {
	for j := range t.subjects {
		if err := ctx.Err(); err != nil {
			return err
		}
		at := (i + j) % len(t.subjects)
		batch := rows(t.subjects[at])
		start, read := t.o.Now(), 0
		err := t.subjects[at].Encoder.Each(ctx, batch, func(_ int, _ []float32, tokens int) error {
			read += tokens
			return nil
		})
		if err != nil {
			return err
		}
		took(at, t.o.Now().Sub(start).Seconds(), read)
	}
	t.done++
	t.o.Progress(t.done, t.total)
	return nil
}
