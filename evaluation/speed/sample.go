package speed

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"loradex/internal/fault"
)

// MinPairs is the smallest number of pairs for which [Sample] can give a 95 % interval: with 6 the extremes hold the
// median in 1 − 2/2⁶ = 96.9 % of all cases; one more is asked for.
const MinPairs = 7

// Sample is the median of some values and how sure it is.
type Sample struct {
	N      int     `json:"n"`
	Median float64 `json:"median"`
	// Low and High are the 95 % interval of the median by order statistics: the k-th smallest and largest value, with
	// the largest k for which 2·P(Binomial(n, ½) < k) ≤ 5 %. It assumes nothing of the distribution.
	Low  float64 `json:"low"`
	High float64 `json:"high"`
	Min  float64 `json:"min"`
	Max  float64 `json:"max"`
}

// String writes the median and its interval.
func (s Sample) String() string {
	return fmt.Sprintf("%.3g (95 %% interval %.3g to %.3g, n=%d)", s.Median, s.Low, s.High, s.N)
}

// sampleOf summarizes values; the zero Sample for none.
func sampleOf(values []float64) Sample {
	n := len(values)
	if n == 0 {
		return Sample{}
	}
	v := slices.Sorted(slices.Values(values))
	k := intervalRank(n)
	return Sample{N: n, Median: (v[(n-1)/2] + v[n/2]) / 2, Low: v[k-1], High: v[n-k], Min: v[0], Max: v[n-1]}
}

// intervalRank is k of the interval. For small n, where no k is good enough, it is 1: the whole range.
func intervalRank(n int) int {
	tail, choose := 0.0, 1.0
	for k := range n / 2 {
		tail += choose / math.Pow(2, float64(n)) // P(X ≤ k)
		if 2*tail > 0.05 {
			return max(k, 1)
		}
		choose *= float64(n-k) / float64(k+1)
	}
	return max(n/2, 1)
}

// run is one thing that is measured. It returns the seconds that count.
type run func(ctx context.Context) (seconds float64, err error)

// timed makes a run of a function: its wall-clock time.
func timed(f func(ctx context.Context) error) run {
	return func(ctx context.Context) (float64, error) {
		start := time.Now()
		err := f(ctx)
		return time.Since(start).Seconds(), err
	}
}

// comparison is what pairs of runs of a and b gave.
type comparison struct {
	A     Sample `json:"a_seconds"`
	B     Sample `json:"b_seconds"`
	Ratio Sample `json:"ratio"` // of each pair: seconds of a by seconds of b
}

// inPairs runs a and b once without counting, then n pairs, whose order alternates: what one leaves behind, such as a
// warm cache or a busy core, meets both alike.
func inPairs(ctx context.Context, n int, a, b run) (comparison, error) {
	if n < MinPairs {
		return comparison{}, fault.New(fault.Invalid, "%d pairs are too few", n).WithHint("run at least %d", MinPairs)
	}
	for _, run := range []run{a, b} {
		if _, err := run(ctx); err != nil {
			return comparison{}, err
		}
	}
	var as, bs, ratios []float64
	for i := range n {
		order := []run{a, b}
		if i%2 == 1 {
			order = []run{b, a}
		}
		var took [2]float64
		for j, run := range order {
			s, err := run(ctx)
			if err != nil {
				return comparison{}, err
			}
			if s <= 0 {
				return comparison{}, fault.New(fault.Internal, "a run took %g seconds", s)
			}
			took[j] = s
		}
		if i%2 == 1 {
			took[0], took[1] = took[1], took[0]
		}
		as, bs, ratios = append(as, took[0]), append(bs, took[1]), append(ratios, took[0]/took[1])
	}
	return comparison{A: sampleOf(as), B: sampleOf(bs), Ratio: sampleOf(ratios)}, nil
}
