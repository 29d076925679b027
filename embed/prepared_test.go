package embed

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	"loradex/adapters"
	"loradex/adapters/delta"
	"loradex/internal/fault"
)

// oneLayer is a model of one 2 → 3 layer whose rows have length 5, and counts how often its weight is read.
func oneLayer(reads *int) *preparedCache {
	site := delta.Site{Path: "q", In: 2, Out: 3, Bias: make([]float32, 3)}
	return newPreparedCache([]delta.Site{site}, func(path string) (delta.Weight, error) {
		*reads++
		if path != "q" {
			return delta.Weight{}, fault.New(fault.NotFound, "no %s", path)
		}
		return delta.Weight{Values: []float32{3, 4, 3, 4, 0, 5}}, nil
	})
}

// dora changes the layer's rows by b and gives them the lengths m; without lengths it is a LoRA.
func dora(digest string, b, m []float32) *adapters.Adapter {
	u := delta.Update{
		Site: "q", In: 2, Out: 3, Lengths: m,
		Branches: []delta.Branch{{Rank: 1, A: []float32{1, 0}, B: b, Scale: 1}},
	}
	method := "dora"
	if m == nil {
		method = "lora"
	}
	return &adapters.Adapter{Name: digest, Method: method, Digest: digest, Updates: map[string]delta.Update{"q": u}}
}

func TestFactorsAreComputedOnce(t *testing.T) {
	reads := 0
	c := oneLayer(&reads)
	a := dora("a", []float32{-3, 0, 12}, []float32{8, 5, 26}) // rows of length 4, 5, 13
	for range 3 {
		f, err := c.of(t.Context(), a)
		if err != nil || !slices.Equal(f["q"].Rows, []float32{2, 1, 2}) {
			t.Fatalf("%v %v", f, err)
		}
	}
	f, err := c.of(t.Context(), dora("lora", []float32{-3, 0, 12}, nil))
	if f != nil || err != nil || reads != 1 {
		t.Errorf("a LoRA has factors %v, %v; the weight was read %d times", f, err, reads)
	}
}

func TestFactorsAreBounded(t *testing.T) {
	reads := 0
	c := oneLayer(&reads)
	c.kept.limit = 3 * 12 // three adapters
	get := func(i int) {
		t.Helper()
		if _, err := c.of(t.Context(), dora(fmt.Sprint(i), make([]float32, 3), []float32{1, 1, 1})); err != nil {
			t.Fatal(err)
		}
	}
	for _, i := range []int{0, 1, 2, 0, 3, 0} { // 3 drops 1, the least recently used
		get(i)
	}
	if reads != 4 || len(c.kept.known) != 3 || c.kept.recent.Len() != 3 || c.kept.bytes != c.kept.limit {
		t.Errorf("%d reads, %d known, %d bytes", reads, len(c.kept.known), c.kept.bytes)
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
	if len(c.kept.known) != 0 {
		t.Error("a failure was kept")
	}
}
