package train

import "math"

// dropoutKey says which numbers a mask is for. Masks depend on nothing else, so that resuming a run, or splitting a batch,
// gives the same ones.
type dropoutKey struct {
	seed uint64
	step int
	side int // 0: queries, 1: documents
	site int // position among the adapted layers
	row  int // of the batch
}

// mix64 is the finaliser of SplitMix64 (Steele, Lea and Flood 2014), a bijection whose outputs pass for random.
func mix64(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

const golden = 0x9e3779b97f4a7c15

func (k dropoutKey) hash() uint64 {
	h := mix64(k.seed + golden)
	for _, v := range []int{k.step, k.side, k.site, k.row} {
		h = mix64(h + golden + uint64(v)) //nolint:gosec // only its bits matter
	}
	return h
}

// fillMask sets dst to 1 where a number is kept and to 0 where it is dropped, with probability p to 1/65536. It is a
// counter-based generator: element i depends on the key and i alone.
func fillMask(dst []uint8, key dropoutKey, p float64) {
	threshold := uint64(math.Round(p * 65536))
	h := key.hash()
	keep := func(bits uint64) uint8 {
		if bits&0xffff >= threshold {
			return 1
		}
		return 0
	}
	i := 0
	for ; i+4 <= len(dst); i += 4 {
		h += golden
		r := mix64(h)
		dst[i], dst[i+1], dst[i+2], dst[i+3] = keep(r), keep(r>>16), keep(r>>32), keep(r>>48)
	}
	r := mix64(h + golden)
	for ; i < len(dst); i++ {
		dst[i], r = keep(r), r>>16
	}
}
