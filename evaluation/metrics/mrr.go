package metrics

// reciprocalRank is 1/r for the rank r of the first relevant document, and 0 where there is none in the first k ranks
// (k = 0: anywhere). Its mean over queries is the mean reciprocal rank.
//
//	RR@k = 1/r if r <= k else 0
//
// Source: Voorhees, "The TREC-8 Question Answering Track Report", 1999. trec_eval: recip_rank.
func reciprocalRank(q Query, k int) float64 {
	for i, grade := range top(q.Ranked, k) {
		if grade > 0 {
			return 1 / float64(i+1)
		}
	}
	// The ranking was cut, but whoever made it counted on to the first relevant document.
	if q.First > len(q.Ranked) && (k == 0 || q.First <= k) {
		return 1 / float64(q.First)
	}
	return 0
}
