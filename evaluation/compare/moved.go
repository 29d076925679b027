package compare

// This file says which queries moved.

import (
	"cmp"
	"math"
	"slices"

	"loradex/evaluation/runfile"
)

// flip counts queries whose first answer crossed a rank. Lost are negative flips: answered by the old system within K, and
// not by the new one (Yan et al. 2021, arXiv:2011.09161; Echterhoff et al. 2024, "MUSCLE", arXiv:2407.09435).
type flip struct {
	K      int `json:"k"`
	Lost   int `json:"lost"`
	Gained int `json:"gained"`
}

// flipsOf counts, for rank 1 and rank 10, the queries whose first relevant document crossed it. Both are of the same queries.
func flipsOf(before, after *Evaluation) []flip {
	flips := []flip{{K: 1}, {K: 10}}
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

// QueryOutcome is how a query fared in two evaluations: the ranks of its first answer, 0 where it was not found.
type QueryOutcome struct {
	Query  string `json:"query"`
	Before int    `json:"before"`
	After  int    `json:"after"`
}

// gain is the difference of the reciprocal ranks.
func (o QueryOutcome) gain() float64 { return reciprocal(o.After) - reciprocal(o.Before) }

func reciprocal(rank int) float64 {
	if rank == 0 {
		return 0
	}
	return 1 / float64(rank)
}

// Extremes are the first losses and the last gains of what outcomes lists, at most n of each, the largest first.
func Extremes(changed []QueryOutcome, n int) (losses, gains []QueryOutcome) {
	for i := range min(n, len(changed)) {
		if changed[i].gain() < 0 {
			losses = append(losses, changed[i])
		}
		if last := changed[len(changed)-1-i]; last.gain() > 0 {
			gains = append(gains, last)
		}
	}
	return losses, gains
}

// outcomes lists the queries whose first answer moved, the largest loss first and the largest gain last. The lists are
// parallel.
func outcomes(before, after []runfile.QueryResult) []QueryOutcome {
	var out []QueryOutcome
	for i, b := range before {
		if o := (QueryOutcome{b.Query, b.First, after[i].First}); math.Abs(o.gain()) > 0 {
			out = append(out, o)
		}
	}
	slices.SortStableFunc(out, func(a, b QueryOutcome) int { return cmp.Compare(a.gain(), b.gain()) })
	return out
}
