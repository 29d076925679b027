package significance_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"loradex/evaluation/significance"
	"loradex/internal/fault"
)

func TestTTestAgainstScipy(t *testing.T) {
	cases := readGoldens(t).TTest
	if len(cases) < 8 {
		t.Fatal("goldens are missing")
	}
	for i, c := range cases {
		p, err := significance.TTest(c.A, c.B)
		if err != nil || math.Abs(p-c.P) > 1e-9 {
			t.Errorf("case %d, %d pairs: p = %.15f, scipy says %.15f, %v", i, len(c.A), p, c.P, err)
		}
	}
}

func TestTTestWithoutSpread(t *testing.T) {
	a := []float64{0.5, 1, 0.25}
	if p, err := significance.TTest(a, a); p != 1 || err != nil {
		t.Errorf("equal lists: %g, %v", p, err)
	}
	if p, err := significance.TTest([]float64{2, 3}, []float64{1, 2}); p != 0 || err != nil {
		t.Errorf("the same difference everywhere: %g, %v", p, err)
	}
	for name, lists := range map[string][2][]float64{
		"one pair":          {{1}, {2}},
		"different lengths": {{1, 2}, {2}},
		"not finite":        {{1, math.Inf(1)}, {2, 1}},
	} {
		if _, err := significance.TTest(lists[0], lists[1]); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestHolm(t *testing.T) {
	cases := readGoldens(t).Holm
	if len(cases) < 3 {
		t.Fatal("goldens are missing")
	}
	for i, c := range cases {
		got, err := significance.Holm(c.P)
		if err != nil || len(got) != len(c.Adjusted) {
			t.Fatalf("case %d: %v, %v", i, got, err)
		}
		for j := range got {
			if math.Abs(got[j]-c.Adjusted[j]) > 1e-12 {
				t.Errorf("case %d: %v, statsmodels says %v", i, got, c.Adjusted)
				break
			}
		}
	}
	if got, err := significance.Holm(nil); err != nil || len(got) != 0 {
		t.Errorf("no test: %v, %v", got, err)
	}
	for _, bad := range []float64{-0.1, 1.1, math.NaN()} {
		if _, err := significance.Holm([]float64{bad}); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%g: %v", bad, err)
		}
	}
}

// TestDetectable draws comparisons whose true difference is the detectable one: the promised share must be significant.
func TestDetectable(t *testing.T) {
	const n, runs = 200, 400
	r := rand.New(rand.NewPCG(1, 2))
	zero := make([]float64, n)
	var deltas []float64
	found := 0
	for range runs {
		noise := make([]float64, n)
		for i := range noise {
			noise[i] = r.NormFloat64() * 0.3
		}
		delta, err := significance.Detectable(noise, zero, 0.05, 0.8)
		if err != nil {
			t.Fatal(err)
		}
		deltas = append(deltas, delta)
		for i := range noise {
			noise[i] += 2.8016 * 0.3 / math.Sqrt(n) // by the formula, of the true deviation
		}
		p, err := significance.TTest(noise, zero)
		if err != nil {
			t.Fatal(err)
		}
		if p < 0.05 {
			found++
		}
	}
	slices.Sort(deltas)
	if median, want := deltas[runs/2], 2.8016*0.3/math.Sqrt(n); math.Abs(median-want) > 0.02*want {
		t.Errorf("detectable %g, want about %g", median, want)
	}
	if share := float64(found) / runs; math.Abs(share-0.8) > 0.06 {
		t.Errorf("%g of the comparisons were significant, promised is 0.8", share)
	}
	for _, bad := range [][2]float64{{0, 0.8}, {0.05, 1}, {1, 0.8}} {
		if _, err := significance.Detectable([]float64{1, 2}, []float64{2, 1}, bad[0], bad[1]); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("level %g, power %g: %v", bad[0], bad[1], err)
		}
	}
}
