package metrics

// bPref is for incomplete judgements: it asks how many documents that are known not to be relevant stand above each
// relevant one, and passes over those that nobody judged.
//
//	bpref = 1/R · Σ_{relevant r, ranked} 1 - min(n_r, R) / min(N, R)
//
// R is the number of relevant documents, N that of documents judged not relevant (Query.Nonrelevant), n_r how many of these
// are ranked above r. A relevant document with n_r = 0 adds 1, also where N = 0. It is 0 for a query without any relevant
// document. With data sets that judge only what is relevant, which are most in this field, it is the share of the relevant
// documents that were ranked at all.
//
// Source: Buckley and Voorhees, "Retrieval Evaluation with Incomplete Information", SIGIR 2004, with the correction of
// Soboroff (2006) that trec_eval uses. trec_eval: bpref.
func bPref(q Query, k int) float64 {
	r := len(q.Relevant)
	if r == 0 {
		return 0
	}
	sum, above := 0.0, 0
	for _, grade := range top(q.Ranked, k) {
		switch {
		case grade == 0:
			above++
		case grade > 0 && above == 0:
			sum++
		case grade > 0:
			sum += 1 - float64(min(above, r))/float64(min(q.Nonrelevant, r))
		}
	}
	return sum / float64(r)
}
