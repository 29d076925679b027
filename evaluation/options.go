package evaluation

import (
	"cmp"

	"loradex/adapters"
	"loradex/evaluation/metrics"
	"loradex/evaluation/significance"
	"loradex/internal/fault"
)

// Options set how an evaluation is done. The zero value has the defaults.
type Options struct {
	Model     string // name of the base model; goes into the report
	MaxTokens int    // where the encoder truncates; goes into the report

	// Adapter is the mix that queries are encoded with, DocAdapter the one of documents. The default is the base.
	// Whoever wants an adapter on both sides sets both.
	Adapter, DocAdapter adapters.Mix

	// System, InputType, Template, Truncation and Digests go into the report; Digests.Data is filled in from the data set where it is "".
	System, Template, Truncation string
	InputType                    bool
	Digests                      Digests

	// Pool ranks each query among its relevant documents and others that are drawn at random with PoolSeed, Pool documents in
	// all, in place of the whole corpus. The default, 0, is the whole corpus. It is for vectors only.
	Pool     int
	PoolSeed uint64

	// Search goes into the report, where an index was searched.
	Search *Search

	Metrics []string // names as metrics.Parse takes them. The default is metrics.Default().
	Depth   int      // hits kept for each query. The default is 1000, trec_eval's. No cut-off may be larger.
	Batch   int      // rows in one call of the encoder, between two reports of progress. The default is 512.

	Bootstrap significance.Options // of the intervals: 10,000 resamples, 95 %, a fixed seed by default

	// Progress, where not nil, is told how far the run is. Calls come one at a time.
	Progress func(Progress)

	// Cache, where not nil, holds vectors of earlier runs; QuerySpace and DocSpace are then their VectorKey.Space.
	Cache                VectorCache
	QuerySpace, DocSpace string
}

// Stage is a part of an evaluation.
type Stage string

// The stages of a run, in order.
const (
	encodeDocuments Stage = "documents"
	encodeQueries   Stage = "queries"
	RankQueries     Stage = "rank"
)

// Progress says how far a stage is.
type Progress struct {
	Stage       Stage
	Done, Total int // distinct texts, or ranked queries
}

// Validate reports settings that cannot work.
func (o Options) Validate() error {
	for _, n := range []struct {
		name  string
		value int
	}{{"depth", o.Depth}, {"batch", o.Batch}, {"max tokens", o.MaxTokens}, {"pool", o.Pool}} {
		if n.value < 0 {
			return fault.New(fault.Invalid, "%s must not be negative, and is %d", n.name, n.value)
		}
	}
	if o.Cache != nil && (o.QuerySpace == "" || o.DocSpace == "") {
		return fault.New(fault.Invalid, "a vector cache needs the names of the query space and the document space")
	}
	filled := o.withDefaults()
	wanted, err := metrics.ParseAll(filled.Metrics)
	if err != nil {
		return err
	}
	for _, m := range wanted {
		if m.Cutoff > filled.Depth {
			return fault.New(fault.Invalid, "metric %s looks deeper than the %d hits that are kept for each query", m.Name, filled.Depth).
				WithHint("cut it off at %d or before; a search through an index keeps more with --hits, at most 1000; mrr by itself looks at all", filled.Depth)
		}
	}
	return o.Bootstrap.Validate()
}

// validateFinished is Validate where rankings were made elsewhere. A pool is refused: what they were drawn from cannot be changed
// behind them.
func (o Options) validateFinished() error {
	if err := o.Validate(); err != nil || o.Pool == 0 {
		return err
	}
	return fault.New(fault.Invalid, "a pool of %d documents is drawn for vectors only, and these rankings are finished", o.Pool).
		WithHint("leave the pool out")
}

func (o Options) withDefaults() Options {
	if len(o.Metrics) == 0 {
		o.Metrics = metrics.Default()
	}
	o.Depth, o.Batch = cmp.Or(o.Depth, 1000), cmp.Or(o.Batch, 512)
	if o.Progress == nil {
		o.Progress = func(Progress) {}
	}
	return o
}
