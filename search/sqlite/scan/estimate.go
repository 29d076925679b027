package scan

import (
	"math/bits"
	"slices"
)

// This file estimates dot products from sign bits.

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
