package evaluation

import (
	"context"
	"time"

	"loradex/adapters"
	"loradex/internal/dataset"
)

// Outcome is an evaluation among several.
type Outcome struct {
	Report *Report
	Result *Result
}

// Saved returns what [Save] would write of an outcome, and [OpenSaved] would read.
func (o Outcome) Saved() *Saved { return &Saved{Report: *o.Report, Queries: o.Result.PerQuery()} }

// RunAll is [Run] for several mixes of one encoder over one data set, in order. What they have in common is encoded once:
// the documents of equal document mixes, such as those of all query adapters, and the queries of equal query mixes. Vectors
// are let go when the last mix that needs them is done. Seconds.Encode of a report is what that mix added.
func RunAll(ctx context.Context, enc Encoder, ds *dataset.Dataset, mixes []Options) ([]Outcome, error) {
	for _, o := range mixes {
		if err := o.Validate(); err != nil {
			return nil, err
		}
	}
	out := make([]Outcome, len(mixes))
	docs, queries := newShelf(), newShelf()
	for _, o := range mixes {
		docs.wanted[o.DocAdapter]++
		queries.wanted[o.Adapter]++
	}
	for i, o := range mixes {
		o = o.withDefaults()
		start := time.Now()
		d, err := docs.take(o.DocAdapter, func() ([][]float32, error) { return EncodeDocs(ctx, enc, ds.Docs, o) })
		if err != nil {
			return nil, err
		}
		q, err := queries.take(o.Adapter, func() ([][]float32, error) { return EncodeQuestions(ctx, enc, ds.Queries, o) })
		if err != nil {
			return nil, err
		}
		encoded := time.Since(start)
		report, result, err := RunVectors(ctx, q, d, ds, o)
		if err != nil {
			return nil, err
		}
		report.Seconds.Encode = encoded.Seconds()
		report.Seconds.Total = time.Since(start).Seconds()
		out[i] = Outcome{report, result}
	}
	return out, nil
}

// shelf keeps vectors by mix for as long as somebody wants them.
type shelf struct {
	wanted map[adapters.Mix]int
	have   map[adapters.Mix][][]float32
}

func newShelf() *shelf {
	return &shelf{wanted: map[adapters.Mix]int{}, have: map[adapters.Mix][][]float32{}}
}

// take returns the vectors of a mix, made by encode the first time, and forgets them with the last.
func (s *shelf) take(mix adapters.Mix, encode func() ([][]float32, error)) ([][]float32, error) {
	vectors, ok := s.have[mix]
	if !ok {
		var err error
		if vectors, err = encode(); err != nil {
			return nil, err
		}
		s.have[mix] = vectors
	}
	if s.wanted[mix]--; s.wanted[mix] == 0 {
		delete(s.have, mix)
	}
	return vectors, nil
}
