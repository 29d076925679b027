package speed

import (
	"context"

	"golang.org/x/sync/errgroup"

	"loradex/embed"
	"loradex/indexer"
)

// This file fills a store with as many chunks as a benchmark asks for.
//
// A store of a million chunks takes half a day to encode and many repositories to cut. So chunks are drawn from real
// ones: the first are the real texts and vectors themselves, later ones vary them. A varied text has one word in ten
// replaced by another word of the source, so words keep their frequencies. A varied vector lies between a real one and
// one of its nearest neighbours, with noise that makes up for the density that interpolation brings; see [drawer].
//
// Every chunk depends on the source, the seed and its own number only. So stores are filled in batches with bounded
// memory, a fill that was interrupted goes on, and any store with an [indexer.Sink] gets the same chunks.

// drawnSpace is the space of drawn vectors.
const drawnSpace = "searchbench"

const (
	chunksPerFile = 10
	// chunksPerBatch bounds one transaction, and with it the memory of a fill.
	chunksPerBatch = 100 * chunksPerFile
)

// drawnBatch is what one pair of transactions stores.
type drawnBatch struct {
	end     int
	files   []indexer.File
	vectors []indexer.TextVector
}

// fill stores n chunks with their vectors, as the indexer would; the store should hold nothing but the first so many of the same
// drawer. progress is called after each batch.
func (d *drawer) fill(ctx context.Context, sink indexer.Sink, first, n int, progress func(done int)) error {
	space := embed.Space{ID: drawnSpace, Model: "synthetic", Dimensions: len(d.vectors[0]), Normalize: true}
	if err := sink.PutSpace(ctx, space, true); err != nil {
		return err
	}
	// Drawing one batch while the last one is stored: the store has one writer, so a second core would idle.
	batches := make(chan drawnBatch, 1)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer close(batches)
		for from := first / chunksPerBatch * chunksPerBatch; from < n; from += chunksPerBatch { // a half batch is stored again as a whole
			b := drawnBatch{end: min(from+chunksPerBatch, n)}
			b.files, b.vectors = d.batch(from, b.end)
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
			if err := sink.PutFiles(ctx, "searchbench", b.files); err != nil {
				return err
			}
			if err := sink.PutVectors(ctx, drawnSpace, b.vectors); err != nil {
				return err
			}
			progress(b.end)
		}
		return ctx.Err()
	})
	if err := g.Wait(); err != nil {
		return err
	}
	return sink.PutRepo(context.WithoutCancel(ctx), indexer.RepoState{Repo: "searchbench"})
}
