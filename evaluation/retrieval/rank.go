package retrieval

import (
	"context"
	"runtime"
	"sync"

	"golang.org/x/sync/errgroup"

	"loradex/adapters"
	"loradex/evaluation/cosine"
	"loradex/internal/dataset"
	"loradex/internal/fault"
	"loradex/search"
)

// Options say how queries are asked. The zero value has the defaults.
type Options struct {
	Mode    search.Mode   // the default is search.Hybrid
	Adapter *adapters.Mix // as search.Request has it
	Exact   bool
	// Hits are kept for each query. The default is 100: what recall@100 needs.
	Hits int
	// Depth is how many hits of each ranking are fused. The default is 100, what a search for ten hits takes.
	Depth int
	// Workers ask at the same time. The default is GOMAXPROCS.
	Workers int
	// Progress, where not nil, is called with the number of queries done. Calls come one at a time.
	Progress func(done int)
}

// Validate reports settings that make no sense.
func (o Options) Validate() error {
	if o.Hits < 0 || o.Hits > search.MaxK || o.Depth < 0 || o.Workers < 0 {
		return fault.New(fault.Invalid, "%d hits to a depth of %d by %d workers", o.Hits, o.Depth, o.Workers).
			WithHint("at most %d hits", search.MaxK)
	}
	return nil
}

func (o Options) withDefaults() Options {
	if o.Hits == 0 {
		o.Hits = 100
	}
	if o.Depth == 0 {
		o.Depth = 100
	}
	if o.Workers == 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	return o
}

// Rank asks every query of a data set and returns the documents that were found, in the order of the answer. docs are
// those that the index was filled with.
func Rank(ctx context.Context, s *search.Searcher, docs []Document, ds *dataset.Dataset, o Options) ([]cosine.Result, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	o = o.withDefaults()
	byPath := make(map[string]int32, len(docs))
	for i, d := range docs {
		byPath[d.Path] = int32(i) //nolint:gosec // data sets have at most dataset.MaxTexts documents
	}
	results := make([]cosine.Result, len(ds.Queries))
	var mu sync.Mutex // guards done and the calls of o.Progress
	done := 0
	g, group := errgroup.WithContext(ctx)
	g.SetLimit(o.Workers)
	for i, q := range ds.Queries {
		if group.Err() != nil {
			break
		}
		g.Go(func() error {
			answer, err := s.Search(group, search.Request{
				Query: q.Text, Mode: o.Mode, Adapter: o.Adapter, Exact: o.Exact, K: o.Hits, Depth: o.Depth,
			})
			if err != nil {
				return fault.Prefix(err, "query %s", q.ID)
			}
			for _, h := range answer.Hits {
				paths := []string{h.Path}
				for _, c := range h.Copies { // the user sees them beside the hit, and one of them may be what was judged
					paths = append(paths, c.Path)
				}
				for _, path := range paths {
					doc, ok := byPath[path]
					if !ok {
						return fault.New(fault.Internal, "the index found %s, which is no document of %s", path, ds.Name)
					}
					results[i].Hits = append(results[i].Hits, cosine.Hit{Doc: doc, Score: float32(h.Score)})
				}
			}
			results[i].Hits = results[i].Hits[:min(o.Hits, len(results[i].Hits))]
			mu.Lock()
			defer mu.Unlock()
			done++
			if o.Progress != nil {
				o.Progress(done)
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return results, ctx.Err()
}
