package calibration

import (
	"cmp"
	"math"
	"slices"

	"loradex/search"
)

// Quality is how good probabilities are.
type Quality struct {
	Samples int `json:"samples"`
	// ECE is the expected calibration error: how far the share of right ones is from the probability, over ten bins of equal
	// width, each counting by what is in it (Naeini et al. 2015).
	ECE float64 `json:"ece"`
	// AUROC is how often a right one has a higher probability than a wrong one.
	AUROC float64 `json:"auroc"`
	// Brier is the mean of (probability - outcome)², and BaseRate that of the share of right ones in place of each.
	Brier    float64 `json:"brier"`
	BaseRate float64 `json:"base_rate_brier"`
	Bins     []Bin   `json:"bins"` // of the reliability plot, without empty ones
}

// Bin is what has about the same probability.
type Bin struct {
	Probability float64 `json:"probability"` // mean
	Right       float64 `json:"right"`       // share
	Share       float64 `json:"share"`       // of all
}

const bins = 10

// Measure says how good the probabilities of samples are by odds.
func Measure(samples []Sample, odds search.Odds) Quality {
	p := make([]float64, len(samples))
	for i, s := range samples {
		p[i] = odds.Probability(s.Signs)
	}
	return Of(samples, p)
}

// Of says how good probabilities are that samples have.
func Of(samples []Sample, p []float64) Quality {
	q := Quality{Samples: len(samples), Bins: []Bin{}}
	var sums [bins]Bin
	var all, right float64
	for i, s := range samples {
		y := 0.0
		if s.Right {
			y = 1
		}
		at := min(int(p[i]*bins), bins-1)
		sums[at].Probability += s.Weight * p[i]
		sums[at].Right += s.Weight * y
		sums[at].Share += s.Weight
		all += s.Weight
		right += s.Weight * y
		q.Brier += s.Weight * (p[i] - y) * (p[i] - y)
	}
	if all == 0 {
		return q
	}
	q.Brier /= all
	q.BaseRate = right / all * (1 - right/all)
	for _, b := range sums {
		if b.Share > 0 {
			q.ECE += math.Abs(b.Probability-b.Right) / all
			q.Bins = append(q.Bins, Bin{b.Probability / b.Share, b.Right / b.Share, b.Share / all})
		}
	}
	q.AUROC = auroc(samples, p)
	return q
}

// auroc counts pairs of a right and a wrong one, ties as half.
func auroc(samples []Sample, p []float64) float64 {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(p[a], p[b]) })
	var wrong, right, won float64 // wrong below what is looked at
	for i := 0; i < len(order); {
		var w, r float64
		value := p[order[i]]
		for ; i < len(order) && p[order[i]] == value; i++ {
			if s := samples[order[i]]; s.Right {
				r += s.Weight
			} else {
				w += s.Weight
			}
		}
		won += r * (wrong + w/2)
		wrong, right = wrong+w, right+r
	}
	if wrong == 0 || right == 0 {
		return 0.5
	}
	return won / (wrong * right)
}
