package overlay

import (
	"cmp"
	"context"

	"loradex/indexer"
	"loradex/internal/fault"
	"loradex/search"
)

// Options bound buffers and say how they are cut. The zero value is the default.
type Options struct {
	// Index holds the settings that the index was made with: what decides over files, and how they are cut. The rest is not
	// looked at. The default is that of the index.
	Index indexer.Options
	// MaxBuffers bounds the buffers. The default 0 is 1,000.
	MaxBuffers int
	// MaxBytes bounds the texts of all buffers together. Those that differ from the index take about five times as much
	// again for chunks, and for the vectors of each space. The default 0 is 64 MiB.
	MaxBytes int64
	// Stamp says of a file what changes whenever somebody writes to it, "" where it is not there. A released buffer is
	// forgotten when it changes: what is on disk then is not what the buffer held. The default nil keeps such buffers
	// until the index has caught up.
	Stamp func(k Key) string
	// Takes tells whether the index would take a file that it does not hold: nobody wants to find what is ignored. It is
	// asked by views. The default nil takes everything.
	Takes func(ctx context.Context, k Key) (bool, error)
	// Marks returns what the repository says of a file now. It is asked by views, once for each text. The default nil says
	// nothing of any file.
	Marks func(ctx context.Context, k Key) (indexer.Marks, error)
}

// Validate says what cannot work.
func (o Options) Validate() error {
	if o.MaxBuffers < 0 || o.MaxBytes < 0 {
		return fault.New(fault.Invalid, "overlay.Options: %d buffers, %d bytes", o.MaxBuffers, o.MaxBytes)
	}
	return o.Index.Validate()
}

func (o Options) withDefaults() Options {
	o.MaxBuffers = cmp.Or(o.MaxBuffers, 1000)
	o.MaxBytes = cmp.Or(o.MaxBytes, 64<<20)
	if o.Stamp == nil {
		o.Stamp = func(Key) string { return "" }
	}
	if o.Takes == nil {
		o.Takes = func(context.Context, Key) (bool, error) { return true, nil }
	}
	if o.Marks == nil {
		o.Marks = func(context.Context, Key) (indexer.Marks, error) { return indexer.Marks{}, nil }
	}
	return o
}

// Key names a file of an index.
type Key struct {
	Tree indexer.Tree
	Path string // slash-separated, as in the index
}

// Index is what views are made over.
type Index struct {
	Store Store
	// Trees are those that are searched. Buffers of others are passed over.
	Trees []indexer.Tree
}

// Store is what views need of a store.
type Store interface {
	search.Reader
	// TextVectors returns the vectors that a space holds of some texts, in order; nil where it holds none of a text.
	TextVectors(ctx context.Context, space string, texts []string) ([][]float32, error)
}
