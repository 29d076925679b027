package cosine

import (
	"cmp"
	"context"
	"math"
	"runtime"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"loradex/internal/fault"
)

// Options set how a corpus is ranked. The zero value has the defaults.
type Options struct {
	Depth   int // how many hits are kept for each query. The default is 1000.
	Workers int // goroutines. The default is GOMAXPROCS.
	// Targets lists, for each query, documents of interest, the relevant ones: Result.First is the exact rank of the
	// best of them, however deep. The default, nil, asks for none.
	Targets [][]int32
	// Pools lists, for each query, the documents that it is ranked among: without repetition, in any order. Its targets must be
	// among them. The default, nil, is all documents.
	Pools [][]int32
	// Without holds, for each query, a document that it is not ranked among, or -1. It is neither a target nor in a pool. The
	// default, nil, leaves none out.
	Without []int32
	// Progress, where not nil, is called with the number of queries done so far, now and then and from any goroutine.
	Progress func(done int)
}

// Validate reports settings that cannot work.
func (o Options) Validate() error {
	if o.Depth < 0 || o.Workers < 0 {
		return fault.New(fault.Invalid, "depth %d and workers %d must not be negative", o.Depth, o.Workers)
	}
	return nil
}

// Hit is one ranked document.
type Hit struct {
	Doc   int32
	Score float32
}

// Result is the ranking of one query.
type Result struct {
	Hits  []Hit // best first, at most Options.Depth
	First int   // 1-based rank, in the whole corpus, of the best target; 0 where there is none
}

// blockQueries is how many queries one goroutine scores at a time. Memory in use beside the matrix and the results is
// workers × blockQueries × documents × 4 bytes, 1.6 MB a worker for cosqa's 6,267 × 64.
const blockQueries = 64

// Rank ranks all documents for every query. Results are parallel to queries. It stops when ctx is done.
func Rank(ctx context.Context, queries [][]float32, docs *matrix, o Options) ([]Result, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	for what, lists := range map[string][][]int32{"targets": o.Targets, "pools": o.Pools} {
		if lists != nil && len(lists) != len(queries) {
			return nil, fault.New(fault.Invalid, "%s of %d queries for %d", what, len(lists), len(queries))
		}
		for i, list := range lists {
			for _, doc := range list {
				if doc < 0 || int(doc) >= docs.n {
					return nil, fault.New(fault.Invalid, "document %d of the %s of query %d lies outside the %d documents", doc, what, i, docs.n)
				}
			}
		}
	}
	if o.Without != nil && len(o.Without) != len(queries) {
		return nil, fault.New(fault.Invalid, "documents to leave out of %d queries for %d", len(o.Without), len(queries))
	}
	for i, doc := range o.Without {
		if int(doc) >= docs.n {
			return nil, fault.New(fault.Invalid, "document %d, to be left out for query %d, lies outside the %d documents", doc, i, docs.n)
		}
	}
	o.Depth, o.Workers = cmp.Or(o.Depth, 1000), cmp.Or(o.Workers, runtime.GOMAXPROCS(0))
	results := make([]Result, len(queries))
	var next, done atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	for range min(o.Workers, (len(queries)+blockQueries-1)/blockQueries) {
		group.Go(func() error {
			w := newWorker(docs, o)
			for {
				start := int(next.Add(blockQueries)) - blockQueries
				if start >= len(queries) {
					return nil
				}
				if err := ctx.Err(); err != nil {
					return err
				}
				end := min(start+blockQueries, len(queries))
				if err := w.block(queries, start, end, results); err != nil {
					return err
				}
				if d := done.Add(int64(end - start)); o.Progress != nil {
					o.Progress(int(d))
				}
			}
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return results, nil
}

// worker holds the buffers of one goroutine.
type worker struct {
	docs   *matrix
	o      Options
	scores [][]float32 // [blockQueries][documents]
	pairs  [][]float32 // [blockQueries/2][2·dimensions]
	best   selection
	pooled []float32 // [documents]; only with pools
}

func newWorker(docs *matrix, o Options) *worker {
	w := &worker{docs: docs, o: o, best: newSelection(min(o.Depth, docs.n))}
	for range blockQueries {
		w.scores = append(w.scores, make([]float32, docs.n))
	}
	for range blockQueries / 2 {
		w.pairs = append(w.pairs, make([]float32, 2*docs.dim))
	}
	return w
}

// block ranks the queries from start to end.
func (w *worker) block(queries [][]float32, start, end int, results []Result) error {
	n := end - start
	clear(w.pairs[(n-1)/2]) // the place of a missing last query
	for i := range n {
		v := queries[start+i]
		scale, err := unitScale(v, w.docs.dim)
		if err != nil {
			return fault.Wrap(fault.Invalid, err, "query vector %d", start+i)
		}
		pair := w.pairs[i/2]
		for d, x := range v {
			pair[2*d+i%2] = float32(float64(x) * scale)
		}
	}
	scoreBlock(w.docs, w.pairs[:(n+1)/2], w.scores[:n])
	for i := range n {
		r, scores := &results[start+i], w.scores[i]
		ranked := w.docs.n
		if len(w.o.Without) > 0 && w.o.Without[start+i] >= 0 {
			scores[w.o.Without[start+i]] = float32(math.Inf(-1)) // the next block computes it anew
			ranked--
		}
		if w.o.Pools != nil {
			scores = w.only(scores, w.o.Pools[start+i])
			ranked = len(w.o.Pools[start+i])
		}
		r.Hits = w.best.take(scores)
		r.Hits = r.Hits[:min(len(r.Hits), ranked)]
		if w.o.Targets != nil {
			r.First = bestRank(scores, w.o.Targets[start+i])
		}
	}
	return nil
}

// only returns scores with those outside a pool at minus infinity, behind every cosine. The kernel has computed all of them:
// it is so much faster over a whole block than over documents picked one by one that little would be saved, and a document
// has the same score in every pool.
func (w *worker) only(scores []float32, pool []int32) []float32 {
	if w.pooled == nil {
		w.pooled = make([]float32, len(scores))
	}
	for i := range w.pooled {
		w.pooled[i] = float32(math.Inf(-1))
	}
	for _, doc := range pool {
		w.pooled[doc] = scores[doc]
	}
	return w.pooled
}
