// Package searchbench fills a store with as many chunks as a benchmark asks for and measures searches over it. Package speed
// and this package's own benchmarks share it.
//
// A store of a million chunks takes half a day to encode and many repositories to cut. So chunks are drawn from real
// ones: the first are the real texts and vectors themselves, later ones vary them. A varied text has one word in ten
// replaced by another word of the source, so words keep their frequencies. A varied vector lies between a real one and
// one of its nearest neighbours, with noise that makes up for the density that interpolation brings; see [Drawer].
// [Drawer.Compare] shows the distances between neighbours beside those of the real vectors.
//
//	drawer, err := searchbench.NewDrawer(ctx, source, 1)
//	err = searchbench.Fill(ctx, store, drawer, searchbench.FillOptions{Chunks: 1_000_000})
//	report, err := searchbench.Measure(ctx, store, queries, searchbench.MeasureOptions{})
//
// Every chunk depends on the source, the seed and its own number only. So stores are filled in batches with bounded
// memory, a fill that was interrupted goes on, and any store with an [indexer.Sink] gets the same chunks.
package searchbench

import (
	"context"

	"golang.org/x/sync/errgroup"

	"loradex/embed"
	"loradex/indexer"
	"loradex/internal/fault"
)

// SpaceID is the space that Fill makes.
const SpaceID = "searchbench"

// Source is what chunks are drawn from. Texts and Vectors belong together by index; Vectors may be nil for an index
// without vectors.
type Source struct {
	Texts   []string
	Vectors [][]float32 // unit length, all as long
}

// FillOptions are the settings of Fill.
type FillOptions struct {
	Chunks   int            // how many the store holds in the end; the default is 100,000
	From     int            // how many it holds already, of the same drawer: a fill that was interrupted goes on there
	PerFile  int            // chunks of a file; the default is 10
	Progress func(done int) // called after each batch; may be nil
}

// Validate reports settings that make no sense.
func (o FillOptions) Validate() error {
	if o.Chunks < 0 || o.PerFile < 0 || o.From < 0 {
		return fault.New(fault.Invalid, "searchbench: %d chunks from %d, %d per file", o.Chunks, o.From, o.PerFile)
	}
	return nil
}

func (o FillOptions) withDefaults() FillOptions {
	if o.Chunks == 0 {
		o.Chunks = 100_000
	}
	if o.PerFile == 0 {
		o.PerFile = 10
	}
	return o
}

// filesPerBatch bounds one transaction, and with it the memory of a fill.
const filesPerBatch = 100

// batch is what one pair of transactions stores.
type batch struct {
	end     int
	files   []indexer.File
	vectors []indexer.TextVector
}

// Fill stores chunks of a drawer, with vectors where its source has them, as the indexer would. The store should hold
// nothing else.
func Fill(ctx context.Context, sink indexer.Sink, d *Drawer, o FillOptions) error {
	if err := o.Validate(); err != nil {
		return err
	}
	o = o.withDefaults()
	if d.src.Vectors != nil {
		space := embed.Space{ID: SpaceID, Model: "synthetic", Dimensions: len(d.src.Vectors[0]), Normalize: true}
		if err := sink.PutSpace(ctx, space, true); err != nil {
			return err
		}
	}
	// Drawing one batch while the last one is stored: the store has one writer, so a second core would idle.
	batches := make(chan batch, 1)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer close(batches)
		per := filesPerBatch * o.PerFile
		for from := o.From / per * per; from < o.Chunks; from += per { // a half batch is stored again as a whole
			n := min(per, o.Chunks-from)
			b := batch{end: from + n}
			b.files, b.vectors = d.batch(from, n, o.PerFile)
			select {
			case batches <- b:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	g.Go(func() error {
		for b := range batches {
			if err := store(ctx, sink, b); err != nil {
				return err
			}
			if o.Progress != nil {
				o.Progress(b.end)
			}
		}
		return ctx.Err()
	})
	if err := g.Wait(); err != nil {
		return err
	}
	return sink.PutRepo(context.WithoutCancel(ctx), indexer.RepoState{Repo: "searchbench"})
}

func store(ctx context.Context, sink indexer.Sink, b batch) error {
	if err := sink.PutFiles(ctx, "searchbench", b.files); err != nil {
		return err
	}
	if b.vectors == nil {
		return nil
	}
	return sink.PutVectors(ctx, SpaceID, b.vectors)
}
