// Package parallel shares work among the processor's cores.
//
//	err := parallel.Each(ctx, len(rows), 8, func(i int) error { return encode(rows[i]) })
package parallel

import (
	"context"
	"runtime"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// Each calls one for 0 to n-1, until one fails or ctx ends: on all cores where there is enough to do, which is few calls for
// each, because below it a goroutine costs more than it saves.
func Each(ctx context.Context, n, few int, one func(i int) error) error {
	var next atomic.Int64
	work := func(ctx context.Context) error {
		for {
			i := int(next.Add(1)) - 1
			if i >= n {
				return nil
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := one(i); err != nil {
				return err
			}
		}
	}
	workers := min(runtime.GOMAXPROCS(0), (n+few-1)/few)
	if workers <= 1 {
		return work(ctx)
	}
	g, ctx := errgroup.WithContext(ctx)
	for range workers {
		g.Go(func() error { return work(ctx) })
	}
	return g.Wait()
}
