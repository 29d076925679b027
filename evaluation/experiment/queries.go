package experiment

// This file asks the queries of a data set.

import (
	"context"
	"runtime"
	"sync"

	"golang.org/x/sync/errgroup"

	"loradex/adapters"
	"loradex/embed"
	"loradex/evaluation"
	"loradex/evaluation/cosine"
	"loradex/internal/dataset"
	"loradex/internal/fault"
	"loradex/search"
)

// knownQueries is a search.Encoder that knows the vectors of a data set's queries: a searcher encodes one query at a time, and
// they were encoded in batches, or taken from a cache, before. Everything else is asked of the encoder behind it. It may
// be read concurrently once it is filled.
type knownQueries struct {
	search.Encoder
	known map[knownQuery][]float32
}

type knownQuery struct {
	mix  adapters.Mix
	text string
}

// add makes the vectors of queries known, in the role of queries and with that mix.
func (q *knownQueries) add(mix adapters.Mix, queries []dataset.Text, vectors [][]float32) {
	for i, t := range queries {
		q.known[knownQuery{mix, t.Text}] = vectors[i]
	}
}

// Encode implements search.Encoder.
func (q *knownQueries) Encode(ctx context.Context, rows []embed.Row) ([][]float32, error) {
	out := make([][]float32, len(rows))
	for i, r := range rows {
		if out[i] = q.known[knownQuery{r.Mix, r.Text}]; out[i] == nil || r.Role != embed.Query {
			return q.Encoder.Encode(ctx, rows) // one that is not known is rare; the whole batch then goes to the encoder
		}
	}
	return out, nil
}

// rank asks every query and returns the documents that were found, in the order of the answer.
func (s *indexedSet) rank(ctx context.Context, x Index, o search.Options, progress func(evaluation.Progress)) ([]cosine.Result, error) {
	results := make([]cosine.Result, len(s.ds.Queries))
	return results, s.ask(ctx, x, o, progress, func(query int, answer *search.Response, docs [][]int32) {
		for i, h := range answer.Hits {
			for _, doc := range docs[i] {
				results[query].Hits = append(results[query].Hits, cosine.Hit{Doc: doc, Score: float32(h.Score)})
			}
		}
	})
}

// ask asks every query and hands over the answer with the documents of each hit: its own, and those of its copies. Answers come at
// the same time.
func (s *indexedSet) ask(ctx context.Context, x Index, o search.Options, progress func(evaluation.Progress), take func(query int, answer *search.Response, docs [][]int32)) error {
	searcher, err := search.New(s.store, s.queries, o)
	if err != nil {
		return err
	}
	request := search.Request{Mode: x.Mode, Exact: x.Exact, K: x.Hits, Depth: x.Depth}
	if s.ds.Self != nil {
		request.K++ // one may be the query itself, and is taken out when all are measured
	}
	if x.Mode != search.Lexical && x.Coverage > 0 {
		request.Adapter = s.adapter
	}
	byPath := make(map[string]int32, len(s.docs))
	for i, d := range s.docs {
		byPath[d.Path] = int32(i) //nolint:gosec // data sets have at most dataset.MaxTexts documents
	}
	var mu sync.Mutex // guards done and the calls of progress
	done := 0
	g, group := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, q := range s.ds.Queries {
		if group.Err() != nil {
			break
		}
		g.Go(func() error {
			asked := request
			asked.Query = q.Text
			answer, err := searcher.Search(group, asked)
			if err != nil {
				return fault.Prefix(err, "query %s", q.ID)
			}
			docs := make([][]int32, len(answer.Hits))
			for at, h := range answer.Hits {
				paths := []string{h.Path}
				for _, c := range h.Copies { // the user sees them beside the hit, and one of them may be what was judged
					paths = append(paths, c.Path)
				}
				for _, path := range paths {
					doc, ok := byPath[path]
					if !ok {
						return fault.New(fault.Internal, "the index found %s, which is no document of %s", path, s.ds.Name)
					}
					docs[at] = append(docs[at], doc)
				}
			}
			take(i, answer, docs)
			mu.Lock()
			defer mu.Unlock()
			done++
			progress(evaluation.Progress{Stage: evaluation.RankQueries, Done: done, Total: len(s.ds.Queries)})
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	return ctx.Err()
}
