package words

import "math/bits"

// This file packs numbers of few bits.

// blockSize is how many documents a full block of postings has.
const blockSize = 128

// maxBits bounds the bits of a packed number: one load of 8 bytes must cover it wherever it begins.
const maxBits = 25

// slack is how many bytes behind a packed block are loaded, and not used.
const slack = 8

// width returns how many bits the greatest of some numbers has.
func width(values []uint32) int {
	var all uint32
	for _, v := range values {
		all |= v
	}
	return bits.Len32(all)
}

// packed is the length of a packed block.
func packed(width int) int { return blockSize / 8 * width }

// pack appends a block of numbers.
func pack(dst []byte, values *[blockSize]uint32, width int) []byte {
	var have uint64
	n := 0
	for _, v := range values {
		have |= uint64(v) << n
		for n += width; n >= 8; n -= 8 {
			dst = append(dst, byte(have))
			have >>= 8
		}
	}
	return dst
}

// unpack reads a block; b has slack behind it.
func unpack(values *[blockSize]uint32, b []byte, width int) {
	mask := uint64(1)<<width - 1
	b = b[:packed(width)+slack]
	at := uint(0)
	for i := range values {
		values[i] = uint32(le.Uint64(b[at>>3:]) >> (at & 7) & mask) //nolint:gosec // masked
		at += uint(width)                                           //nolint:gosec // at most maxBits
	}
}
