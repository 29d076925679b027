package train

import (
	"cmp"
	"math"
	"slices"

	"loradex/adapters"
	"loradex/internal/fault"
)

// Options configure a training run. Those marked * are part of what a checkpoint belongs to: a run with others is
// another run.
type Options struct {
	// Method is the kind of adapter: lora (default), rslora or dora. With Full it is empty. *
	Method string `json:"method"`
	// Full trains all weights of the encoder in place of an adapter: the baseline that adapters are held against. Dropout,
	// Targets, FirstLayer and Method, which are an adapter's, are refused beside it; Rank and Alpha mean nothing. *
	Full bool `json:"full"`
	// Rank is r. The default is 16. *
	Rank int `json:"rank"`
	// Alpha is α. The default is twice the rank. *
	Alpha float64 `json:"alpha"`
	// Dropout is the probability with which a number that enters an adapter is zeroed in training. The default is 0. *
	Dropout float64 `json:"dropout"`
	// Targets are the layers that get an adapter: the last parts of their paths, as in PEFT's target_modules, or
	// "all-linear". The default is the method's: query and value for LoRA. *
	Targets []string `json:"targets"`
	// FirstLayer is the lowest block that gets an adapter: those below stay frozen, and with CacheBytes their outputs are
	// computed once. The default is 0. *
	FirstLayer int `json:"first_layer"`
	// Side is which texts are encoded with the adapter. The default is both. With query, documents are vectors that do
	// not change. *
	Side adapters.Side `json:"side"`
	// Loss is what is minimised. *
	Loss Loss `json:"loss"`

	// precision is what matrix products are computed in: fp32 (default) or fp16, for GPUs; on a CPU fp16 is slower than fp32.
	// What the run encodes for score is in it, too. *
	Precision precision `json:"precision"`

	// MaxQueryTokens and MaxDocTokens cut texts in training, special tokens included. The defaults are 64 and 128, or the
	// encoder's own maximum where that is less. Short texts cost less, and what an adapter learns of them holds for the rest. *
	MaxQueryTokens int `json:"max_query_tokens"`
	MaxDocTokens   int `json:"max_doc_tokens"`
	// Batch is how many pairs make a step. The default is 32. *
	Batch int `json:"batch"`
	// MicroBatch bounds of how many texts, queries and documents together, intermediate values are kept until the gradients
	// want them; those of more are computed a second time (gradient caching, Gao et al. 2021, arXiv:2101.06983): the same
	// numbers in less memory, for one more forward pass. The default is 128.
	MicroBatch int `json:"micro_batch"`
	// Accumulate adds up the gradients of so many batches before a step. The default is 1. *
	Accumulate int `json:"accumulate"`
	// HardNegatives is how many negatives of each example join a batch. The default is 0. *
	HardNegatives int `json:"hard_negatives"`
	// ExtraNegatives is how many random stored documents join a batch where documents do not change. The default is 512,
	// or as many as there are. *
	ExtraNegatives int `json:"extra_negatives"`

	// Epochs is how often every example is seen. The default is 3. *
	Epochs int `json:"epochs"`
	// Steps bounds the run; 0 (default) is all epochs. *
	Steps int `json:"steps"`
	// LearningRate is the highest one. The default is 1e-3 for adapters and 5e-5 for all weights. *
	LearningRate float64 `json:"learning_rate"`
	// WarmUp is the share of steps in which the rate rises from 0. The default is 0.1; negative: none. *
	WarmUp float64 `json:"warm_up"`
	// Schedule is how the rate falls to 0 after that: linear (default), cosine, or constant. *
	Schedule string `json:"schedule"`
	// WeightDecay is AdamW's, decoupled. The default is 0.01; negative: none. *
	WeightDecay float64 `json:"weight_decay"`
	// Clip bounds the norm of all gradients together. The default is 1; negative: no bound. *
	Clip float64 `json:"clip"`
	// Seed decides the start, the order of the examples and the dropout. *
	Seed uint64 `json:"seed"`

	// EvalEvery is after how many steps the dev split is scored. The default is ten times in the run. *
	EvalEvery int `json:"eval_every"`
	// Patience is after how many scores without a better one the run ends. The default is 4; negative: never. *
	Patience int `json:"patience"`
	// CacheBytes bounds the outputs of frozen blocks that are kept in memory. The default is 2 GiB; negative: none.
	CacheBytes int64 `json:"cache_bytes"`

	// Checkpoint is the file that the state is saved to: at the end of the context, every CheckpointEvery steps (default 100), after
	// CheckpointSeconds without one (default 60; negative: never), and after the last step. "" saves none.
	Checkpoint        string  `json:"checkpoint"`
	CheckpointEvery   int     `json:"checkpoint_every"`
	CheckpointSeconds float64 `json:"checkpoint_seconds,omitempty"`
	// Resume goes on from the checkpoint. NotFound where there is none.
	Resume bool `json:"resume"`

	// Progress, if not nil, is told about every step.
	Progress func(Progress) `json:"-"`
}

