package train

import (
	"math"
	"strings"
	"testing"

	"loradex/adapters"
	"loradex/internal/fault"
)

func TestOptionsRefused(t *testing.T) {
	nan := math.NaN()
	for _, tt := range []struct {
		want string // in the message
		o    Options
	}{
		{`method "prefix"`, Options{Method: "prefix"}},
		{`loss "hinge"`, Options{Loss: Loss{Kind: "hinge"}}},
		{`schedule "step"`, Options{Schedule: "step"}},
		{"Rank", Options{Rank: -1}},
		{"Rank", Options{Rank: 1025}},
		{"Alpha", Options{Alpha: -2}},
		{"Alpha", Options{Alpha: math.Inf(1)}},
		{"Alpha", Options{Alpha: nan}},
		{"Dropout", Options{Dropout: -0.1}},
		{"Dropout", Options{Dropout: 1}},
		{"Dropout", Options{Dropout: nan}},
		{"FirstLayer", Options{FirstLayer: -1}},
		{"Loss.Temperature", Options{Loss: Loss{Temperature: -1}}},
		{"Loss.Temperature", Options{Loss: Loss{Temperature: nan}}},
		{"Loss.Margin", Options{Loss: Loss{Kind: "triplet", Margin: 3}, HardNegatives: 1}},
		{"Loss.Dims", Options{Loss: Loss{Dims: []int{8, 0}}}},
		{"Loss.Dims", Options{Loss: Loss{Dims: []int{1 << 20}}}},
		{"Batch", Options{Batch: 1}},
		{"Batch", Options{Batch: -3}},
		{"MicroBatch", Options{MicroBatch: -1}},
		{"Accumulate", Options{Accumulate: -1}},
		{"HardNegatives", Options{HardNegatives: -1}},
		{"ExtraNegatives", Options{ExtraNegatives: -2}},
		{"Epochs", Options{Epochs: -1}},
		{"Steps", Options{Steps: -1}},
		{"LearningRate", Options{LearningRate: -1}},
		{"LearningRate", Options{LearningRate: nan}},
		{"LearningRate", Options{LearningRate: 11}},
		{"WarmUp", Options{WarmUp: 1.5}},
		{"WeightDecay", Options{WeightDecay: 2}},
		{"Clip", Options{Clip: nan}},
		{"EvalEvery", Options{EvalEvery: -1}},
		{"Patience", Options{Patience: -2}},
		{"CheckpointEvery", Options{CheckpointEvery: -1}},
		{"Side", Options{Side: "left"}},
		{"cosine has no second direction", Options{Loss: Loss{Kind: "cosine", Symmetric: true}}},
		{"triplet has no temperature", Options{Loss: Loss{Kind: "triplet", LearnTemperature: true}, HardNegatives: 1}},
		{"triplet wants 1 hard negative", Options{Loss: Loss{Kind: "triplet"}}},
		{"cosine takes no hard negatives", Options{Loss: Loss{Kind: "cosine"}, HardNegatives: 1}},
		{"both sides", Options{Full: true, Side: adapters.SideQuery}},
		{"no checkpoint", Options{Resume: true}},
		{"there is no adapter", Options{Full: true, Method: "lora"}},
		{"there is no adapter", Options{Full: true, Dropout: 0.1}},
		{"there is no adapter", Options{Full: true, FirstLayer: 1}},
		{"there is no adapter", Options{Full: true, Targets: []string{"query"}}},
		{`precision "bf16"`, Options{Precision: "bf16"}},
	} {
		err := tt.o.Validate()
		want := fault.Invalid
		if tt.o.Side == adapters.SideQuery {
			want = fault.Unsupported
		}
		if fault.CodeOf(err) != want || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v: %v, want it to name %q", tt.o, err, tt.want)
		}
	}
}

func TestOptionsAccepted(t *testing.T) {
	for _, o := range []Options{
		{},
		{Method: "rslora", Rank: 64, Alpha: 1, Dropout: 0.1, Side: adapters.SideQuery, ExtraNegatives: -1},
		{Full: true, Schedule: "cosine", WarmUp: -1, WeightDecay: -1, Clip: -1, Patience: -1, CacheBytes: -1},
		{Method: "dora", Loss: Loss{LearnTemperature: true, Symmetric: true, Dims: []int{16, 8}}},
		{Loss: Loss{Kind: "triplet"}, HardNegatives: 1, Schedule: "constant"},
		{Loss: Loss{Kind: "cosine"}, Checkpoint: "x", Resume: true},
		{Precision: FP16},
		{Precision: FP16, Full: true},
		{Precision: fp32},
	} {
		if err := o.Validate(); err != nil {
			t.Errorf("%+v: %v", o, err)
		}
		if err := o.withDefaults().Validate(); err != nil {
			t.Errorf("with its defaults, %+v: %v", o, err)
		}
	}
	for _, r := range Recipes() {
		if err := r.Options.Validate(); err != nil {
			t.Errorf("recipe %s: %v", r.Name, err)
		}
	}
}

func TestRates(t *testing.T) {
	for _, tt := range []struct {
		name string
		o    Options
		want []float64 // in tenths of the highest rate
	}{
		{"linear", Options{WarmUp: 0.2}, []float64{5, 10, 10, 8.75, 7.5, 6.25, 5, 3.75, 2.5, 1.25}},
		{"no warm-up", Options{WarmUp: -1}, []float64{10, 9, 8, 7, 6, 5, 4, 3, 2, 1}},
		{"constant", Options{WarmUp: 0.2, Schedule: "constant"}, []float64{5, 10, 10, 10, 10, 10, 10, 10, 10, 10}},
		{"all warm-up", Options{WarmUp: 1}, []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}},
		{"cosine", Options{WarmUp: -1, Schedule: "cosine"}, []float64{10, 9.755, 9.045, 7.939, 6.545, 5, 3.455, 2.061, 0.955, 0.245}},
	} {
		o := tt.o.withDefaults()
		for step, want := range tt.want {
			if got := o.rate(step, 10); math.Abs(got-want/10*o.LearningRate) > 1e-4*o.LearningRate {
				t.Errorf("%s: step %d has %g, want %g tenths of %g", tt.name, step, got, want, o.LearningRate)
			}
		}
	}
	if r := (Options{}).withDefaults().rate(0, 1); r <= 0 {
		t.Errorf("a run of one step has rate %g", r)
	}
}
