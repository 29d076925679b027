//go:build cgo && ORT

package train

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"testing"

	"loradex/adapters/safetensors"
	"loradex/embed/embedtest"
	"loradex/embed/runtime"
)

// TestCurveFollowsPEFT takes 100 steps from PEFT's own start over the same batches and compares losses and final leaves
// with what PEFT and torch's AdamW made of them.
func TestCurveFollowsPEFT(t *testing.T) {
	text, err := os.ReadFile("testdata/curve.json")
	if err != nil {
		t.Fatal(err)
	}
	var g struct {
		goldenCase
		Steps       int          `json:"steps"`
		Rate        float64      `json:"lr"`
		Warmup      int          `json:"warmup"`
		WeightDecay float64      `json:"weight_decay"`
		Clip        float64      `json:"clip"`
		Batches     []goldenCase `json:"batches"`
		Losses      []float64    `json:"losses"`
		GradNorms   []float64    `json:"grad_norms"`
	}
	if err := json.Unmarshal(text, &g); err != nil {
		t.Fatal(err)
	}
	ref, err := safetensors.Open("testdata/curve.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	defer ref.Close()
	o := g.options("curve")
	o.LearningRate, o.WarmUp, o.Clip, o.WeightDecay = g.Rate, float64(g.Warmup)/float64(g.Steps), g.Clip, g.WeightDecay
	n, err := newNetwork(openModel(t, g.Model), o, runtime.CPU)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range n.list {
		data, _, err := ref.Float32("leaf." + l.Name)
		if err != nil {
			t.Fatal(err)
		}
		copy(l.Data, data)
	}
	e := &engine{network: n, env: embedtest.Env, hidden: newHiddenCache(0)}
	defer e.close()
	adam := newAdamW(n.list, o.WeightDecay)
	var worst float64
	for step := range g.Steps {
		got, err := e.compute(context.Background(), g.Batches[step%len(g.Batches)].batch())
		if err != nil {
			t.Fatal(err)
		}
		worst = math.Max(worst, math.Abs(got.loss-g.Losses[step]))
		total := norm(n.list, got.leaves)
		if math.Abs(total-g.GradNorms[step]) > 1e-2*math.Max(1, g.GradNorms[step]) {
			t.Errorf("step %d: gradient norm %g, PEFT's %g", step, total, g.GradNorms[step])
		}
		adam.step(n.list, got.leaves, o.rate(step, g.Steps), clipFactor(total, o.Clip))
	}
	t.Logf("worst loss difference %.1e", worst)
	if worst > 1e-3 { // the promise is 1e-2
		t.Errorf("the loss curve is off by %g", worst)
	}
	for _, l := range n.list {
		want, _, err := ref.Float32("final." + l.Name)
		if err != nil {
			t.Fatal(err)
		}
		for i, x := range l.Data {
			if math.Abs(float64(x-want[i])) > 1e-3 {
				t.Fatalf("%s[%d] ends at %g, PEFT's at %g", l.Name, i, x, want[i])
			}
		}
	}
}
