package metrics

import "math"

// RBP is rank-biased precision: what a user gains who reads on from one rank to the next with probability p.
//
//	RBP = (1 - p) · Σ_{i=1..k} [grade_i > 0] · p^(i-1)
//
// p is 0.5 for an impatient user, who looks at two results on average, 0.8 for five and 0.95 for twenty. Queries with one
// relevant document cannot reach 1, but 1 - p.
//
// Source: Moffat and Zobel, "Rank-Biased Precision for Measurement of Retrieval Effectiveness", TOIS 2008. ranx: rbp.p.
func RBP(q Query, k int, p float64) float64 {
	sum := 0.0
	for i, grade := range top(q.Ranked, k) {
		if grade > 0 {
			sum += math.Pow(p, float64(i))
		}
	}
	return (1 - p) * sum
}

// rbp fixes the persistence, which is part of the metric's name.
func rbp(p float64) func(Query, int) float64 {
	return func(q Query, k int) float64 { return RBP(q, k, p) }
}
