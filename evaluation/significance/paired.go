package significance

// Difference is what changes between two evaluations of the same queries.
type Difference struct {
	Mean   float64    `json:"mean"` // after - before
	CI95   [2]float64 `json:"ci95"` // of the mean: paired bootstrap at Options.Confidence, low and high
	P      float64    `json:"p"`    // two-sided paired randomization test
	Wins   int        `json:"wins"` // queries that rose
	Losses int        `json:"losses"`
}

// Paired compares the values of the same queries, in the same order.
func Paired(before, after []float64, o Options) (Difference, error) {
	var d Difference
	diffs, err := Differences(after, before)
	if err != nil {
		return d, err
	}
	ci, err := Bootstrap([][]float64{diffs}, o)
	if err != nil {
		return d, err
	}
	d.CI95 = [2]float64{ci[0].Lo, ci[0].Hi}
	if d.P, err = Randomization(after, before, o); err != nil {
		return d, err
	}
	for _, v := range diffs {
		d.Mean += v / float64(len(diffs))
		switch {
		case v > 0:
			d.Wins++
		case v < 0:
			d.Losses++
		}
	}
	return d, nil
}
