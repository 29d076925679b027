// Package cosine ranks a whole corpus for many queries by exact cosine: the brute force that approximate search is
// measured against, and what every figure of an evaluation stands on.
//
//	m, err := cosine.NewMatrix(documents)   // unit length, packed
//	results, err := cosine.Rank(ctx, queries, m, cosine.Options{Depth: 1000})
//
// The order is score descending, ties by document index descending. Equal vectors get equal scores to the last bit,
// wherever they stand, so ties are real ties: each score is one chain of additions in one fixed order.
package cosine

import (
	"math"

	"loradex/internal/fault"
)

// tile is how many documents are packed side by side; two queries are taken at a time. Two times four running sums fit
// the registers that Go's compiler uses: more spill, and the kernel gets slower.
const tile = 4

// MaxDimensions bounds the length of a vector.
const MaxDimensions = 1 << 16

// matrix holds vectors of unit length, packed for the kernel: groups of four, dimension by dimension.
type matrix struct {
	n, dim int
	packed []float32 // [ceil(n/tile), dim, tile], the last group filled up with zeros
}

// NewMatrix scales the vectors to unit length and packs them. The input is not changed. A vector of zeros stays one: its
// cosine with anything is 0. Invalid where lengths differ or a number is not finite.
func NewMatrix(vectors [][]float32) (*matrix, error) {
	if len(vectors) == 0 || len(vectors) > math.MaxInt32 {
		return nil, fault.New(fault.Invalid, "cannot rank %d vectors", len(vectors))
	}
	m := &matrix{n: len(vectors), dim: len(vectors[0])}
	if m.dim == 0 || m.dim > MaxDimensions {
		return nil, fault.New(fault.Invalid, "cannot rank vectors of %d dimensions", m.dim)
	}
	m.packed = make([]float32, (m.n+tile-1)/tile*tile*m.dim)
	for i, v := range vectors {
		scale, err := unitScale(v, m.dim)
		if err != nil {
			return nil, fault.Wrap(fault.Invalid, err, "vector %d", i)
		}
		group := m.group(i / tile)
		for d, x := range v {
			group[d*tile+i%tile] = float32(float64(x) * scale)
		}
	}
	return m, nil
}

// group returns the g-th four vectors, dimension by dimension.
func (m *matrix) group(g int) []float32 {
	size := m.dim * tile
	return m.packed[g*size : (g+1)*size]
}

// unitScale returns the factor that gives v unit length.
func unitScale(v []float32, dim int) (float64, error) {
	if len(v) != dim {
		return 0, fault.New(fault.Invalid, "%d dimensions where others have %d", len(v), dim)
	}
	sum := 0.0
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	switch {
	case math.IsNaN(sum) || math.IsInf(sum, 0):
		return 0, fault.New(fault.Invalid, "a number of it is not finite")
	case sum == 0:
		return 0, nil
	}
	return 1 / math.Sqrt(sum), nil
}
