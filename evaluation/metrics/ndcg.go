package metrics

import "math"

// ndcg is the discounted cumulative gain of the first k ranks (k = 0: all), over that of the best possible order. The
// gain is the grade itself, not 2^grade - 1, and the discount is the binary logarithm:
//
//	DCG@k = Σ_{i=1..k} max(grade_i, 0) / log2(i + 1)      nDCG@k = DCG@k / DCG@k of Relevant
//
// It is 0 for a query without any relevant document.
//
// Source: Järvelin and Kekäläinen, "Cumulated Gain-Based Evaluation of IR Techniques", 2002, with the discount at
// every rank. trec_eval: ndcg, ndcg_cut.
func ndcg(q Query, k int) float64 {
	ideal := dcg(top(q.Relevant, k))
	if ideal == 0 {
		return 0
	}
	return dcg(top(q.Ranked, k)) / ideal
}

func dcg(grades []float64) float64 {
	sum := 0.0
	for i, grade := range grades {
		if grade > 0 {
			sum += grade / math.Log2(float64(i+2))
		}
	}
	return sum
}
