package scan

import (
	"cmp"
	"context"
	"errors"
	"runtime"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// This file defines what a scan runs over, and how its work is shared among cores.

// Plan is what a candidate search runs over.
type Plan struct {
	Parts []Part // ascending by First, not overlapping
	Words int    // of a row
	Dims  int
	// Workers is how many goroutines share a scan of many rows at most. The default is one for each core the process
	// may use, at most 16; 1 keeps it in the caller's.
	Workers int
	// Guard, where it is set, runs every piece of work: a caller whose rows lie in a mapped file turns the
	// fault of one that was cut short into an error there.
	Guard func(work func() error) error
}

// Part is a run of rows with numbers from First, a multiple of 64.
type Part struct {
	First int
	Signs []uint64 // Words for each row, as [Signs] writes them
}

// Rows returns the number that a next row would have: numbers between parts count.
func (p *Plan) Rows() int {
	if len(p.Parts) == 0 {
		return 0
	}
	last := p.Parts[len(p.Parts)-1]
	return last.First + len(last.Signs)/p.Words
}

const (
	// parallelFrom is the number of rows from which goroutines pay: fewer take a third of a millisecond on one core.
	parallelFrom = 1 << 16
	// blockRows is the least number of rows that a goroutine takes at a time, a multiple of 64.
	blockRows = 1 << 14
	// maxBlocks bounds the histograms, one for each block.
	maxBlocks = 128
)

// block is a run of rows of one part.
type block struct {
	first int // number of its first row, a multiple of 64
	rows  int
	signs []uint64
}

// blocks cuts the parts.
func (p *Plan) blocks(into []block) []block {
	size := max(blockRows, (p.Rows()/maxBlocks+63)/64*64)
	into = into[:0]
	for _, part := range p.Parts {
		rows := len(part.Signs) / p.Words
		for from := 0; from < rows; from += size {
			n := min(size, rows-from)
			into = append(into, block{part.First + from, n, part.Signs[from*p.Words : (from+n)*p.Words]})
		}
	}
	return into
}

// each calls fn for every number below n, on several cores where it is worth it.
func (p *Plan) each(ctx context.Context, n int, fn func(i int)) error {
	count := min(cmp.Or(p.Workers, workers(n)), n)
	if p.Rows() < parallelFrom {
		count = 1
	}
	return share(ctx, count, n, func(_, i int) error {
		if p.Guard != nil {
			return p.Guard(func() error { fn(i); return nil })
		}
		fn(i)
		return nil
	})
}

// workers is how many goroutines share n pieces of work: one for each core the process may use, at most 16.
func workers(n int) int { return min(runtime.GOMAXPROCS(0), 16, n) }

// share calls fn for every number below n, from as many goroutines as there are workers, of which the caller's is one. Who does
// which number is left to chance, so that a core that is busy with something else does not hold the others up; fn must not depend
// on it.
func share(ctx context.Context, workers, n int, fn func(worker, i int) error) error {
	if workers <= 1 { // without what goroutines would leave behind
		for i := range n {
			if err := one(ctx, fn, 0, i); err != nil {
				return err
			}
		}
		return nil
	}
	var next atomic.Int64
	work := func(worker int) error {
		for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
			if err := one(ctx, fn, worker, i); err != nil {
				return err
			}
		}
		return nil
	}
	var g errgroup.Group
	for w := 1; w < workers; w++ {
		g.Go(func() error { return work(w) })
	}
	return errors.Join(work(0), g.Wait())
}

func one(ctx context.Context, fn func(worker, i int) error, worker, i int) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return fn(worker, i)
}
