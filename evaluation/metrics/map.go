package metrics

// averagePrecision is the mean, over all relevant documents, of the precision at the rank of each; one that is not
// ranked in the first k (k = 0: at all) adds nothing. Its mean over queries is the mean average precision.
//
//	AP@k = 1/|relevant| · Σ_{i=1..k, grade_i > 0} |relevant in the first i| / i
//
// It is 0 for a query without any relevant document.
//
// Source: Buckley and Voorhees, "Retrieval System Evaluation", in TREC: Experiment and Evaluation in Information
// Retrieval, 2005. trec_eval: map, map_cut.
func averagePrecision(q Query, k int) float64 {
	if len(q.Relevant) == 0 {
		return 0
	}
	sum, hits := 0.0, 0
	for i, grade := range top(q.Ranked, k) {
		if grade > 0 {
			hits++
			sum += float64(hits) / float64(i+1)
		}
	}
	return sum / float64(len(q.Relevant))
}
