package metrics

// hit is 1 where a relevant document stands in the first k ranks, else 0. Its mean is the success rate, which code
// search papers often call recall@k or top-k accuracy.
//
//	hit@k = 1 if |relevant in the first k| > 0 else 0
//
// Source: trec_eval: success.
func hit(q Query, k int) float64 {
	for _, grade := range top(q.Ranked, k) {
		if grade > 0 {
			return 1
		}
	}
	return 0
}
