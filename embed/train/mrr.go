package train

// MRR is the mean over examples of 1/rank of the best positive, 0 beyond the first k: a score for a dev split. Vectors are
// parallel to the set's queries and documents, and of unit length. Ties count against the positive.
func MRR(set *Set, queries, documents [][]float32, k int) float64 {
	var sum float64
	for _, e := range set.Examples {
		q := queries[e.Query]
		best := float32(-2)
		positive := map[int]bool{}
		for _, d := range e.Positives {
			best, positive[d] = max(best, dot(q, documents[d])), true
		}
		rank := 1
		for d, v := range documents {
			if !positive[d] && dot(q, v) >= best {
				rank++
			}
		}
		if rank <= k {
			sum += 1 / float64(rank)
		}
	}
	return sum / float64(max(1, len(set.Examples)))
}
