package evaluation

import (
	"context"
	"sync"
	"time"

	"loradex/embed"
	"loradex/evaluation/cosine"
	"loradex/internal/dataset"
	"loradex/internal/fault"
)

// Run encodes a data set, ranks its corpus for every query and measures the rankings.
func Run(ctx context.Context, enc Encoder, ds *dataset.Dataset, o Options) (*Report, *Result, error) {
	all, err := RunAll(ctx, enc, ds, []Options{o})
	if err != nil {
		return nil, nil, err
	}
	return all[0].Report, all[0].Result, nil
}

// EncodeDocs returns the vectors of documents, in order: encoded with o.DocAdapter, or from o.Cache.
func EncodeDocs(ctx context.Context, enc Encoder, docs []dataset.Text, o Options) ([][]float32, error) {
	return encode(ctx, enc, docs, side{encodeDocuments, embed.Document, o.DocAdapter, o.DocSpace}, o.withDefaults())
}

// EncodeQuestions returns the vectors of queries, in order: encoded with o.Adapter, or from o.Cache.
func EncodeQuestions(ctx context.Context, enc Encoder, queries []dataset.Text, o Options) ([][]float32, error) {
	return encode(ctx, enc, queries, side{encodeQueries, embed.Query, o.Adapter, o.QuerySpace}, o.withDefaults())
}

// RunVectors measures vectors made elsewhere: those of ds.Queries and ds.Docs, in that order and of any length but zero.
func RunVectors(ctx context.Context, queries, docs [][]float32, ds *dataset.Dataset, o Options) (*Report, *Result, error) {
	if err := o.Validate(); err != nil {
		return nil, nil, err
	}
	o = o.withDefaults()
	if len(queries) != len(ds.Queries) || len(docs) != len(ds.Docs) {
		return nil, nil, fault.New(fault.Invalid, "%d query and %d document vectors for the %d queries and %d documents of %s",
			len(queries), len(docs), len(ds.Queries), len(ds.Docs), ds.Name)
	}
	start := time.Now()
	var pools [][]int32
	if o.Pool > 0 {
		var err error
		if pools, err = Pools(ds, o.Pool, o.PoolSeed); err != nil {
			return nil, nil, err
		}
	}
	matrix, err := cosine.NewMatrix(docs)
	if err != nil {
		return nil, nil, err
	}
	var mu sync.Mutex // guards furthest and the calls of o.Progress
	furthest := 0
	rankings, err := cosine.Rank(ctx, queries, matrix, cosine.Options{
		Depth:   o.Depth,
		Targets: targets(ds),
		Pools:   pools,
		Without: ds.Self,
		Progress: func(done int) {
			mu.Lock()
			defer mu.Unlock()
			if done > furthest { // workers may report out of order
				furthest = done
				o.Progress(Progress{Stage: RankQueries, Done: done, Total: len(queries)})
			}
		},
	})
	if err != nil {
		return nil, nil, err
	}
	return measure(ctx, ds, rankings, o, start)
}

// targets lists the relevant documents of every query.
func targets(ds *dataset.Dataset) [][]int32 {
	out := make([][]int32, len(ds.Queries))
	for i, judgements := range ds.Judgements {
		for _, j := range judgements {
			if j.Grade > 0 {
				out[i] = append(out[i], j.Doc)
			}
		}
	}
	return out
}
