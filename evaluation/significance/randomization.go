package significance

import "math"

// exactLimit is the number of non-zero differences up to which all sign patterns are tried: 2^16 sums.
const exactLimit = 16

// Randomization returns the two-sided p value of the paired randomization test (Fisher; for retrieval: Smucker, Allan
// and Carterette, "A Comparison of Statistical Significance Tests for Information Retrieval Evaluation", 2007): the
// share of random swaps of a and b, query by query, that give a difference of means at least as large as the real one.
//
// With up to 16 queries that differ, all swaps are tried and p is exact. Beyond, o.Resamples swaps are drawn and p is
// (c + 1) / (o.Resamples + 1), which is never zero. Two equal lists give 1.
func Randomization(a, b []float64, o Options) (float64, error) {
	if err := o.Validate(); err != nil {
		return 0, err
	}
	o = o.withDefaults()
	all, err := Differences(a, b)
	if err != nil {
		return 0, err
	}
	if _, err := transpose([][]float64{all}); err != nil {
		return 0, err
	}
	// A query on which both agree adds nothing under any swap.
	var diffs []float64
	observed, scale := 0.0, 0.0
	for _, d := range all {
		if d != 0 {
			diffs = append(diffs, d)
			observed += d
			scale += math.Abs(d)
		}
	}
	if len(diffs) == 0 {
		return 1, nil
	}
	// Sums of the same numbers in another order differ in the last bits: those are ties, and ties count.
	limit := math.Abs(observed) - 1e-12*scale
	if len(diffs) <= exactLimit {
		return exact(diffs, limit), nil
	}
	return drawn(diffs, limit, o), nil
}

func exact(diffs []float64, limit float64) float64 {
	patterns := 1 << len(diffs)
	count := 0
	for pattern := range patterns {
		sum := 0.0
		for i, d := range diffs {
			if pattern>>i&1 == 1 {
				sum -= d
			} else {
				sum += d
			}
		}
		if math.Abs(sum) >= limit {
			count++
		}
	}
	return float64(count) / float64(patterns)
}

func drawn(diffs []float64, limit float64, o Options) float64 {
	count := 0
	for r := range o.Resamples {
		source := newSource(o.Seed, r)
		sum, bits := 0.0, uint64(0)
		for i, d := range diffs {
			if i%64 == 0 {
				bits = source.Uint64()
			}
			// The sign bit is flipped by a mask: a branch on a random bit is mispredicted every other time.
			sum += math.Float64frombits(math.Float64bits(d) ^ (bits << 63))
			bits >>= 1
		}
		if math.Abs(sum) >= limit {
			count++
		}
	}
	return float64(count+1) / float64(o.Resamples+1)
}
