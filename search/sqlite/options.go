package sqlite

import (
	"time"

	"loradex/internal/fault"
)

// Options are the settings of a store. The zero value is the default.
type Options struct {
	// ReadOnly opens an existing index for searching. Nothing is written, not even derived files. Open falls back to it
	// by itself where the folder does not allow writing.
	ReadOnly bool
	// BusyTimeout is how long a transaction waits for another process's. The default is 10 seconds.
	BusyTimeout time.Duration
	// Readers is how many read connections are kept at most. The default is 4.
	Readers int
	// Candidates is how many rows of the sign-bit scan are scored exactly, at least. More than four times k are always
	// taken. The default is 500: recall@10 of 0.994 at 100,000 chunks in dense clusters (ten around each real one), where
	// 400 gave 0.983; with fewer near-duplicates 400 gave 0.999, 200 0.994 and 100 0.975.
	Candidates int
	// Terms is how many terms of a query lexical search matches: the rarest ones. The default is 32.
	Terms int
	// Matches bounds the time of lexical search: terms are left out, the most frequent first, until those that stay
	// match at most so often in all. The default is 100,000, which is about a tenth of a second.
	Matches int
	// Weights of the columns in BM25. The defaults are those of [DefaultWeights].
	Weights *Weights

	// keepInMemory is how many chunks of difference a search keeps in memory rather than write to the vector files.
	// Tests set it; the default is 2,048 (3 MB of vectors).
	keepInMemory int
}

// Weights are the factors of BM25's columns.
type Weights struct {
	Symbol, Path, Doc, Text float64
}

// DefaultWeights favour names over bodies.
var defaultWeights = Weights{Symbol: 4, Path: 2, Doc: 1, Text: 1}

// DefaultWeights returns the weights that a nil Options.Weights stands for.
func DefaultWeights() Weights { return defaultWeights }

// Validate reports settings that make no sense.
func (o Options) Validate() error {
	if o.BusyTimeout < 0 || o.Readers < 0 || o.Candidates < 0 || o.Terms < 0 || o.Matches < 0 {
		return fault.New(fault.Invalid, "sqlite.Options: negative setting in %+v", o)
	}
	if w := o.Weights; w != nil && (w.Symbol < 0 || w.Path < 0 || w.Doc < 0 || w.Text < 0) {
		return fault.New(fault.Invalid, "sqlite.Options: negative weight in %+v", *w)
	}
	return nil
}

func (o Options) withDefaults() Options {
	if o.BusyTimeout == 0 {
		o.BusyTimeout = 10 * time.Second
	}
	if o.Readers == 0 {
		o.Readers = 4
	}
	if o.Candidates == 0 {
		o.Candidates = 500
	}
	if o.Terms == 0 {
		o.Terms = 32
	}
	if o.Matches == 0 {
		o.Matches = 100_000
	}
	if o.keepInMemory == 0 {
		o.keepInMemory = 2048
	}
	if o.Weights == nil {
		w := DefaultWeights()
		o.Weights = &w
	}
	return o
}
