package workspace

// This file makes an encoder give way when the work tree has changed again.

import (
	"context"
	"errors"
	"sync"

	"loradex/embed"
	"loradex/indexer"
)

// errYield ends a run of the indexer that has made way for newer changes. What it has done is stored.
var errYield = errors.New("the work tree has changed again")

// encoder makes an encoder give way when the work tree has changed again.
func (f *follower) encoder(inner indexer.Encoder) indexer.Encoder {
	if f == nil {
		return inner
	}
	return &yielding{follower: f, inner: inner}
}

// yielding is the encoder of one run. What it has made when it gives way is stored by the indexer, and of two runs in a row
// one makes some vectors: so a tree that changes all the time still gets all of them.
type yielding struct {
	*follower
	inner   indexer.Encoder
	encoded bool // some texts
}

// Each hands over the vectors of the inner encoder until the work tree changes, and returns errYield then.
func (y *yielding) Each(ctx context.Context, rows []embed.Row, take func(i int, vector []float32, tokens int) error) error {
	inner, cancel := context.WithCancel(ctx)
	some := make(chan struct{}) // closed with the first vector
	first := sync.OnceFunc(func() { close(some) })
	if !y.starved {
		first()
	}
	var group sync.WaitGroup
	group.Go(func() {
		for _, wait := range []<-chan struct{}{some, y.current.Changed} {
			select {
			case <-wait:
			case <-inner.Done():
				return
			}
		}
		cancel()
	})
	err := y.inner.Each(inner, rows, func(i int, vector []float32, tokens int) error {
		y.encoded = true
		first()
		return take(i, vector, tokens)
	})
	yielded := err != nil && inner.Err() != nil && ctx.Err() == nil
	cancel()
	group.Wait()
	if y.starved = yielded && !y.encoded; yielded {
		return errYield
	}
	return err
}
