//go:build cgo && ORT

package train

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"loradex/adapters"
	"loradex/embed"
	"loradex/embed/embedtest"
	"loradex/embed/graph"
	"loradex/internal/dataset"
	"loradex/internal/fault"
)

// Training in half precision follows float32 to about its rounding: losses of 20 steps, and where the leaves end.
func TestHalfFollowsFull(t *testing.T) {
	enc := openEncoder(t, embed.Options{})
	set := task(40, 8)
	for name, o := range map[string]Options{
		"lora":          {LearningRate: 5e-3},
		"dropout":       {LearningRate: 5e-3, Dropout: 0.3},
		"dora":          {LearningRate: 5e-3, Method: "dora"},
		"temperature":   {LearningRate: 5e-3, FirstLayer: 1, Loss: Loss{LearnTemperature: true, Symmetric: true}},
		"query side":    {LearningRate: 5e-3, Side: adapters.SideQuery, ExtraNegatives: 8},
		"full":          {LearningRate: 1e-3, Full: true},
		"micro-batches": {LearningRate: 5e-3, MicroBatch: 3, Accumulate: 2},
	} {
		t.Run(name, func(t *testing.T) {
			o.Batch, o.Epochs, o.Steps, o.Seed = 8, 8, 20, 3
			if !o.Full {
				o.Rank = 4
			}
			full := newTrainer(t, enc, Job{Data: set}, o)
			o.Precision = FP16
			half := newTrainer(t, enc, Job{Data: set}, o)
			half.state.Scaler.Scale = goldenScale // so that no step is skipped: the runs would be one step apart
			want, got := run(t, full), run(t, half)
			if got.Steps != 20 || got.Skipped != 0 || got.LossScale != goldenScale || half.state.Scaler.Clean != 20 {
				t.Errorf("%+v with %+v", got, half.state.Scaler)
			}
			if want.LossScale != 0 || full.state.Scaler != nil {
				t.Errorf("float32 has a scale: %+v", want)
			}
			var worst float64
			for i, l := range full.state.Losses {
				worst = math.Max(worst, math.Abs(half.state.Losses[i]-l)/math.Max(1, l))
			}
			fell := mean(full.state.Losses[:5]) - mean(full.state.Losses[15:]) // an epoch each
			t.Logf("losses fell by %.3f, worst difference %.1e", fell, worst)
			// A cosine of rounded vectors is off by some 2⁻¹¹, divided by the temperature of 0.05: 1e-2.
			if worst > 1e-2 || worst == 0 || fell < 0.05 {
				t.Errorf("losses differ by %g after falling by %g", worst, fell)
			}
			if o.Full { // the saved model's vectors, whatever the run was computed in
				whole := filepath.Join(t.TempDir(), "model")
				if err := half.SaveModel(whole); err != nil {
					t.Fatal(err)
				}
				mustEncodeAs(t, half, whole, set.Queries)
			}
			// What the run learned reads the same in both precisions.
			texts := set.Queries[:8]
			a, err := full.Encode(t.Context(), embed.Query, texts)
			if err != nil {
				t.Fatal(err)
			}
			b, err := half.Encode(t.Context(), embed.Query, texts)
			if err != nil {
				t.Fatal(err)
			}
			for i := range a {
				if c := cosine(a[i], b[i]); c < 0.999 {
					t.Errorf("text %d: cosine %g of float32 and half precision", i, c)
				}
			}
		})
	}
}

