package significance_test

import (
	"encoding/json"
	"math"
	"os"
	"runtime"
	"slices"
	"testing"

	"loradex/evaluation/significance"
	"loradex/internal/fault"
)

type goldens struct {
	Permutation []struct {
		A, B []float64
		P    float64
	}
	TTest []struct {
		A, B []float64
		P    float64
	}
	Holm []struct {
		P, Adjusted []float64
	}
	Bootstrap []struct {
		Values             []float64
		Confidence, Lo, Hi float64
	}
}

// readGoldens reads what testdata/gen/scipy_goldens.py made.
func readGoldens(t *testing.T) goldens {
	t.Helper()
	data, err := os.ReadFile("testdata/scipy.json")
	if err != nil {
		t.Fatal(err)
	}
	var g goldens
	if err := json.Unmarshal(data, &g); err != nil {
		t.Fatal(err)
	}
	if len(g.Permutation) < 8 || len(g.Bootstrap) < 3 {
		t.Fatal("goldens are missing")
	}
	return g
}

func TestRandomizationAgainstScipy(t *testing.T) {
	for i, c := range readGoldens(t).Permutation {
		p, err := significance.Randomization(c.A, c.B, significance.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(p-c.P) > 1e-12 {
			t.Errorf("case %d, %d pairs: p = %.15f, scipy says %.15f", i, len(c.A), p, c.P)
		}
	}
}

func TestBootstrapAgainstScipy(t *testing.T) {
	for i, c := range readGoldens(t).Bootstrap {
		ci, err := significance.Bootstrap([][]float64{c.Values}, significance.Options{Confidence: c.Confidence})
		if err != nil {
			t.Fatal(err)
		}
		// The draws differ: at 10,000 resamples an end wanders by about 1 % of the width.
		slack := 0.04 * (c.Hi - c.Lo)
		if math.Abs(ci[0][0]-c.Lo) > slack || math.Abs(ci[0][1]-c.Hi) > slack {
			t.Errorf("case %d: %v, scipy says %g to %g", i, ci[0], c.Lo, c.Hi)
		}
	}
}

// TestDrawnAgainstExact checks the sampled test where the exact one is known: repeating differences of zero does not
// change p, and 17 pairs of equal size have a binomial distribution.
func TestDrawnAgainstExact(t *testing.T) {
	const n, wins = 17, 13
	a, b := make([]float64, n), make([]float64, n)
	for i := range a {
		if i < wins {
			a[i] = 1
		} else {
			b[i] = 1
		}
	}
	tail := 0.0
	for k := wins; k <= n; k++ {
		tail += choose(n, k) / math.Exp2(n)
	}
	p, err := significance.Randomization(a, b, significance.Options{Resamples: 100_000})
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(p-2*tail) > 0.002 {
		t.Errorf("p = %g, the binomial test says %g", p, 2*tail)
	}
}

func choose(n, k int) float64 {
	c := 1.0
	for i := range k {
		c = c * float64(n-i) / float64(i+1)
	}
	return c
}

func TestEqualListsAreNotDifferent(t *testing.T) {
	a := []float64{0.1, 0.5, 1}
	if p, err := significance.Randomization(a, a, significance.Options{}); err != nil || p != 1 {
		t.Errorf("p = %g, %v; want 1", p, err)
	}
}

// TestBootstrapIsDeterministic checks that neither other columns nor the number of processors matter, and the seed does.
func TestBootstrapIsDeterministic(t *testing.T) {
	a, b := make([]float64, 200), make([]float64, 200)
	for i := range a {
		a[i], b[i] = 1/float64(1+i%7), float64(i%2)
	}
	run := func(seed uint64, columns ...[]float64) [][2]float64 {
		t.Helper()
		ci, err := significance.Bootstrap(columns, significance.Options{Resamples: 500, Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		return ci
	}
	alone := run(0, a)[0]
	if both := run(0, a, b); both[0] != alone {
		t.Errorf("with another column %v, alone %v", both[0], alone)
	}
	if seeded := run(significance.DefaultSeed, a)[0]; seeded != alone {
		t.Errorf("the default seed gives %v, zero %v", seeded, alone)
	}
	if other := run(5, a)[0]; other == alone {
		t.Error("another seed gives the same interval")
	}
	before := runtime.GOMAXPROCS(1)
	defer runtime.GOMAXPROCS(before)
	if single := run(0, a)[0]; single != alone {
		t.Errorf("on one processor %v, on %d %v", single, before, alone)
	}
}

// TestBootstrapWidth compares with the normal approximation, which is close for many values.
func TestBootstrapWidth(t *testing.T) {
	values := make([]float64, 1000)
	for i := range values {
		values[i] = float64(i % 2)
	}
	ci, err := significance.Bootstrap([][]float64{values}, significance.Options{})
	if err != nil {
		t.Fatal(err)
	}
	half := 1.96 * 0.5 / math.Sqrt(1000)
	if math.Abs(ci[0][0]-(0.5-half)) > 0.002 || math.Abs(ci[0][1]-(0.5+half)) > 0.002 {
		t.Errorf("%v, want %g to %g", ci[0], 0.5-half, 0.5+half)
	}
}

func TestBadInput(t *testing.T) {
	nan := math.NaN()
	for name, call := range map[string]func() error{
		"no value":       func() error { return boot(significance.Options{}, []float64{}) },
		"not finite":     func() error { return boot(significance.Options{}, []float64{1, nan}) },
		"uneven columns": func() error { return boot(significance.Options{}, []float64{1}, []float64{1, 2}) },
		"confidence":     func() error { return boot(significance.Options{Confidence: 1}, []float64{1}) },
		"resamples":      func() error { return boot(significance.Options{Resamples: -1}, []float64{1}) },
		"uneven pair": func() error {
			_, err := significance.Randomization([]float64{1}, []float64{1, 2}, significance.Options{})
			return err
		},
		"pair not finite": func() error {
			_, err := significance.Randomization([]float64{nan}, []float64{1}, significance.Options{})
			return err
		},
	} {
		if err := call(); fault.CodeOf(err) != fault.Invalid || err == nil {
			t.Errorf("%s: %v, want an invalid error", name, err)
		}
	}
	if ci, err := significance.Bootstrap(nil, significance.Options{}); err != nil || len(ci) != 0 {
		t.Errorf("no column: %v, %v", ci, err)
	}
}

func boot(o significance.Options, columns ...[]float64) error {
	_, err := significance.Bootstrap(columns, o)
	return err
}

func TestDifferences(t *testing.T) {
	d, err := significance.Differences([]float64{1, 0.5}, []float64{0.5, 1})
	if err != nil || !slices.Equal(d, []float64{0.5, -0.5}) {
		t.Errorf("%v, %v", d, err)
	}
}

// BenchmarkBootstrap is the largest reference set: 4,579 queries and seven metrics.
func BenchmarkBootstrap(b *testing.B) {
	columns := make([][]float64, 7)
	for c := range columns {
		columns[c] = make([]float64, 4579)
		for i := range columns[c] {
			columns[c][i] = float64(i%(c+2)) / float64(c+2)
		}
	}
	for b.Loop() {
		if err := boot(significance.Options{}, columns...); err != nil {
			b.Fatal(err)
		}
	}
}
