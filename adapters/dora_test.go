package adapters_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"loradex/adapters"
	"loradex/adapters/adapterstest"
	"loradex/adapters/delta"
	"loradex/internal/fault"
)

// prepare is what DoRA makes of an update.
func prepare(t *testing.T, u delta.Update, weight []float32) ([]float32, error) {
	t.Helper()
	m, err := adapters.MethodNamed("dora")
	if err != nil {
		t.Fatal(err)
	}
	made, err := m.Prepare(u, func() (delta.Weight, error) { return delta.Weight{Values: weight}, nil })
	if u.With(made).Rows != nil && u.With(made).Lengths != nil {
		t.Error("the lengths are still there")
	}
	return made.Rows, err
}

// The norms of the merged rows, and the factors, are those of the whole matrix made in float64.
func TestFactors(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 9))
	for trial := range 30 {
		m := delta.Site{Path: "encoder.layer.0.attention.self.query", In: 1 + rng.IntN(40), Out: 1 + rng.IntN(20)}
		a := load(t, adapterstest.Spec{Sites: []delta.Site{m}, Rank: 1 + rng.IntN(11), DoRA: true, Scale: 0.5, Seed: uint64(trial)})
		if a.Method != "dora" {
			t.Fatalf("method %s", a.Method)
		}
		u := a.Updates[m.Path]
		weight := make([]float32, m.In*m.Out)
		for i := range weight {
			weight[i] = float32(rng.NormFloat64())
		}
		factors, err := prepare(t, u, weight)
		if err != nil {
			t.Fatal(err)
		}
		delta := deltaOf(u)
		for o, got := range factors {
			sum := 0.0
			for i := range m.In {
				v := float64(weight[o*m.In+i]) + delta[o*m.In+i]
				sum += v * v
			}
			if want := float64(u.Lengths[o]) / math.Sqrt(sum); math.Abs(float64(got)-want) > 1e-6*math.Abs(want) {
				t.Errorf("trial %d row %d: %v, want %v", trial, o, got, want)
			}
		}
	}
}

func TestFactorsRefuse(t *testing.T) {
	u := delta.Update{
		Site: "m", In: 2, Out: 1, Lengths: []float32{1},
		Branches: []delta.Branch{{Rank: 1, A: []float32{1, 0}, B: []float32{1}, Scale: 1}},
	}
	_, err := prepare(t, u, []float32{-1, 0}) // W + B·A is zero
	wantError(t, err, fault.Corrupt, "row 0")
	_, err = prepare(t, u, []float32{1})
	wantError(t, err, fault.Conflict, "m")
	u.Lengths = nil
	if rows, err := prepare(t, u, []float32{1, 1}); rows != nil || err != nil {
		t.Errorf("without a magnitude: %v, %v", rows, err)
	}
}

func TestDoRACheck(t *testing.T) {
	modules := adapterstest.BERT(1, 4, 6)
	a := load(t, adapterstest.Spec{Sites: modules, Targets: []string{"query"}, DoRA: true})
	if err := a.Check(modules); err != nil {
		t.Error(err)
	}
	const q = "encoder.layer.0.attention.self.query"
	// The magnitude belongs to what the adapter does, so to its digest.
	spec := adapterstest.Spec{Sites: modules, Targets: []string{"query"}}
	if plain := load(t, spec); plain.Digest == a.Digest || plain.Method != "lora" || plain.Params() != a.Params()-4 {
		t.Errorf("%s: %d parameters, digest %.8s; the DoRA %d, %.8s", plain.Method, plain.Params(), plain.Digest, a.Params(), a.Digest)
	}
	for name, m := range map[string][]float32{"short": {1, 2}, "infinite": {1, 2, 3, float32(math.Inf(1))}} {
		u := a.Updates[q]
		u.Lengths = m
		bad := &adapters.Adapter{Name: name, Updates: map[string]delta.Update{q: u}}
		wantError(t, bad.Check(modules), fault.Corrupt, q)
	}
}
