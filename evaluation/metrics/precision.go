package metrics

// precision is the share of the first k ranks that holds relevant documents. A ranking shorter than k counts as if
// filled up with documents that are not relevant, so that fewer hits never score better. k must be above zero.
//
//	precision@k = |relevant in the first k| / k
//
// Source: any textbook; trec_eval: P.
func precision(q Query, k int) float64 {
	if k <= 0 {
		return 0
	}
	return float64(found(top(q.Ranked, k))) / float64(k)
}