// mustEncodeAs compares a trainer's vectors with those of a model's folder.
func mustEncodeAs(t *testing.T, tr *Trainer, dir string, queries []dataset.Text) {
	t.Helper()
	enc, err := embed.Open(t.Context(), embedtest.Env, embed.Options{Model: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer enc.Close()
	want, err := enc.Encode(t.Context(), rowsOf(queries, embed.Query))
	if err != nil {
		t.Fatal(err)
	}
	got, err := tr.Encode(t.Context(), embed.Query, queries)
	if err != nil {
		t.Fatal(err)
	}
	if d := maxDiff(got, want); d > 1e-5 {
		t.Errorf("the trainer's vectors are off the saved model's by %g", d)
	}
}

// Splitting a batch changes gradients by rounding alone, and accumulation is the mean, under a scale, too.
func TestHalfInParts(t *testing.T) {
	enc := openEncoder(t, embed.Options{})
	set := task(20, 0)
	o := Options{Precision: FP16, Batch: 8, Rank: 4, Dropout: 0.3, Accumulate: 2}
	trainer := func(micro int) *Trainer {
		o.MicroBatch = micro
		tr := newTrainer(t, enc, Job{Data: set}, o)
		disturb(tr.network)
		tr.scale = 1024
		return tr
	}
	whole, parts := trainer(64), trainer(3)
	a, b := gradient(t, whole, whole.batch(0)), gradient(t, parts, parts.batch(0))
	leaves, loss := gradientsDiffer(t, whole, a, b)
	t.Logf("gradients differ by %.1e, the loss by %.1e", leaves, loss)
	if leaves > 5e-3 || loss > 1e-5 {
		t.Errorf("parts differ from the whole: gradients by %.1e, the loss by %.1e", leaves, loss)
	}
	var sum []map[string][]float32
	for i := range 2 {
		g := map[string][]float32{}
		for name, v := range gradient(t, whole, whole.batch(i)).leaves {
			g[name] = slices.Clone(v)
		}
		sum = append(sum, g)
	}
	both, err := whole.accumulate(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	for name, v := range both.leaves {
		for i, x := range v {
			if want := (sum[0][name][i] + sum[1][name][i]) / 2; x != want {
				t.Fatalf("%s[%d] is %g, want %g", name, i, x, want)
			}
		}
	}
	// A scale that is a power of two changes nothing once it is divided by again, where nothing is subnormal or overflows.
	scaled := map[string][]float32{}
	for name, v := range sum[0] {
		scaled[name] = slices.Clone(v)
	}
	whole.scale = 2048
	for name, v := range gradient(t, whole, whole.batch(0)).leaves {
		for i, x := range v {
			if diff := math.Abs(float64(x/2 - scaled[name][i])); diff > 1e-3*math.Abs(float64(x))+1e-3 {
				t.Fatalf("%s[%d]: %g under scale 2048, %g under 1024", name, i, x, scaled[name][i])
			}
		}
	}
}

// Gradients that overflow leave everything as it was but the scale, and the run goes on with the next batch.
func TestHalfOverflow(t *testing.T) {
	enc := openEncoder(t, embed.Options{})
	var told []Progress
	o := Options{Precision: FP16, Rank: 4, Batch: 8, Epochs: 4, Steps: 20, Progress: func(p Progress) { told = append(told, p) }}
	tr := newTrainer(t, enc, Job{Data: task(40, 0)}, o)
	disturb(tr.network)
	tr.state.Scaler.Scale = 0x1p40 // no gradient of this survives
	leaves, moments := tr.values(), slices.Clone(tr.adam.m[tr.list[0].Name])
	if err := tr.oneStep(t.Context(), 20); err != nil {
		t.Fatal(err)
	}
	s := tr.state
	if s.Step != 1 || s.Scaler.Scale != 0x1p39 || s.Scaler.Skipped != 1 || len(s.Losses) != 1 || tr.adam.steps != 0 {
		t.Errorf("after an overflow: %+v with %+v, %d steps of AdamW", s, s.Scaler, tr.adam.steps)
	}
	if !reflect.DeepEqual(tr.values(), leaves) || !slices.Equal(tr.adam.m[tr.list[0].Name], moments) {
		t.Error("an overflow moved something")
	}
	if !told[0].Skipped || told[0].Scale != 0x1p40 || finite(told[0].GradNorm) || !finite(told[0].Loss) {
		t.Errorf("progress was told %+v", told[0])
	}
	tr.state.Scaler.Scale = maxScale
	r := run(t, tr)
	if r.Steps != 20 || r.Skipped < 2 || r.Skipped > 15 || tr.adam.steps != 20-r.Skipped || r.LossScale >= maxScale || r.LossScale < 1 {
		t.Errorf("%+v with %d steps of AdamW", r, tr.adam.steps)
	}
	for _, p := range told[10:] {
		if p.Skipped == finite(p.GradNorm) {
			t.Errorf("%+v: skipped without an overflow, or the other way round", p)
		}
	}
	if reflect.DeepEqual(tr.values(), leaves) {
		t.Error("nothing was learned after the overflow")
	}
}

// A score of what skipped steps left of the start does not make it the state to keep, and a run of nothing else is an error.
func TestHalfKeepsWhatWasLearned(t *testing.T) {
	enc := openEncoder(t, embed.Options{})
	o := Options{Precision: FP16, Rank: 4, Batch: 8, Epochs: 4, Steps: 12, EvalEvery: 1, Patience: -1}
	looks := 0.0 // each is worse than the one before
	tr := newTrainer(t, enc, Job{Data: task(40, 0), Score: func(context.Context, Encode) (float64, error) { looks++; return -looks, nil }}, o)
	tr.state.Scaler.Scale = maxScale
	start, first := tr.values(), 0
	tr.opts.Progress = func(p Progress) {
		if !p.Skipped && first == 0 {
			first = p.Step
		}
	}
	r := run(t, tr)
	if first < 2 || r.Best != first || reflect.DeepEqual(tr.values(), start) {
		t.Errorf("kept the state after step %d; the first that was not skipped is %d", r.Best, first)
	}
	o.Steps = 2
	tr = newTrainer(t, enc, Job{Data: task(40, 0)}, o)
	tr.state.Scaler.Scale = 0x1p40
	if _, err := tr.Run(t.Context()); fault.CodeOf(err) != fault.Invalid || !strings.Contains(err.Error(), "skipped") || fault.HintOf(err) == "" {
		t.Errorf("all steps skipped: %v", err)
	}
}

// What no scale can mend is an error that says so.
func TestHalfAstray(t *testing.T) {
	enc := openEncoder(t, embed.Options{})
	o := Options{Precision: FP16, Rank: 4, Batch: 8}
	tr := newTrainer(t, enc, Job{Data: task(16, 0)}, o)
	bad := gradients{loss: 1, leaves: map[string][]float32{}}
	for _, l := range tr.list {
		bad.leaves[l.Name] = make([]float32, len(l.Data))
	}
	bad.leaves[tr.list[0].Name][3] = float32(math.Inf(1))
	for i := range 15 {
		if _, taken, err := tr.move(bad, 1e-3); taken || err != nil {
			t.Fatalf("overflow %d: taken %v, %v", i, taken, err)
		}
	}
	_, _, err := tr.move(bad, 1e-3)
	if fault.CodeOf(err) != fault.Invalid || !strings.Contains(err.Error(), "astray") || !strings.Contains(fault.HintOf(err), "fp32") {
		t.Errorf("an overflow at scale 1: %v (%s)", err, fault.HintOf(err))
	}
	// A loss that is not a number has nothing to do with the scale, and is told at once.
	tr = newTrainer(t, enc, Job{Data: task(16, 0)}, o)
	tr.list[0].Data[0] = float32(math.NaN())
	if err := tr.Step(t.Context()); fault.CodeOf(err) != fault.Invalid || tr.state.Scaler.Scale != firstScale {
		t.Errorf("a NaN: %v", err)
	}
	// A leaf whose product leaves half precision's range in the forward direction.
	tr = newTrainer(t, enc, Job{Data: task(16, 0)}, o)
	for _, l := range tr.list {
		for i := range l.Data {
			l.Data[i] = 3e4
		}
	}
	if err := tr.Step(t.Context()); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("an overflow on the way to the loss: %v", err)
	}
}

// A run in half precision that overflowed, was stopped and went on has the numbers of one that was never stopped.
func TestHalfResumes(t *testing.T) {
	enc := openEncoder(t, embed.Options{})
	set := task(40, 0)
	job := Job{Data: set, Score: closeness(set)}
	for name, edit := range map[string]func(*Options){
		"lora": func(*Options) {},
		"full": func(o *Options) { o.Full, o.Dropout, o.Targets, o.LearningRate = true, 0, nil, 1e-3 },
	} {
		t.Run(name, func(t *testing.T) {
			o := resumable()
			edit(&o)
			o.Precision = FP16
			whole := newTrainer(t, enc, job, o)
			whole.state.Scaler.Scale = maxScale
			want := outcomeOf(whole, run(t, whole))
			if whole.state.Scaler.Skipped == 0 || whole.adam.steps == 0 {
				t.Fatalf("the run must overflow and go on: %+v", whole.state.Scaler)
			}
			o.Checkpoint = filepath.Join(t.TempDir(), "checkpoint")
			for at, stop := range []int{2, 9} {
				ctx, cancel := context.WithCancel(t.Context())
				o.Progress = func(p Progress) {
					if p.Step == stop {
						cancel()
					}
				}
				tr := newTrainer(t, enc, job, o)
				if at == 0 {
					tr.state.Scaler.Scale = maxScale
				}
				if _, err := tr.Run(ctx); !errors.Is(err, context.Canceled) {
					t.Fatal(err)
				}
				o.Resume = true
			}
			o.Progress = nil
			rest := newTrainer(t, enc, job, o)
			outcomeOf(rest, run(t, rest)).mustEqual(t, want)
			if !reflect.DeepEqual(rest.state.Scaler, whole.state.Scaler) || rest.adam.steps != whole.adam.steps {
				t.Errorf("%+v after %d steps of AdamW, want %+v after %d", rest.state.Scaler, rest.adam.steps, whole.state.Scaler, whole.adam.steps)
			}
		})
	}
}

// A model with a number that half precision cannot hold is refused by the name of its tensor.
func TestHalfRefusesLargeWeights(t *testing.T) {
	enc := openEncoder(t, embed.Options{})
	o := Options{Full: true, Batch: 8}
	tr := newTrainer(t, enc, Job{Data: task(16, 0)}, o)
	const name = "encoder.layer.1.output.dense.weight"
	tr.byName[name].Data[5] = 70000
	dir := filepath.Join(t.TempDir(), "model")
	if err := tr.SaveModel(dir); err != nil {
		t.Fatal(err)
	}
	m := openModelAt(t, dir)
	for _, o := range []Options{{Precision: FP16}, {Precision: FP16, Full: true}} {
		_, err := newNetwork(m, o.withDefaults(), "cuda")
		if fault.CodeOf(err) != fault.Unsupported || !strings.Contains(err.Error(), name) || fault.HintOf(err) == "" {
			t.Errorf("full %v: %v", o.Full, err)
		}
	}
	if _, err := newNetwork(m, Options{}.withDefaults(), "cuda"); err != nil {
		t.Error(err)
	}
}

// Frozen matrices are stored in half precision alone, what parts keep is not there twice, and the loss has none of it.
func TestHalfGraphs(t *testing.T) {
	for name, o := range map[string]Options{
		"lora": {Dropout: 0.1}, "all layers": {Targets: []string{"all-linear"}}, "dora": {Method: "dora"}, "upper block": {FirstLayer: 1, CacheBytes: 1},
	} {
		t.Run(name, func(t *testing.T) {
			o.Precision = FP16
			n, err := newNetwork(openModel(t, tiny), o.withDefaults(), "cuda")
			if err != nil {
				t.Fatal(err)
			}
			if n.products != graph.InHalf {
				t.Errorf("products are %d on a GPU", n.products)
			}
			forward, back, kept, err := n.halves(false)
			if err != nil {
				t.Fatal(err)
			}
			half, full := 0, map[string]bool{}
			handed := forward.Outputs[len(forward.Outputs)-kept:]
			for _, v := range handed {
				if v.Type == graph.Float {
					full[v.Name] = true
				}
			}
			for _, v := range handed {
				if v.Type != graph.Float16 {
					continue
				}
				half++
				for _, node := range forward.Nodes {
					if node.Op == "Cast" && node.Outputs[0] == v.Name && full[node.Inputs[0]] {
						t.Errorf("%s is handed over in both precisions", node.Inputs[0])
					}
				}
			}
			if half == 0 {
				t.Error("nothing is kept in half precision")
			}
			for _, m := range []*graph.Model{forward, back} {
				for _, i := range m.Initializers {
					if len(i.Dims) > 1 && i.Type == graph.Float {
						t.Errorf("%s, %v, is stored in float32", i.Name, i.Dims)
					}
				}
			}
			loss, err := n.lossGraph()
			if err != nil {
				t.Fatal(err)
			}
			for _, node := range loss.Model().Nodes {
				if node.Op == "Cast" {
					t.Error("the loss is rounded")
				}
			}
		})
	}
}