// Loss is the function that is minimised.
type Loss struct {
	// Kind is infonce (default), triplet or cosine.
	Kind string `json:"kind"`
	// Temperature divides the cosines of infonce. The default is 0.05.
	Temperature float64 `json:"temperature"`
	// LearnTemperature trains the temperature, too, from that start (Radford et al. 2021, arXiv:2103.00020).
	LearnTemperature bool `json:"learn_temperature"`
	// Symmetric also asks every positive document for its query among the batch's queries.
	Symmetric bool `json:"symmetric"`
	// Margin is that of triplet. The default is 0.2.
	Margin float64 `json:"margin"`
	// Dims are lengths of prefixes of the vectors that the loss is averaged over, each scaled to unit length: Matryoshka
	// representation learning (Kusupati et al. 2022, arXiv:2205.13147). The default is the whole vector alone.
	Dims []int `json:"dims"`
}

// Progress is the state of a run after a step.
type Progress struct {
	Step, Steps int
	Epoch       float64
	Loss        float64
	Rate        float64
	GradNorm    float64
	Tokens      int // of the texts that this step encoded, padding not counted
	Seconds     float64
	// Scale is what the gradients of this step were multiplied by, with fp16; else 0. Skipped says that one was too large for
	// half precision: GradNorm is then not finite, and nothing was learned of the step.
	Scale   float64
	Skipped bool
	// score is the dev split's after this step, where it was scored; else NaN. Best is the best so far; NaN before one.
	Score, Best float64
}

// withDefaults returns a copy with defaults filled in.
func (o Options) withDefaults() Options {
	rate := 1e-3
	if o.Full {
		rate = 5e-5
	} else {
		o.Method = cmp.Or(o.Method, "lora")
		if m, err := methodNamed(o.Method); err == nil && len(o.Targets) == 0 {
			o.Targets = slices.Clone(m.targets)
		}
	}
	o.Precision, o.Side, o.Schedule = cmp.Or(o.Precision, fp32), cmp.Or(o.Side, adapters.SideBoth), cmp.Or(o.Schedule, "linear")
	o.Rank = cmp.Or(o.Rank, 16)
	o.Alpha = cmp.Or(o.Alpha, 2*float64(o.Rank))
	o.Loss.Kind, o.Loss.Temperature, o.Loss.Margin = cmp.Or(o.Loss.Kind, "infonce"), cmp.Or(o.Loss.Temperature, 0.05), cmp.Or(o.Loss.Margin, 0.2)
	o.MaxQueryTokens, o.MaxDocTokens = cmp.Or(o.MaxQueryTokens, 64), cmp.Or(o.MaxDocTokens, 128)
	o.Batch, o.MicroBatch, o.Accumulate = cmp.Or(o.Batch, 32), cmp.Or(o.MicroBatch, 128), cmp.Or(o.Accumulate, 1)
	o.ExtraNegatives, o.Epochs = cmp.Or(o.ExtraNegatives, 512), cmp.Or(o.Epochs, 3)
	o.LearningRate, o.WarmUp = cmp.Or(o.LearningRate, rate), cmp.Or(o.WarmUp, 0.1)
	o.WeightDecay, o.Clip, o.Patience = cmp.Or(o.WeightDecay, 0.01), cmp.Or(o.Clip, 1), cmp.Or(o.Patience, 4)
	o.CheckpointSeconds = cmp.Or(o.CheckpointSeconds, 60)
	o.CheckpointEvery, o.CacheBytes = cmp.Or(o.CheckpointEvery, 100), cmp.Or(o.CacheBytes, 2<<30)
	return o
}

