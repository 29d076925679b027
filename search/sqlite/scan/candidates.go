package scan

import (
	"context"
	"math/bits"
	"slices"
	"sync"
)

// oversample is how many rows the Hamming step keeps for each one that the float step keeps. With 400 kept of 100,000
// (21,657 vectors of real code, the others drawn near them) recall@10 is 0.999 either way, whether the float step sees
// 3,200 rows (0.24 ms) or more.
const oversample = 8

// scratch is the working memory of one search. It is pooled: a scan of 100,000 rows would otherwise leave 200 kB of
// garbage behind.
type scratch struct {
	blocks     []block
	distances  []uint16 // by row
	histograms []uint32 // by block and distance
	offsets    []offset // by block
	table      []float32
	estimates  []float32 // by kept row
}

// offset is where a block writes the rows that the Hamming step keeps of it.
type offset struct{ at, atLimit int }

var pool = sync.Pool{New: func() any { return new(scratch) }}

// blocked marks a row that the filter leaves out; no distance reaches it (see [MaxDims]).
const blocked = ^uint16(0)

// MaxDims is the greatest number of dimensions that a distance can count.
const MaxDims = 1<<16 - 2

// Candidates returns at most want rows (ascending) that are likely to hold the best dot products with query.
// allowed is a bitmap over rows, nil for all. The answer does not depend on the number of workers. The error is that
// of ctx or of the plan's Guard.
func (p Plan) Candidates(ctx context.Context, query []float32, allowed []uint64, want int) ([]uint32, error) {
	if want <= 0 || p.Rows() == 0 {
		return nil, ctx.Err()
	}
	s := pool.Get().(*scratch) //nolint:errcheck // New is the only source
	defer pool.Put(s)
	s.reset(&p)

	q := make([]uint64, p.Words)
	Signs(q, query)
	width := p.Dims + 1
	err := p.each(ctx, len(s.blocks), func(i int) {
		b := s.blocks[i]
		b.distances(s.distances[b.first:b.first+b.rows], s.histograms[i*width:(i+1)*width], q, allowed)
	})
	if err != nil {
		return nil, err
	}
	rows, err := s.nearest(ctx, &p, want*oversample)
	if len(rows) <= want || err != nil {
		return rows, err
	}
	s.fillTable(query)
	const share = 512 // rows that are estimated at a time
	s.estimates = slices.Grow(s.estimates[:0], len(rows))[:len(rows)]
	err = p.each(ctx, (len(rows)+share-1)/share, func(i int) {
		for at := i * share; at < min(len(rows), (i+1)*share); at++ {
			s.estimates[at] = s.estimate(p.row(rows[at]))
		}
	})
	if err != nil {
		return nil, err
	}
	top := NewTop(want)
	for i, row := range rows {
		top.Push(int64(row), s.estimates[i])
	}
	rows = rows[:0]
	for _, h := range top.hits {
		rows = append(rows, uint32(h.ID)) //nolint:gosec // it was one
	}
	slices.Sort(rows)
	return rows, nil
}

// row returns the signs of a row.
func (p *Plan) row(row uint32) []uint64 {
	i := len(p.Parts) - 1
	for p.Parts[i].First > int(row) {
		i--
	}
	at := (int(row) - p.Parts[i].First) * p.Words
	return p.Parts[i].Signs[at : at+p.Words]
}

func (s *scratch) reset(p *Plan) {
	s.blocks = p.blocks(s.blocks)
	s.distances = slices.Grow(s.distances[:0], p.Rows())[:p.Rows()]
	n := len(s.blocks) * (p.Dims + 1)
	s.histograms = slices.Grow(s.histograms[:0], n)[:n]
	clear(s.histograms)
}

