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

// unpack reads a block; b has slack behind it. Narrow numbers, which most are, come four to a load.
func unpack(values *[blockSize]uint32, b []byte, width int) {
	w := uint(width) & 63
	mask := uint64(1)<<w - 1
	b = b[:packed(width)+slack]
	at := uint(0)
	if w > 14 { // 7 bits of offset and four of these would not be in 8 bytes
		for i := range values {
			values[i] = uint32(le.Uint64(b[at>>3:]) >> (at & 7) & mask) //nolint:gosec // masked
			at += w
		}
		return
	}
	for i := 0; i < blockSize; i += 4 {
		four := le.Uint64(b[at>>3:]) >> (at & 7)
		v := values[i : i+4 : i+4]
		v[0] = uint32(four & mask)                 //nolint:gosec // masked
		v[1] = uint32(four >> w & mask)            //nolint:gosec // as above
		v[2] = uint32(four >> (2 * w & 63) & mask) //nolint:gosec // as above
		v[3] = uint32(four >> (3 * w & 63) & mask) //nolint:gosec // as above
		at += 4 * w
	}
}
