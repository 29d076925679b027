//go:build cgo && ORT

package train

import (
	"context"
	"math"
	"testing"

	"loradex/adapters"
	"loradex/embed"
	"loradex/embed/runtime"
)

// gradientsDiffer is the largest difference of two batches' gradients, relative to the largest number of each leaf, and
// that of the losses. A leaf whose gradient is next to nothing beside the others', as that of a key's bias, which cancels,
// is measured by theirs.
func gradientsDiffer(t *testing.T, tr *Trainer, a, b gradients) (leaves, loss float64) {
	t.Helper()
	var all float64
	for _, v := range b.leaves {
		for _, x := range v {
			all = math.Max(all, math.Abs(float64(x)))
		}
	}
	for _, l := range tr.list {
		x, y := a.leaves[l.Name], b.leaves[l.Name]
		if len(x) != len(l.Data) || len(y) != len(l.Data) {
			t.Fatalf("%s has %d and %d gradients, want %d", l.Name, len(x), len(y), len(l.Data))
		}
		var diff, size float64
		for i := range x {
			diff, size = math.Max(diff, math.Abs(float64(x[i]-y[i]))), math.Max(size, math.Abs(float64(y[i])))
		}
		leaves = math.Max(leaves, diff/math.Max(size, all/20))
	}
	return leaves, math.Abs(a.loss - b.loss)
}

func gradient(t *testing.T, tr *Trainer, b batch) gradients {
	t.Helper()
	g, err := tr.compute(context.Background(), b)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// Splitting a batch changes neither the loss nor the gradients, with dropout, too: masks belong to the texts.
func TestMicroBatchesAreExact(t *testing.T) {
	enc := openEncoder(t, embed.Options{})
	set := task(20, 10)
	for name, o := range map[string]Options{
		"lora":             {Dropout: 0.3},
		"dora":             {Dropout: 0.3, Method: "dora"},
		"upper block":      {Dropout: 0.3, FirstLayer: 1},
		"hard negatives":   {Dropout: 0.3, HardNegatives: 1, Loss: Loss{LearnTemperature: true, Symmetric: true, Dims: []int{16, 4}}},
		"triplet":          {Dropout: 0.3, HardNegatives: 1, Loss: Loss{Kind: "triplet", Margin: 1}},
		"cosine":           {Dropout: 0.3, Loss: Loss{Kind: "cosine"}},
		"the query's side": {Dropout: 0.3, Side: adapters.SideQuery, ExtraNegatives: 7},
		"full":             {Full: true},
	} {
		t.Run(name, func(t *testing.T) {
			o.Batch, o.Rank, o.Seed = 8, 4, 5
			var all []gradients
			var tr *Trainer
			for _, micro := range []int{64, 3} {
				o.MicroBatch = micro
				tr = newTrainer(t, enc, Job{Data: set}, o)
				disturb(tr.network)
				all = append(all, gradient(t, tr, tr.batch(0)))
			}
			leaves, loss := gradientsDiffer(t, tr, all[0], all[1])
			t.Logf("gradients differ by %.1e, the loss by %.1e", leaves, loss)
			if leaves > 1e-5 || loss > 1e-5 {
				t.Errorf("parts differ from the whole: gradients by %.1e, the loss by %.1e", leaves, loss)
			}
			if all[0].tokens != all[1].tokens {
				t.Errorf("%d tokens in parts, %d in the whole", all[1].tokens, all[0].tokens)
			}
		})
	}
}

// disturb moves leaves from a start where half of the gradients are 0.
func disturb(n *network) {
	for _, l := range n.list {
		for i := range l.Data {
			l.Data[i] += 0.05 * float32(math.Sin(float64(7*i+len(l.Name))))
		}
	}
}

// A text's dropout does not depend on the others' lengths, but on the step and on its place.
func TestDropoutInTheGraph(t *testing.T) {
	enc := openEncoder(t, embed.Options{})
	set := task(20, 0)
	o := Options{Dropout: 0.3, Batch: 4, Rank: 4, Side: adapters.SideQuery, ExtraNegatives: -1}
	tr := newTrainer(t, enc, Job{Data: set}, o)
	disturb(tr.network)
	b := tr.batch(0)
	want := gradient(t, tr, b)
	vectors := func(b batch) []float32 {
		v, err := tr.forward(t.Context(), b.step, &part{texts: b.queries}, &slab{})
		if err != nil {
			t.Fatal(err)
		}
		return append([]float32(nil), v...) // the next run writes over them
	}
	h := tr.m.Config.HiddenSize
	short := vectors(b)
	// A longer fourth query only pads the others.
	long := b
	long.queries = append([]sequence(nil), b.queries...)
	long.queries[3].ids = append(append([]int32(nil), long.queries[3].ids...), 7, 8, 9, 10, 11, 12, 13, 14)
	if d := maxDiff([][]float32{short[:3*h]}, [][]float32{vectors(long)[:3*h]}); d > 1e-6 {
		t.Errorf("padding changes the vectors of other texts by %g", d)
	}
	for name, edit := range map[string]func(*batch){
		"step": func(b *batch) { b.step++ },
		"side": func(b *batch) { b.queries[0].side = 1 },
		"row":  func(b *batch) { b.queries[0].row = 17 },
	} {
		other := b
		other.queries = append([]sequence(nil), b.queries...)
		edit(&other)
		if d := maxDiff([][]float32{short[:h]}, [][]float32{vectors(other)[:h]}); d < 1e-4 {
			t.Errorf("another %s has the same dropout", name)
		}
	}
	for at := range tr.plan.batches {
		if got := tr.batch(at).step; got != at {
			t.Errorf("batch %d has the masks of step %d", at, got)
		}
	}
	feeds := map[string]runtime.Tensor{}
	if _, err := tr.feedTower(t.Context(), feeds, b.queries, b.step, true); err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{}
	for _, path := range tr.order {
		mask := string(feeds[inputDrop+path].Bytes)
		if other, ok := seen[mask]; ok {
			t.Errorf("%s has the mask of %s", path, other)
		}
		seen[mask] = path
	}
	if leaves, loss := gradientsDiffer(t, tr, gradient(t, tr, b), want); leaves != 0 || loss != 0 {
		t.Errorf("the same batch twice gives other gradients, by %g", leaves)
	}
}
