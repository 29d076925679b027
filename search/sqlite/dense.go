package sqlite

import (
	"context"
	"errors"
	"math/bits"
	"runtime/debug"
	"slices"

	"loradex/internal/fault"
	"loradex/search"
	"loradex/search/sqlite/scan"
	"loradex/search/sqlite/vecfile"
)

// Dense implements search.Reader. Invalid where vector does not fit the space or is not of unit length.
func (s *store) Dense(ctx context.Context, space string, vector []float32, f search.Filter, k int, exact bool) ([]search.Scored, error) {
	if err := f.Check(k); err != nil {
		return nil, err
	}
	var hits []search.Scored
	err := s.settled(ctx, f.Trees, func() error {
		return s.withView(ctx, space, func(v *view) (err error) {
			hits, err = s.searchView(ctx, v, vector, f, k, exact)
			return err
		})
	})
	return hits, err
}

// withView runs fn over the present view of a space. Where fn finds the files damaged they are made anew, once.
func (s *store) withView(ctx context.Context, space string, fn func(v *view) error) error {
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
func (s *store) discard(ctx context.Context, v *view) error {
	if err := s.forget(v.space.name); err != nil {
		return s.explain(ctx, err, "release vectors")
	}
	if s.writer == nil {
		return fault.Wrap(fault.Corrupt, vecfile.ErrDamaged, "vector files in %s, which is read-only", s.vectorsDir()).WithHint(cleanHint)
	}
	return s.explain(ctx, s.removeFiles(ctx, v.space), "remove damaged vector files")
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

func (s *store) searchView(ctx context.Context, v *view, vector []float32, f search.Filter, k int, exact bool) ([]search.Scored, error) {
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
	want := max(s.opts.candidates(n), 4*k)
	var best []scan.Hit
	if exact || n <= want {
		best, err = scoreAll(ctx, v, vector, allowed, k)
	} else {
		var rows []uint32
		if rows, err = v.plan().Candidates(ctx, vector, allowed, want); err == nil {
			best, err = scoreRows(ctx, v, vector, rows, k)
		}
	}
	if err != nil {
		return nil, err
	}
	hits := make([]search.Scored, 0, k)
	for _, h := range best {
		hits = append(hits, search.Scored{ID: search.ID(h.ID), Score: h.Score})
	}
	return hits, ctx.Err()
}

// sharedFrom is the number of vectors from which several goroutines score them: fewer take a tenth of a millisecond.
const sharedFrom = 1024

// scoreRows scores the given rows exactly.
func scoreRows(ctx context.Context, v *view, vector []float32, rows []uint32, k int) ([]scan.Hit, error) {
	const share = 256 // a worker takes so many at a time
	return scan.Best(ctx, k, (len(rows)+share-1)/share, len(rows) >= sharedFrom, func(i int, top *scan.Top) error {
		return mapped(func() error {
			for _, row := range rows[i*share : min(len(rows), (i+1)*share)] {
				if err := score(v, vector, row, top); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// scoreAll scores every allowed row. allowed is nil for all.
func scoreAll(ctx context.Context, v *view, vector []float32, allowed []uint64, k int) ([]scan.Hit, error) {
	const share = 4096 // rows, a multiple of 64: about a millisecond
	rows := v.first + len(v.delta.Chunks)
	return scan.Best(ctx, k, (rows+share-1)/share, rows >= 2*share, func(i int, top *scan.Top) error {
		return mapped(func() error { return scoreBlock(v, vector, allowed, i*share, min((i+1)*share, rows), top) })
	})
}

func score(v *view, vector []float32, row uint32, top *scan.Top) error {
	vec, err := v.vector(row)
	if err == nil {
		top.Push(v.chunk(row), scan.Dot(vector, vec))
	}
	return err
}

// scoreBlock scores the allowed rows from a multiple of 64 on.
func scoreBlock(v *view, vector []float32, allowed []uint64, from, to int, top *scan.Top) error {
	if allowed == nil {
		for row := from; row < to; row++ {
			if row >= len(v.base.Chunks) && row < v.first {
				continue // a number without a row
			}
			if err := score(v, vector, uint32(row), top); err != nil { //nolint:gosec // a view has fewer than 2^31 rows
				return err
			}
		}
		return nil
	}
	for word := from / 64; word < (to+63)/64; word++ {
		for set := allowed[word]; set != 0; set &= set - 1 {
			if err := score(v, vector, uint32(word*64+bits.TrailingZeros64(set)), top); err != nil { //nolint:gosec // as above
				return err
			}
		}
	}
	return nil
}

// Vectors implements search.Reader.
func (s *store) Vectors(ctx context.Context, space string, ids []search.ID) ([][]float32, error) {
	var out [][]float32
	err := s.withView(ctx, space, func(v *view) error {
		out = make([][]float32, len(ids))
		for i, id := range ids {
			row, ok := v.rowOf(int64(id))
			if !ok {
				continue
			}
			vec, err := v.vector(row)
			if err != nil {
				return err
			}
			out[i] = slices.Clone(vec) // the view goes
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
