package metrics

// rPrecision is the precision at rank R, where R is the number of relevant documents: 1 where they all stand first.
//
//	R-precision = |relevant in the first R| / R,  R = |relevant|
//
// It is 0 for a query without any relevant document. A cut-off k looks at the first min(k, R) ranks, and still divides by R.
//
// Source: Buckley and Voorhees, "Retrieval System Evaluation", 2005. trec_eval: Rprec.
func rPrecision(q Query, k int) float64 {
	r := len(q.Relevant)
	if r == 0 {
		return 0
	}
	return float64(found(top(top(q.Ranked, k), r))) / float64(r)
}
