package words

import "math"

// This file defines the scores: BM25 (Robertson and Zaragoza 2009) with the inverse document frequency of Lucene, which
// is positive whatever part of the chunks has a term.

const (
	k1 = 1.2
	b0 = 0.75
	// fixed is what scores are multiplied by to become whole numbers. The sum of those does not depend on its order, so equal
	// chunks have equal scores, whatever a search left out.
	fixed = 1 << 32
	// levels is how many steps a bound is rounded to.
	levels = 255
)

// IDF returns the inverse document frequency of a term that some of all chunks have.
func IDF(have, all int64) float64 {
	n := float64(min(have, all))
	return math.Log(1 + (float64(all)-n+0.5)/(n+0.5))
}

// lengthNorm returns what BM25 adds to a count under the fraction line: at + by · length.
func lengthNorm(average float64) (at, by float64) {
	return k1 * (1 - b0), k1 * b0 / average
}

// factor is BM25's factor of a weighted count in a chunk.
func factor(count, norm float64) float64 { return count * (k1 + 1) / (count + norm) }

// quantise rounds a factor up to a level.
func quantise(f float64) byte {
	return byte(min(levels, math.Ceil(f/(k1+1)*levels*(1+1e-12))))
}

// bound returns the factor that no document of a level exceeds, where the average length is another one now. With the
// average a' > a the norm shrinks at most by a/a', so the factor grows at most by a'/a; with a smaller one it shrinks.
func bound(level byte, then, now float64) float64 {
	return min(k1+1, float64(level)/levels*(k1+1)*max(1, now/then))
}
