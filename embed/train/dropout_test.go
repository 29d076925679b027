package train

import (
	"bytes"
	"math"
	"testing"
)

func maskOf(n int, k dropoutKey, p float64) []uint8 {
	m := make([]uint8, n)
	fillMask(m, k, p)
	return m
}

func TestMaskShare(t *testing.T) {
	const n = 1 << 18
	for _, p := range []float64{0, 1.0 / 65536, 0.1, 0.3, 0.5, 0.99} {
		zeros := 0
		for _, x := range maskOf(n, dropoutKey{seed: 5, step: 7}, p) {
			switch x { // what is kept is not scaled: that is the graph's
			case 0:
				zeros++
			case 1:
			default:
				t.Fatalf("p %g: a mask of %d", p, x)
			}
		}
		if dev := math.Sqrt(p * (1 - p) / n); math.Abs(float64(zeros)/n-p) > 5*dev {
			t.Errorf("p %g: share %g", p, float64(zeros)/n)
		}
	}
}

// A mask depends on its key and on nothing else: not on its length, which padding and micro-batches decide.
func TestMaskFollowsItsKey(t *testing.T) {
	base := dropoutKey{seed: 1, step: 2, side: 0, site: 3, row: 4}
	whole := maskOf(1024, base, 0.3)
	for _, n := range []int{1, 2, 3, 4, 5, 63, 64, 1021} {
		if !bytes.Equal(maskOf(n, base, 0.3), whole[:n]) {
			t.Errorf("the first %d are others where the text is shorter", n)
		}
	}
	others := []dropoutKey{
		{seed: 2, step: 2, site: 3, row: 4},
		{seed: 1, step: 3, site: 3, row: 4},
		{seed: 1, step: 2, side: 1, site: 3, row: 4},
		{seed: 1, step: 2, site: 4, row: 4},
		{seed: 1, step: 2, site: 3, row: 5},
		{seed: 1, step: 3, site: 2, row: 4},
		{seed: 1, step: 2, site: 4, row: 3},
	}
	seen := map[uint64]dropoutKey{base.hash(): base}
	for _, k := range others {
		if k2, ok := seen[k.hash()]; ok {
			t.Errorf("%+v and %+v have one mask", k, k2)
		}
		seen[k.hash()] = k
		same := 0
		for i, x := range maskOf(1024, k, 0.3) {
			if x == whole[i] {
				same++
			}
		}
		if same > 680 || same < 500 { // independent ones agree in 0.58 of 1024 = 594, with deviation 16
			t.Errorf("%+v agrees with %+v in %d of 1024", k, base, same)
		}
	}
	// The stream of one row must not be that of another one shifted: numbers are drawn by counting up from a hash.
	for row := range 2000 {
		k := base
		k.row = row
		for shift := range 64 {
			if row != base.row && k.hash() == base.hash()+golden*uint64(shift) {
				t.Errorf("row %d is row %d shifted by %d", row, base.row, shift)
			}
		}
	}
}
