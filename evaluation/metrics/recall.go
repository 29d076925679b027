package metrics

// recall is the share of the relevant documents that stand in the first k ranks; 0 for a query that has none.
//
//	recall@k = |relevant in the first k| / |relevant|
//
// Source: any textbook; trec_eval: recall. Some papers divide by min(k, |relevant|): this does not.
func recall(q Query, k int) float64 {
	if len(q.Relevant) == 0 {
		return 0
	}
	return float64(found(top(q.Ranked, k))) / float64(len(q.Relevant))
}
