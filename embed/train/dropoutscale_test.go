//go:build cgo && ORT

package train

import (
	"math"
	"testing"

	"loradex/embed"
	"loradex/embed/runtime"
)

// change is what an adapter adds to a layer's weight, [out][in], where dropout zeroes nothing and scales by k:
// k·s·BA, or, for DoRA as PEFT has it, k·((c-1)∘W + c∘s·BA) with c = m/‖W + s·BA‖.
func change(t *testing.T, tr *Trainer, path string, k float64) [][]float64 {
	t.Helper()
	w, shape, err := tr.m.Weight(path + ".weight")
	if err != nil {
		t.Fatal(err)
	}
	a, b, in := tr.byName[path+".A"].Data, tr.byName[path+".B"].Data, shape[1]
	out := make([][]float64, shape[0])
	for o := range out {
		out[o] = make([]float64, in)
		var square float64
		for i := range in {
			for r := range tr.opts.Rank {
				out[o][i] += tr.opts.scale() * float64(b[o*tr.opts.Rank+r]) * float64(a[r*in+i])
			}
			square += math.Pow(float64(w[o*in+i])+out[o][i], 2)
		}
		c := 1.0
		if m := tr.byName[path+".M"]; m != nil {
			c = float64(m.Data[o]) / math.Sqrt(square)
		}
		for i := range in {
			out[o][i] = k * ((c-1)*float64(w[o*in+i]) + c*out[o][i])
		}
	}
	return out
}

// What dropout keeps is scaled by 1/(1-p), once and in the right place: with masks that keep everything, the vectors are
// those of a plain adapter whose product is the change by hand.
func TestDropoutScale(t *testing.T) {
	enc := openEncoder(t, embed.Options{})
	set := task(8, 0)
	for _, method := range []string{"lora", "rslora", "dora"} {
		tr := newTrainer(t, enc, Job{Data: set}, Options{Method: method, Dropout: 0.4, Rank: 3, Batch: 4})
		disturb(tr.network)
		seqs := tr.batch(0).queries
		h, err := tr.needHalves(isEven(seqs))
		if err != nil {
			t.Fatal(err)
		}
		feeds := map[string]runtime.Tensor{}
		if _, err := tr.feedTower(t.Context(), feeds, seqs, 0, true); err != nil {
			t.Fatal(err)
		}
		for _, path := range tr.order {
			mask := feeds[inputDrop+path].Bytes
			for i := range mask {
				mask[i] = 1
			}
		}
		out, _, err := h.forward.run(t.Context(), feeds, nil, &slab{})
		if err != nil {
			t.Fatal(err)
		}
		plain := newTrainer(t, enc, Job{Data: set}, Options{Rank: 16, Alpha: 16, Batch: 4})
		for _, path := range tr.order {
			a, b := plain.byName[path+".A"].Data, plain.byName[path+".B"].Data
			clear(a)
			for o, row := range change(t, tr, path, 1/(1-0.4)) {
				a[o*16+o] = 1
				for i, x := range row {
					b[o*16+i] = float32(x)
				}
			}
		}
		want, err := plain.encode(t.Context(), seqs, false)
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range want {
			if d := maxDiff([][]float32{out["vectors"][16*i : 16*(i+1)]}, [][]float32{v}); d > 1e-5 {
				t.Errorf("%s: text %d is %.1e off", method, i, d)
			}
		}
	}
}
