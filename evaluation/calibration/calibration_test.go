package calibration

import (
	"math"
	"math/rand/v2"
	"testing"

	"loradex/internal/fault"
	"loradex/search"
)

// TestFit: what was drawn by odds is fitted by about the same odds.
func TestFit(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // not a secret
	truth := search.Odds{Base: -1, Of: [3]float64{3, 2, -0.5}}
	var samples []Sample
	for range 40_000 {
		s := search.Signs{Share: rng.Float64(), Standing: -rng.Float64(), Rank: 2 * rng.Float64()}
		samples = append(samples, Sample{s, rng.Float64() < truth.Probability(s), 0.5})
	}
	odds, err := Fit(samples)
	if err != nil {
		t.Fatal(err)
	}
	for i, d := range []float64{odds.Base - truth.Base, odds.Of[0] - truth.Of[0], odds.Of[1] - truth.Of[1], odds.Of[2] - truth.Of[2]} {
		if math.Abs(d) > 0.12 {
			t.Errorf("coefficient %d is off by %g: %+v", i, d, odds)
		}
	}
	if q := Measure(samples, odds); q.ECE > 0.01 || q.AUROC < 0.75 || q.Brier >= q.BaseRate || q.Samples != len(samples) {
		t.Errorf("%+v", q)
	}
	reversed := Measure(samples, search.Odds{Base: 5})
	if reversed.ECE < 0.2 || reversed.AUROC != 0.5 || reversed.Brier <= reversed.BaseRate {
		t.Errorf("always sure: %+v", reversed)
	}
}

// Fits of what cannot be fitted end with an error, and separable samples with finite odds.
func TestFitBounds(t *testing.T) {
	sample := func(share float64, right bool) Sample {
		return Sample{search.Signs{Share: share, Standing: share - 1, Rank: 1 - share}, right, 1}
	}
	for _, samples := range [][]Sample{nil, {sample(.5, true)}, {sample(.1, false), sample(.9, false)}} {
		if _, err := Fit(samples); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%d samples: %v", len(samples), err)
		}
	}
	odds, err := Fit([]Sample{sample(.1, false), sample(.2, false), sample(.8, true), sample(.9, true)})
	if err != nil || math.IsInf(odds.Base, 0) || math.IsNaN(odds.Of[0]) {
		t.Errorf("%+v, %v", odds, err)
	}
}

// The values are worked out by hand.
func TestOf(t *testing.T) {
	samples := []Sample{{Right: true, Weight: 1}, {Weight: 1}, {Right: true, Weight: 1}, {Weight: 1}}
	q := Of(samples, []float64{0.9, 0.9, 0.35, 0.05})
	// Bins: {.9, .9} right .5; {.35} right 1; {.05} right 0.
	if want := (2*0.4 + 0.65 + 0.05) / 4; math.Abs(q.ECE-want) > 1e-12 {
		t.Errorf("ECE %g, want %g", q.ECE, want)
	}
	if want := (0.01 + 0.81 + 0.4225 + 0.0025) / 4; math.Abs(q.Brier-want) > 1e-12 || q.BaseRate != 0.25 {
		t.Errorf("Brier %g of %g, want %g", q.Brier, q.BaseRate, want)
	}
	if q.AUROC != 2.5/4 || len(q.Bins) != 3 { // .9 > .05, .9 = .9, .35 < .9, .35 > .05
		t.Errorf("%+v", q)
	}
	if empty := Of(nil, nil); empty.Samples != 0 || empty.ECE != 0 || len(empty.Bins) != 0 {
		t.Errorf("%+v", empty)
	}
}
