package compare

import (
	"loradex/evaluation/significance"
)

// level is where a p is called significant.
const level = 0.05

// power is the chance of seeing a difference that Detectable speaks of: the usual one.
const power = 0.8

// Difference is what changes between two evaluations of the same queries. Its JSON is the same in every report.
type Difference struct {
	Mean float64    `json:"difference"` // after - before
	CI95 [2]float64 `json:"ci95"`       // of the mean: paired bootstrap, low and high
	P    float64    `json:"p"`          // two-sided paired randomization test
	// Holm is P corrected for the number of differences in its family; P itself where it stands alone. See [Families].
	Holm float64 `json:"p_holm"`
	// Detectable is the smallest true difference that so many queries would have shown, four times in five, with a P below
	// [level]. nil where that is not known: for a single query, and where no query moved.
	Detectable *float64 `json:"detectable"`
	Wins       int      `json:"wins"` // queries that rose
	Losses     int      `json:"losses"`
}

// Significant tells whether the difference stays beyond chance after the correction.
func (d *Difference) Significant() bool { return d.Holm < level }

// Paired compares the values of the same queries, in the same order.
func Paired(before, after []float64) (*Difference, error) {
	diffs, err := significance.Differences(after, before)
	if err != nil {
		return nil, err
	}
	d := &Difference{}
	if d.CI95, err = interval(diffs); err != nil {
		return nil, err
	}
	if d.P, err = significance.Randomization(after, before, significance.Options{}); err != nil {
		return nil, err
	}
	d.Holm = d.P
	for _, v := range diffs {
		d.Mean += v / float64(len(diffs))
		switch {
		case v > 0:
			d.Wins++
		case v < 0:
			d.Losses++
		}
	}
	if d.Wins+d.Losses == 0 || len(diffs) < 2 {
		return d, nil // that no query moved does not mean that any difference would have shown
	}
	least, err := significance.Detectable(after, before, level, power)
	if err != nil {
		return nil, err
	}
	if least > 0 {
		d.Detectable = &least
	}
	return d, nil
}

// interval is the 95 % bootstrap interval of a mean.
func interval(values []float64) (ci [2]float64, err error) {
	intervals, err := significance.Bootstrap([][]float64{values}, significance.Options{})
	if err != nil {
		return ci, err
	}
	return intervals[0], nil
}

// Families are differences by what is read together: one of many is below [level] by chance. The key names the family.
type Families[K comparable] map[K][]*Difference

// Add puts a difference into a family.
func (f Families[K]) Add(key K, d *Difference) { f[key] = append(f[key], d) }

// Correct fills in the corrected p of all differences, family by family.
func (f Families[K]) Correct() error {
	for _, family := range f {
		p := make([]float64, len(family))
		for i, d := range family {
			p[i] = d.P
		}
		corrected, err := significance.Holm(p)
		if err != nil {
			return err
		}
		for i, d := range family {
			d.Holm = corrected[i]
		}
	}
	return nil
}