// Validate says what cannot work.
func (o Options) Validate() error {
	o = o.withDefaults()
	if !o.Full {
		if _, err := methodNamed(o.Method); err != nil {
			return err
		}
	}
	if _, err := lossNamed(o.Loss.Kind); err != nil {
		return err
	}
	for _, f := range []struct {
		name            string
		value, min, max float64
	}{
		{"Rank", float64(o.Rank), 1, 1024},
		{"Alpha", o.Alpha, 1e-6, 1e6},
		{"Dropout", o.Dropout, 0, 0.99},
		{"FirstLayer", float64(o.FirstLayer), 0, 1000},
		{"Loss.Temperature", o.Loss.Temperature, 1e-3, 100},
		{"Loss.Margin", o.Loss.Margin, 0, 2},
		{"MaxQueryTokens", float64(o.MaxQueryTokens), 3, 1 << 16},
		{"MaxDocTokens", float64(o.MaxDocTokens), 3, 1 << 16},
		{"Batch", float64(o.Batch), 2, 1 << 16},
		{"MicroBatch", float64(o.MicroBatch), 1, 1 << 16},
		{"Accumulate", float64(o.Accumulate), 1, 1 << 16},
		{"HardNegatives", float64(o.HardNegatives), 0, 1024},
		{"ExtraNegatives", float64(o.ExtraNegatives), -1, 1 << 20},
		{"Epochs", float64(o.Epochs), 1, 1 << 20},
		{"Steps", float64(o.Steps), 0, 1 << 30},
		{"LearningRate", o.LearningRate, 1e-9, 10},
		{"WarmUp", o.WarmUp, -1, 1},
		{"WeightDecay", o.WeightDecay, -1, 1},
		{"Clip", o.Clip, -1, 1e9},
		{"EvalEvery", float64(o.EvalEvery), 0, 1 << 30},
		{"Patience", float64(o.Patience), -1, 1 << 30},
		{"CheckpointEvery", float64(o.CheckpointEvery), 1, 1 << 30},
	} {
		if math.IsNaN(f.value) || f.value < f.min || f.value > f.max {
			return fault.New(fault.Invalid, "training option %s is %g, want %g to %g", f.name, f.value, f.min, f.max)
		}
	}
	for _, d := range o.Loss.Dims {
		if d < 1 || d > 1<<16 {
			return fault.New(fault.Invalid, "training option Loss.Dims has %d", d)
		}
	}
	if _, err := find("schedule", o.Schedule, schedules(), func(name string) string { return name }); err != nil {
		return err
	}
	switch {
	case o.Side != adapters.SideBoth && o.Side != adapters.SideQuery:
		return fault.New(fault.Invalid, "training option Side is %q, want both or query", o.Side)
	case o.Loss.Symmetric && o.Loss.Kind != "infonce":
		return fault.New(fault.Invalid, "loss %s has no second direction", o.Loss.Kind)
	case o.Loss.LearnTemperature && o.Loss.Kind != "infonce":
		return fault.New(fault.Invalid, "loss %s has no temperature", o.Loss.Kind)
	case o.Loss.Kind == "triplet" && o.HardNegatives != 1:
		return fault.New(fault.Invalid, "loss triplet wants 1 hard negative for each example, not %d", o.HardNegatives)
	case o.Loss.Kind == "cosine" && o.HardNegatives != 0:
		return fault.New(fault.Invalid, "loss cosine takes no hard negatives")
	case o.Full && o.Side == adapters.SideQuery:
		return fault.New(fault.Unsupported, "all weights are trained for both sides only")
	case o.Full && (o.Method != "" || o.Dropout != 0 || o.FirstLayer != 0 || len(o.Targets) > 0):
		return fault.New(fault.Invalid, "all weights are trained: there is no adapter for Method, Dropout, FirstLayer or Targets").
			WithHint("leave them out, or train an adapter")
	case !slices.Contains(Precisions(), o.Precision):
		return fault.New(fault.Invalid, "unknown precision %q", o.Precision).WithHint("fp32 or fp16")
	case o.Resume && o.Checkpoint == "":
		return fault.New(fault.Invalid, "there is no checkpoint to go on from")
	}
	return nil
}
