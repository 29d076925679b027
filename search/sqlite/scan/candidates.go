package scan

import (
	"math/bits"
	"slices"
	"sync"
)

// Plan is what a candidate search runs over.
type Plan struct {
	Signs []uint64 // Rows × Words, as [Signs] writes them
	Words int
	Rows  int
	Dims  int
}

// Oversample is how many rows the Hamming step keeps for each one that the float step keeps. With 400 kept of 100,000
// (21,657 vectors of real code, the others drawn near them) recall@10 is 0.999 either way, whether the float step sees
// 3,200 rows (0.24 ms) or more.
const Oversample = 8

// scratch is the working memory of one search. It is pooled: a scan of 100,000 rows would otherwise leave 200 kB of
// garbage behind.
type scratch struct {
	distances []uint16
	histogram []uint32
	table     []float32
}

var pool = sync.Pool{New: func() any { return new(scratch) }}

// blocked marks a row that the filter leaves out; no distance reaches it (see [MaxDims]).
const blocked = ^uint16(0)

// MaxDims is the greatest number of dimensions that a distance can count.
const MaxDims = 1<<16 - 2

// Candidates returns at most want rows (ascending) that are likely to hold the best dot products with query.
// allowed is a bitmap over rows, nil for all.
func (p Plan) Candidates(query []float32, allowed []uint64, want int) []uint32 {
	if want <= 0 || p.Rows == 0 {
		return nil
	}
	s := pool.Get().(*scratch) //nolint:errcheck // New is the only source
	defer pool.Put(s)
	s.reset(p.Rows, p.Dims)

	q := make([]uint64, p.Words)
	Signs(q, query)
	p.distances(s, q, allowed)
	rows := s.nearest(want * Oversample)
	if len(rows) <= want {
		return rows
	}
	s.fillTable(query)
	top := NewTop(want)
	for _, row := range rows {
		top.Push(row, s.estimate(p.Signs[int(row)*p.Words:int(row+1)*p.Words]))
	}
	rows = rows[:0]
	for _, h := range top.hits {
		rows = append(rows, h.Row)
	}
	slices.Sort(rows)
	return rows
}

func (s *scratch) reset(rows, dims int) {
	s.distances = slices.Grow(s.distances[:0], rows)[:rows]
	s.histogram = slices.Grow(s.histogram[:0], dims+1)[:dims+1]
	clear(s.histogram)
}

// distances fills in the Hamming distance of every allowed row and counts them.
func (p Plan) distances(s *scratch, q, allowed []uint64) {
	switch {
	case allowed != nil:
		p.distancesAllowed(s, q, allowed)
	case p.Words == 6: // 384 dimensions, the default model: the loop over words unrolled is twice as fast
		p.distances6(s, q)
	default:
		for row := range s.distances {
			d := hamming(p.Signs[row*p.Words:(row+1)*p.Words], q)
			s.distances[row] = d
			s.histogram[d]++
		}
	}
}

func (p Plan) distancesAllowed(s *scratch, q, allowed []uint64) {
	for row := range s.distances {
		if allowed[row>>6]&(1<<(row&63)) == 0 {
			s.distances[row] = blocked
			continue
		}
		d := hamming(p.Signs[row*p.Words:(row+1)*p.Words], q)
		s.distances[row] = d
		s.histogram[d]++
	}
}

func (p Plan) distances6(s *scratch, q []uint64) {
	q0, q1, q2, q3, q4, q5 := q[0], q[1], q[2], q[3], q[4], q[5]
	signs := p.Signs
	for row := range s.distances {
		if len(signs) < 6 {
			return
		}
		d := bits.OnesCount64(signs[0]^q0) + bits.OnesCount64(signs[1]^q1) + bits.OnesCount64(signs[2]^q2) +
			bits.OnesCount64(signs[3]^q3) + bits.OnesCount64(signs[4]^q4) + bits.OnesCount64(signs[5]^q5)
		signs = signs[6:]
		s.distances[row] = uint16(d)
		s.histogram[d]++
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
// first ones. Counting by distance replaces sorting: there are only Dims+1 different ones.
func (s *scratch) nearest(want int) []uint32 {
	limit, total := 0, 0
	for limit < len(s.histogram) && total+int(s.histogram[limit]) <= want {
		total += int(s.histogram[limit])
		limit++
	}
	atLimit := 0 // how many rows of distance limit still fit
	if limit < len(s.histogram) {
		atLimit = want - total
		total = want
	}
	rows := make([]uint32, 0, total)
	for row, d := range s.distances {
		if int(d) > limit || d == blocked {
			continue
		}
		if int(d) == limit {
			if atLimit == 0 {
				continue
			}
			atLimit--
		}
		rows = append(rows, uint32(row))
	}
	return rows
}

// fillTable computes, for each byte of the sign bits and each of its 256 values, the sum of the query's entries with
// those signs: 48 look-ups then estimate a dot product of 384 dimensions.
func (s *scratch) fillTable(query []float32) {
	groups := Words(len(query)) * 8
	s.table = slices.Grow(s.table[:0], groups*256)[:groups*256]
	for g := range groups {
		t := s.table[g*256 : g*256+256]
		part := query[min(len(query), g*8):min(len(query), g*8+8)]
		var all float32
		for _, x := range part {
			all -= x
		}
		t[0] = all
		for b := 1; b < 256; b++ {
			t[b] = t[b&(b-1)] // the value without its lowest set bit
			if i := bits.TrailingZeros8(uint8(b)); i < len(part) {
				t[b] += 2 * part[i]
			}
		}
	}
}

// estimate returns the dot product of the query with a row's signs, each taken as +1 or -1.
func (s *scratch) estimate(signs []uint64) float32 {
	var sum0, sum1 float32
	for w, x := range signs {
		t := s.table[w*2048 : w*2048+2048]
		sum0 += t[x&255]
		sum1 += t[256+(x>>8&255)]
		sum0 += t[512+(x>>16&255)]
		sum1 += t[768+(x>>24&255)]
		sum0 += t[1024+(x>>32&255)]
		sum1 += t[1280+(x>>40&255)]
		sum0 += t[1536+(x>>48&255)]
		sum1 += t[1792+(x>>56)]
	}
	return sum0 + sum1
}