// distances fills in the Hamming distance of every allowed row of a block, and counts them.
func (b *block) distances(into []uint16, histogram []uint32, q, allowed []uint64) {
	words := len(q)
	if allowed == nil {
		run(into, histogram, b.signs, q)
		return
	}
	for from := 0; from < b.rows; from += 64 {
		n := min(64, b.rows-from)
		part := into[from : from+n]
		set := allowed[(b.first+from)>>6]
		if n == 64 && set == ^uint64(0) {
			run(part, histogram, b.signs[from*words:(from+n)*words], q)
			continue
		}
		for i := range part {
			part[i] = blocked
		}
		for ; set != 0; set &= set - 1 {
			row := bits.TrailingZeros64(set)
			if row >= n {
				break
			}
			d := hamming(b.signs[(from+row)*words:(from+row+1)*words], q)
			part[row] = d
			histogram[d]++
		}
	}
}

// run computes the distances of rows without a gap.
func run(into []uint16, histogram []uint32, signs, q []uint64) {
	if len(q) == 6 { // 384 dimensions, the default model: the loop over words unrolled is twice as fast
		run6(into, histogram, signs, q)
		return
	}
	words := len(q)
	for row := range into {
		d := hamming(signs[row*words:(row+1)*words], q)
		into[row] = d
		histogram[d]++
	}
}

func run6(into []uint16, histogram []uint32, signs, q []uint64) {
	q0, q1, q2, q3, q4, q5 := q[0], q[1], q[2], q[3], q[4], q[5]
	for row := range into {
		if len(signs) < 6 {
			return
		}
		d := bits.OnesCount64(signs[0]^q0) + bits.OnesCount64(signs[1]^q1) + bits.OnesCount64(signs[2]^q2) +
			bits.OnesCount64(signs[3]^q3) + bits.OnesCount64(signs[4]^q4) + bits.OnesCount64(signs[5]^q5)
		signs = signs[6:]
		into[row] = uint16(d)
		histogram[d]++
	}
}

func hamming(a, b []uint64) uint16 {
	b = b[:len(a)]
	n := 0
	for i, x := range a {
		n += bits.OnesCount64(x ^ b[i])
	}
	return uint16(n)
}

// nearest returns the want rows with the smallest distances, ascending by row; of the rows at the last distance the
// first ones. Counting by distance replaces sorting: there are only Dims+1 different ones. The counts of each block
// also say where its rows go, so that blocks are gone through in any order.
func (s *scratch) nearest(ctx context.Context, p *Plan, want int) ([]uint32, error) {
	width := p.Dims + 1
	limit, total := 0, 0
	for ; limit < width; limit++ {
		n := 0
		for i := range s.blocks {
			n += int(s.histograms[i*width+limit])
		}
		if total+n > want {
			break
		}
		total += n
	}
	rest := want - total // how many rows of distance limit still fit
	s.offsets = slices.Grow(s.offsets[:0], len(s.blocks))[:len(s.blocks)]
	size := 0
	for i := range s.blocks {
		h := s.histograms[i*width : (i+1)*width]
		s.offsets[i] = offset{at: size}
		for _, n := range h[:limit] {
			size += int(n)
		}
		if limit < width {
			s.offsets[i].atLimit = min(rest, int(h[limit]))
			rest -= s.offsets[i].atLimit
			size += s.offsets[i].atLimit
		}
	}
	rows := make([]uint32, size)
	err := p.each(ctx, len(s.blocks), func(i int) {
		b := s.blocks[i]
		b.collect(rows[s.offsets[i].at:], s.distances[b.first:b.first+b.rows], limit, s.offsets[i].atLimit)
	})
	return rows, err
}

// collect writes the rows of a block that are nearer than limit, and the first atLimit at limit.
func (b *block) collect(into []uint32, distances []uint16, limit, atLimit int) {
	n := 0
	for row, d := range distances {
		if int(d) > limit || d == blocked {
			continue
		}
		if int(d) == limit {
			if atLimit == 0 {
				continue
			}
			atLimit--
		}
		into[n] = uint32(b.first + row) //nolint:gosec // a plan has fewer than 2^32 rows
		n++
	}
}
