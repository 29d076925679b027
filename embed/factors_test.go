package embed

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	"loradex/adapters"
	"loradex/embed/bert"
	"loradex/internal/fault"
)

// oneLayer is a model of one 2 → 3 layer whose rows have length 5, and counts how often its weight is read.
func oneLayer(reads *int) *factorCache {
	mod := adapters.Module{Path: "q", In: 2, Out: 3, Bias: make([]float32, 3)}
	return newFactorCache([]adapters.Module{mod}, func(name string) ([]float32, []int, error) {
		*reads++
		if name != "q.weight" {
			return nil, nil, fault.New(fault.NotFound, "no %s", name)
		}
		return []float32{3, 4, 3, 4, 0, 5}, []int{3, 2}, nil
	})
}

// dora changes the layer's rows by b and gives them the lengths m.
func dora(digest string, b, m []float32) *adapters.Adapter {
	u := adapters.Update{Module: "q", In: 2, Out: 3, Rank: 1, A: []float32{1, 0}, B: b, Scale: 1, Magnitude: m}
	return &adapters.Adapter{Name: digest, Digest: digest, Updates: map[string]adapters.Update{"q": u}}
}

func TestFactorsAreComputedOnce(t *testing.T) {
	reads := 0
	c := oneLayer(&reads)
	a := dora("a", []float32{-3, 0, 12}, []float32{8, 5, 26}) // rows of length 4, 5, 13
	for range 3 {
		f, err := c.of(t.Context(), a)
		if err != nil || !slices.Equal(f["q"], []float32{2, 1, 2}) {
			t.Fatalf("%v %v", f, err)
		}
	}
	u := a.Updates["q"]
	u.Magnitude = nil
	f, err := c.of(t.Context(), &adapters.Adapter{Digest: "lora", Updates: map[string]adapters.Update{"q": u}})
	if f != nil || err != nil || reads != 1 {
		t.Errorf("a LoRA has factors %v, %v; the weight was read %d times", f, err, reads)
	}
}

func TestFactorsAreBounded(t *testing.T) {
	reads := 0
	c := oneLayer(&reads)
	c.limit = 3 * 12 // three adapters
	get := func(i int) {
		t.Helper()
		if _, err := c.of(t.Context(), dora(fmt.Sprint(i), make([]float32, 3), []float32{1, 1, 1})); err != nil {
			t.Fatal(err)
		}
	}
	for _, i := range []int{0, 1, 2, 0, 3, 0} { // 3 drops 1, the least recently used
		get(i)
	}
	if reads != 4 || len(c.known) != 3 || c.recent.Len() != 3 || c.bytes != c.limit {
		t.Errorf("%d reads, %d known, %d bytes", reads, len(c.known), c.bytes)
	}
	if get(1); reads != 5 {
		t.Errorf("%d reads: 1 was still there", reads)
	}
}

func TestFactorsRefuse(t *testing.T) {
	reads := 0
	c := oneLayer(&reads)
	_, err := c.of(t.Context(), dora("untrained", make([]float32, 3), []float32{5, 5, 5}))
	if fault.CodeOf(err) != fault.Invalid {
		t.Errorf("untrained: %v", err)
	}
	_, err = c.of(t.Context(), dora("zero row", []float32{0, 0, 0}, []float32{5, 5, float32(math.Inf(1))}))
	if fault.CodeOf(err) != fault.Corrupt {
		t.Errorf("infinite: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.of(ctx, dora("x", make([]float32, 3), []float32{1, 1, 1})); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if len(c.known) != 0 {
		t.Error("a failure was kept")
	}
}

// TestScaleOfMixes packs two weighted adapters, of which one has factors, beside the base: the inputs are the formula's.
func TestScaleOfMixes(t *testing.T) {
	reads := 0
	c := oneLayer(&reads)
	e := &Encoder{modules: c.modules, factors: c}
	d := dora("d", []float32{-3, 0, 12}, []float32{8, 5, 26}) // s = 2, 1, 2
	plain := dora("p", []float32{1, 1, 1}, nil)
	m, err := e.combineUpdates(t.Context(), []adapters.Weighted{{Adapter: d, Weight: 0.5}, {Adapter: plain, Weight: -2}})
	if err != nil {
		t.Fatal(err)
	}
	want := bert.Use{LowRank: true, Scale: true}
	if got := sitesOf([]*mix{nil, m})["q"]; got != want {
		t.Errorf("use %+v", got)
	}
	g := &loaded{variant: bert.Variant{PerRow: true, Sites: map[string]bert.Use{"q": want}}, modules: []string{"q"}}
	var s scratch
	in := pack(&s, g, []*mix{nil, m}, map[string]adapters.Module{"q": c.modules[0]})
	if len(in) != 3 || !slices.Equal(in[2].Shape, []int64{2, 1, 3}) || !slices.Equal(in[2].Floats, []float32{1, 1, 1, 1.5, 1, 1.5}) {
		t.Errorf("scale %+v", in[2:])
	}
	// B of the mix: columns are s·weight·B of the first, weight·B of the second, the bias.
	if b := in[1].Floats[9:]; !slices.Equal(b, []float32{-3, -2, 0, 0, -2, 0, 12, -2, 0}) {
		t.Errorf("B %v", b)
	}
}

func TestServesScale(t *testing.T) {
	plain := bert.Variant{Sites: map[string]bert.Use{"q": {LowRank: true}}}
	scaled := bert.Variant{Sites: map[string]bert.Use{"q": {LowRank: true, Scale: true}}}
	if plain.Key() == scaled.Key() {
		t.Error("two graphs have one key")
	}
	if serves(plain, scaled) || !serves(scaled, plain) {
		t.Error("a graph without the scale cannot serve a DoRA; one with it serves a LoRA with ones")
	}
}
