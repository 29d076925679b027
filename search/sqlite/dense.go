package sqlite

import (
	"context"
	"errors"
	"math/bits"
	"runtime"
	"runtime/debug"

	"golang.org/x/sync/errgroup"

	"loradex/internal/fault"
	"loradex/search"
	"loradex/search/sqlite/scan"
	"loradex/search/sqlite/vecfile"
)

// Dense implements search.Reader. Invalid where vector does not fit the space or is not of unit length.
func (s *Store) Dense(ctx context.Context, space string, vector []float32, f search.Filter, k int, exact bool) ([]search.Scored, error) {
	if err := errors.Join(search.CheckHits(k), f.Validate()); err != nil {
		return nil, err
	}
	var hits []search.Scored
	err := s.withView(ctx, space, func(v *view) error {
		var err error
		hits, err = s.searchView(ctx, v, vector, f, k, exact)
		return err
	})
	return hits, err
}

// withView runs fn over the present view of a space. Where fn finds the files damaged they are made anew, once.
func (s *Store) withView(ctx context.Context, space string, fn func(v *view) error) error {
	for try := 0; ; try++ {
		v, err := s.view(ctx, space)
		if err != nil {
			return err
		}
		err = errors.Join(mapped(func() error { return fn(v) }), v.release())
		if try > 0 || !errors.Is(err, vecfile.ErrDamaged) {
			return s.explain(ctx, err, "search space "+space)
		}
		if err := s.discard(ctx, v); err != nil {
			return err
		}
	}
}

// discard throws away the files of a space: the next view is made from the database.
func (s *Store) discard(ctx context.Context, v *view) error {
	if err := s.forget(v.space.name); err != nil {
		return s.explain(ctx, err, "release vectors")
	}
	if s.writer == nil {
		return fault.Wrap(fault.Corrupt, vecfile.ErrDamaged, "vector files in %s, which is read-only", s.vectorsDir()).WithHint(cleanHint)
	}
	err := s.locked(ctx, patience, func() error { return vecfile.Remove(s.vectorsDir(), v.space.file()) })
	return s.explain(ctx, err, "remove damaged vector files")
}

// mapped runs code that reads mapped files. Where a file was cut short under it, or the disk fails, reading faults;
// that becomes an error instead of the end of the process.
func mapped(fn func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		r := recover()
		if r == nil {
			return
		}
		if fault, ok := r.(interface{ Addr() uintptr }); !ok || fault.Addr() == 0 {
			panic(r)
		}
		err = vecfile.ErrDamaged
	}()
	return fn()
}

func (s *Store) searchView(ctx context.Context, v *view, vector []float32, f search.Filter, k int, exact bool) ([]search.Scored, error) {
	if err := search.CheckVector(vector, v.space.name, v.space.dims); err != nil {
		return nil, err
	}
	r, err := s.resolve(ctx, f)
	if err != nil {
		return nil, err
	}
	allowed, n := r.rows(v)
	if k = min(k, n); k == 0 {
		return []search.Scored{}, ctx.Err()
	}
	want := max(s.opts.Candidates, 4*k)
	var top *scan.Top
	if exact || n <= want {
		top, err = scoreAll(ctx, v, vector, allowed, k)
	} else {
		top, err = scoreRows(v, vector, v.plan().Candidates(vector, allowed, want), k)
	}
	if err != nil {
		return nil, err
	}
	hits := make([]search.Scored, 0, k)
	for _, h := range top.Sorted() {
		hits = append(hits, search.Scored{ID: search.ID(v.Chunks[h.Row]), Score: h.Score})
	}
	return hits, ctx.Err()
}

// scoreRows scores the given rows exactly.
func scoreRows(v *view, vector []float32, rows []uint32, k int) (*scan.Top, error) {
	top := scan.NewTop(k)
	for _, row := range rows {
		vec, err := v.vector(row)
		if err != nil {
			return nil, err
		}
		top.Push(row, scan.Dot(vector, vec))
	}
	return top, nil
}

// block is how many rows a worker of scoreAll takes at a time: a multiple of 64, about a millisecond.
const block = 4096

// scoreAll scores every allowed row, on as many cores as there are. Rows fall to workers in a fixed way, and a Top
// does not depend on the order of its pushes, so the answer is always the same.
func scoreAll(ctx context.Context, v *view, vector []float32, allowed []uint64, k int) (*scan.Top, error) {
	workers := max(1, min(runtime.GOMAXPROCS(0), 16, len(v.Chunks)/block))
	tops := make([]*scan.Top, workers)
	var g errgroup.Group
	for w := range workers {
		tops[w] = scan.NewTop(k)
		g.Go(func() error {
			return mapped(func() error {
				for from := w * block; from < len(v.Chunks); from += workers * block {
					if err := ctx.Err(); err != nil {
						return err
					}
					if err := scoreBlock(v, vector, allowed, from, min(from+block, len(v.Chunks)), tops[w]); err != nil {
						return err
					}
				}
				return nil
			})
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	for _, t := range tops[1:] {
		tops[0].Merge(t)
	}
	return tops[0], nil
}

func scoreBlock(v *view, vector []float32, allowed []uint64, from, to int, top *scan.Top) error {
	push := func(row int) error {
		vec, err := v.vector(uint32(row)) //nolint:gosec // a view has fewer than 2^31 rows
		if err == nil {
			top.Push(uint32(row), scan.Dot(vector, vec)) //nolint:gosec // as above
		}
		return err
	}
	if allowed == nil {
		for row := from; row < to; row++ {
			if err := push(row); err != nil {
				return err
			}
		}
		return nil
	}
	for word := from / 64; word < (to+63)/64; word++ {
		for set := allowed[word]; set != 0; set &= set - 1 {
			if err := push(word*64 + bits.TrailingZeros64(set)); err != nil {
				return err
			}
		}
	}
	return nil
}

// Covered implements indexer.Manifest.
func (s *Store) Covered(ctx context.Context, space string, languages []string) (int, error) {
	n := 0
	err := s.withView(ctx, space, func(v *view) error {
		if n = len(v.Chunks); languages == nil {
			return nil
		}
		if n = 0; len(languages) == 0 {
			return nil
		}
		r, err := s.resolve(ctx, search.Filter{Languages: languages})
		if err == nil {
			_, n = r.rows(v)
		}
		return err
	})
	return n, err
}

// VectorOf implements search.Reader.
func (s *Store) VectorOf(ctx context.Context, space string, id search.ID) ([]float32, bool, error) {
	var out []float32
	err := s.withView(ctx, space, func(v *view) error {
		row, ok := v.rowOf(int64(id))
		if !ok {
			return nil
		}
		vec, err := v.vector(row)
		out = append(out, vec...) // a copy: the view goes
		return err
	})
	if err != nil {
		return nil, false, err
	}
	return out, out != nil, nil
}
