package scan

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
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
	// Guard, where it is set, runs the work of every goroutine: a caller whose rows lie in a mapped file turns the
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

// each calls fn for every number below n. Who does which one is left to chance, so that a core that is busy with
// something else does not hold the others up; fn must not depend on it.
func (p *Plan) each(ctx context.Context, n int, fn func(i int)) error {
	workers := p.Workers
	if workers == 0 {
		workers = min(runtime.GOMAXPROCS(0), 16)
	}
	workers = min(workers, n)
	if p.Rows() < parallelFrom {
		workers = 1
	}
	var next atomic.Int64
	work := func() error { return take(ctx, &next, n, fn) }
	guarded := work
	if p.Guard != nil {
		guarded = func() error { return p.Guard(work) }
	}
	if workers <= 1 {
		return guarded()
	}
	errs := make([]error, workers)
	var wg sync.WaitGroup
	for w := 1; w < workers; w++ {
		wg.Go(func() { errs[w] = guarded() })
	}
	errs[0] = guarded()
	wg.Wait()
	return errors.Join(errs...)
}

// take calls fn for the numbers below n that no other goroutine has taken.
func take(ctx context.Context, next *atomic.Int64, n int, fn func(i int)) error {
	for {
		i := int(next.Add(1)) - 1
		if i >= n {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		fn(i)
	}
}
