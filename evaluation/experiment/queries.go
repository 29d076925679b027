package retrieval

import (
	"context"

	"loradex/adapters"
	"loradex/embed"
	"loradex/internal/dataset"
	"loradex/search"
)

// Queries is a search.Encoder that knows the vectors of a data set's queries: a searcher encodes one query at a time, and
// they were encoded in batches, or taken from a cache, before. Everything else is asked of the encoder behind it. It may
// be read concurrently once it is filled.
type Queries struct {
	search.Encoder
	known map[known][]float32
}

type known struct {
	mix  adapters.Mix
	text string
}

// NewQueries returns an encoder without known vectors over another one.
func NewQueries(behind search.Encoder) *Queries {
	return &Queries{Encoder: behind, known: map[known][]float32{}}
}

// Add makes the vectors of queries known, in the role of queries and with that mix.
func (q *Queries) Add(mix adapters.Mix, queries []dataset.Text, vectors [][]float32) {
	for i, t := range queries {
		q.known[known{mix, t.Text}] = vectors[i]
	}
}

// Encode implements search.Encoder.
func (q *Queries) Encode(ctx context.Context, rows []embed.Row) ([][]float32, error) {
	out := make([][]float32, len(rows))
	for i, r := range rows {
		if v := q.known[known{r.Mix, r.Text}]; v != nil && r.Role == embed.Query {
			out[i] = v
			continue
		}
		// One that is not known is rare; the whole batch then goes to the encoder.
		return q.Encoder.Encode(ctx, rows)
	}
	return out, nil
}
