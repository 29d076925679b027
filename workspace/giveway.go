package workspace

// This file lets several processes index at once, as agents in linked work trees do: nobody waits while another one encodes.
// Whoever makes vectors gives the lock of the index to those who wait for it, whose files are stored within moments, and makes
// their vectors too when it has the lock again.

import (
	"context"
	"errors"
	"time"

	"loradex/embed"
	"loradex/indexer"
	"loradex/internal/fault"
)

var (
	// errGiveWay ends a run of the indexer because others wait for the lock. What it has done is stored.
	errGiveWay = fault.New(fault.Canceled, "another process waits for the index")
	// errElsewhere ends one because another process makes the vectors.
	errElsewhere = fault.New(fault.Canceled, "another process makes the vectors")
)

// wayRest is how often who encodes looks whether anybody waits.
const wayRest = 50 * time.Millisecond

// turns are the runs of one call of index, which may have to give way in between.
type turns struct {
	dir     string
	release func() error // of the right to make vectors; nil before there were any to make
}

// done gives back the right to make vectors. The lock of the index is held: who comes next sees what is left to make.
func (t *turns) done() error {
	if t.release == nil {
		return nil
	}
	release := t.release
	t.release = nil
	return release()
}

// encoder makes an encoder give way.
func (t *turns) encoder(inner indexer.Encoder) indexer.Encoder {
	return &givingWay{turns: t, Encoder: inner}
}

// givingWay is the encoder of one run.
type givingWay struct {
	*turns
	indexer.Encoder
}

// Each hands over the vectors of the inner encoder until somebody waits for the lock of the index, and returns errGiveWay then;
// errElsewhere where another process makes the vectors.
func (g *givingWay) Each(ctx context.Context, rows []embed.Row, take func(i int, vector []float32, tokens int) error) error {
	if g.release == nil {
		release, err := indexer.LockVectors(g.dir)
		if err != nil {
			return err
		}
		if release == nil {
			return errElsewhere
		}
		g.release = release
	}
	inner, cancel := context.WithCancelCause(ctx)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		for !indexer.Wanted(g.dir) {
			select {
			case <-inner.Done():
				return
			case <-time.After(wayRest):
			}
		}
		cancel(errGiveWay)
	}()
	err := g.Encoder.Each(inner, rows, take)
	gaveWay := err != nil && errors.Is(context.Cause(inner), errGiveWay)
	cancel(nil)
	<-watched
	if gaveWay {
		return errGiveWay
	}
	return err
}

// giveWay rests until nobody waits for the lock any more.
func giveWay(ctx context.Context, dir string) {
	for indexer.Wanted(dir) {
		select {
		case <-ctx.Done():
			return
		case <-time.After(wayRest):
		}
	}
}

// then adds what a later run of the same call did.
func (r IndexReport) then(next IndexReport) IndexReport {
	files, cached := r.Files, r.Chunks.Cached
	next.Chunks.Encoded += r.Chunks.Encoded
	next.Chunks.Removed += r.Chunks.Removed
	next.Chunks.Cached, next.Files = cached, files
	a, b := &next.Seconds, r.Seconds
	a.Scan, a.Chunk, a.Encode, a.Store, a.Total = a.Scan+b.Scan, a.Chunk+b.Chunk, a.Encode+b.Encode, a.Store+b.Store, a.Total+b.Total
	return next
}
