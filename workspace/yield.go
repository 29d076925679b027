package workspace

// This file makes an encoder give way when the work tree has changed again.

import (
	"context"
	"errors"
	"sync"

	"loradex/embed"
	"loradex/indexer"
	"loradex/internal/fault"
)

// yieldBytes is how much text a watcher encodes at a time, and longText what one text counts at most, since the rest is
// cut off: about a run of the encoder, a tenth of a second's work. It is what is lost when it gives way.
const (
	yieldBytes = 4096
	longText   = 1024
)

// maxKept is how many vectors are kept of runs that were cut short: a few of the indexer's slices.
const maxKept = 4096

// errYield ends a run of the indexer that has made way for newer changes. What it has done is stored.
var errYield = errors.New("the work tree has changed again")

// encoder makes an encoder give way when the work tree has changed again.
func (f *follower) encoder(inner indexer.Encoder, plans []indexer.SpacePlan) indexer.Encoder {
	if f == nil {
		return inner
	}
	spaces := ""
	for _, p := range plans {
		spaces += p.Space.ID + " "
	}
	if spaces != f.spaces { // another adapter may have come under an old name
		f.spaces = spaces
		clear(f.kept)
	}
	return &yielding{follower: f, inner: inner}
}

// yielding is the encoder of one run. The indexer stores a slice of several hundred texts at a time; what was encoded of
// a slice that was not finished is kept in memory, so a tree that changes all the time still gets all its vectors.
type yielding struct {
	*follower
	inner   indexer.Encoder
	encoded bool // some texts
}

// Encode gives the vectors of the inner encoder, or errYield.
func (y *yielding) Encode(ctx context.Context, rows []embed.Row) ([][]float32, error) {
	vectors := make([][]float32, len(rows))
	var missing []int
	for i, row := range rows {
		if vectors[i] = y.kept[row.Mix][row.Text]; vectors[i] == nil {
			missing = append(missing, i)
		}
	}
	for len(missing) > 0 {
		n := oneRun(rows, missing)
		part := missing[:n]
		missing = missing[n:]
		some := make([]embed.Row, len(part))
		for i, at := range part {
			some[i] = rows[at]
		}
		got, err := y.encode(ctx, some)
		if err != nil {
			return nil, err
		}
		if len(got) != len(some) {
			return nil, fault.New(fault.Internal, "the encoder made %d vectors for %d texts", len(got), len(some))
		}
		y.starved = false
		for i, at := range part {
			vectors[at] = got[i]
			y.keep(rows[at], got[i])
		}
	}
	return vectors, nil
}

// oneRun says how many of the rows at these places are encoded at a time: at least 1.
func oneRun(rows []embed.Row, places []int) int {
	size := 0
	for i, at := range places {
		if size += min(len(rows[at].Text), longText); size > yieldBytes && i > 0 {
			return i
		}
	}
	return len(places)
}

// encode stops in the middle when something changes. But of two runs in a row one gets some texts encoded.
func (y *yielding) encode(ctx context.Context, rows []embed.Row) ([][]float32, error) {
	if y.starved {
		return y.inner.Encode(ctx, rows)
	}
	inner, cancel := context.WithCancel(ctx)
	var group sync.WaitGroup
	group.Go(func() {
		select {
		case <-y.current.Changed:
			cancel()
		case <-inner.Done():
		}
	})
	got, err := y.inner.Encode(inner, rows)
	yielded := err != nil && inner.Err() != nil && ctx.Err() == nil
	cancel()
	group.Wait()
	if yielded {
		y.starved = !y.encoded
		return nil, errYield
	}
	y.encoded = err == nil
	return got, err
}

// keep remembers a vector until its run is over.
func (f *follower) keep(row embed.Row, vector []float32) {
	mix := row.Mix
	if f.kept[mix] == nil || len(f.kept[mix]) >= maxKept {
		f.kept[mix] = map[string][]float32{}
	}
	f.kept[mix][row.Text] = vector
}
