//go:build cgo && ORT

package train

import (
	"encoding/json"
	"os"
	"slices"
	"testing"

	"loradex/embed/embedtest"
	"loradex/embed/runtime"
)

// TestEvenBatch: a batch without padding has a graph of its own; it gives what the graph for any batch gives.
func TestEvenBatch(t *testing.T) {
	text, err := os.ReadFile("testdata/roberta_lora_all.json")
	if err != nil {
		t.Fatal(err)
	}
	var g goldenCase
	if err := json.Unmarshal(text, &g); err != nil {
		t.Fatal(err)
	}
	b := g.batch()
	for i := range b.queries {
		b.queries[i].ids = b.queries[i].ids[:3]
	}
	for i := range b.documents {
		b.documents[i].ids = b.documents[i].ids[:3]
	}
	var results [2]gradients
	for i, full := range []bool{true, false} {
		n, err := newNetwork(openModel(t, g.Model), g.options("_all"), runtime.CPU)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range n.list { // B is zero at the start, and would hide half of the gradients
			for j := range l.Data {
				l.Data[j] += float32(j%7-3) / 50
			}
		}
		e := &engine{network: n, env: embedtest.Env, hidden: newHiddenCache(0)}
		t.Cleanup(func() { _ = e.close() })
		if !full { // put the graph for any batch in the place of the other
			h, err := e.needHalves(false)
			if err != nil {
				t.Fatal(err)
			}
			e.even, e.padded = *h, halves{}
		}
		if results[i], err = e.compute(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		for name, v := range results[i].leaves { // the engine's own until it is closed
			results[i].leaves[name] = slices.Clone(v)
		}
		if e.padded.forward != nil {
			t.Fatal("a batch without padding used the other graph")
		}
	}
	for name, want := range results[1].leaves {
		for j, x := range results[0].leaves[name] {
			if d := x - want[j]; d > 1e-5 || d < -1e-5 {
				t.Fatalf("%s[%d] is %g, with the other graph %g", name, j, x, want[j])
			}
		}
	}
}
