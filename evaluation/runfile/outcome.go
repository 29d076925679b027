package runfile

import (
	"cmp"
	"math"
	"slices"
)

// QueryOutcome is how a query fared in two evaluations: the ranks of its first answer, 0 where it was not found.
type QueryOutcome struct {
	Query  string `json:"query"`
	Before int    `json:"before"`
	After  int    `json:"after"`
}

// Change is the difference of the reciprocal ranks.
func (o QueryOutcome) Change() float64 { return reciprocal(o.After) - reciprocal(o.Before) }

func reciprocal(rank int) float64 {
	if rank == 0 {
		return 0
	}
	return 1 / float64(rank)
}

// Extremes are the first losses and the last gains of what Outcomes lists, at most n of each, the largest first.
func Extremes(changed []QueryOutcome, n int) (losses, gains []QueryOutcome) {
	for i := range min(n, len(changed)) {
		if changed[i].Change() < 0 {
			losses = append(losses, changed[i])
		}
		if last := changed[len(changed)-1-i]; last.Change() > 0 {
			gains = append(gains, last)
		}
	}
	return losses, gains
}

// Outcomes lists the queries whose first answer moved, the largest loss first and the largest gain last. The lists are
// parallel.
func Outcomes(before, after []QueryResult) []QueryOutcome {
	var out []QueryOutcome
	for i, b := range before {
		if o := (QueryOutcome{b.Query, b.First, after[i].First}); math.Abs(o.Change()) > 0 {
			out = append(out, o)
		}
	}
	slices.SortStableFunc(out, func(a, b QueryOutcome) int { return cmp.Compare(a.Change(), b.Change()) })
	return out
}
