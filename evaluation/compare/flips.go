package compare

// Flip counts queries whose first answer crossed a rank. Lost are negative flips: answered by the old system within K, and
// not by the new one (Yan et al. 2021, arXiv:2011.09161; Echterhoff et al. 2024, "MUSCLE", arXiv:2407.09435).
type Flip struct {
	K      int `json:"k"`
	Lost   int `json:"lost"`
	Gained int `json:"gained"`
}

// flipsOf counts, for rank 1 and rank 10, the queries whose first relevant document crossed it. Both are of the same queries.
func flipsOf(before, after *Evaluation) []Flip {
	flips := []Flip{{K: 1}, {K: 10}}
	for i := range flips {
		f := &flips[i]
		within := func(first int) bool { return first > 0 && first <= f.K }
		for q := range before.Queries {
			was, is := within(before.Queries[q].First), within(after.Queries[q].First)
			switch {
			case was && !is:
				f.Lost++
			case is && !was:
				f.Gained++
			}
		}
	}
	return flips
}
