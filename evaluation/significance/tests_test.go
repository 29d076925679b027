package significance_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"loradex/evaluation/significance"
	"loradex/internal/fault"
)

// tTest is the two-sided p value of the paired t-test: what power is defined by.
func tTest(a, b []float64) float64 {
	d := make([]float64, len(a))
	for i := range a {
		d[i] = a[i] - b[i]
	}
	mean, sd := stat.MeanStdDev(d, nil)
	t := math.Abs(mean) / (sd / math.Sqrt(float64(len(d))))
	return 2 * distuv.StudentsT{Sigma: 1, Nu: float64(len(d) - 1)}.Survival(t)
}

func TestTTestAgainstScipy(t *testing.T) {
	cases := readGoldens(t).TTest
	if len(cases) < 8 {
		t.Fatal("goldens are missing")
	}
	for i, c := range cases {
		if p := tTest(c.A, c.B); math.Abs(p-c.P) > 1e-9 {
			t.Errorf("case %d, %d pairs: p = %.15f, scipy says %.15f", i, len(c.A), p, c.P)
		}
	}
}

func TestDetectableRefuses(t *testing.T) {
	for name, lists := range map[string][2][]float64{
		"one pair":          {{1}, {2}},
		"different lengths": {{1, 2}, {2}},
		"not finite":        {{1, math.Inf(1)}, {2, 1}},
	} {
		if _, err := significance.Detectable(lists[0], lists[1], 0.05, 0.8); fault.CodeOf(err) != fault.Invalid {
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
		if tTest(noise, zero) < 0.05 {
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
