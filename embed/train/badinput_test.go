//go:build cgo && ORT

package train

import (
	"bytes"
	"context"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"loradex/adapters"
	"loradex/embed"
	"loradex/internal/dataset"
	"loradex/internal/fault"
)

func TestDataRefused(t *testing.T) {
	enc := openEncoder(t, embed.Options{})
	edited := func(edit func(*dataset.Dataset)) *dataset.Dataset {
		s := task(8, 0)
		edit(s)
		return s
	}
	for _, tt := range []struct {
		name string
		set  *dataset.Dataset
		o    Options
		want string // in the message
	}{
		{"no set", nil, Options{}, "nothing to train on"},
		{"an empty set", &dataset.Dataset{}, Options{}, "0 training pairs"},
		{"texts without examples", edited(func(s *dataset.Dataset) { s.Queries, s.Judgements, s.Negatives = nil, nil, nil }), Options{}, "0 training pairs"},
		{"one example", edited(func(s *dataset.Dataset) { *s = *s.Subset(func(q int) bool { return q < 1 }, every) }), Options{}, "1 training pairs"},
		{"one document for all", edited(func(s *dataset.Dataset) {
			for i := range s.Queries {
				s.Judgements[i] = judged(3)
			}
		}), Options{}, "share one document"},
		{"a query without judgements", edited(func(s *dataset.Dataset) { s.Judgements = s.Judgements[:7] }), Options{}, "judgements of 7"},
		{"a query too many", edited(func(s *dataset.Dataset) { s.Queries = append(s.Queries, dataset.Text{}) }), Options{}, "came for 9"},
		{"no positive", edited(func(s *dataset.Dataset) { s.Judgements[2] = nil }), Options{}, `"q2" has no relevant`},
		{"a positive beyond the end", edited(func(s *dataset.Dataset) { s.Judgements[2] = judged(2, 8) }), Options{}, `"q2" names document 8`},
		{"a negative position", edited(func(s *dataset.Dataset) { s.Judgements[2] = judged(-1) }), Options{}, `"q2" names document -1`},
		{"a negative beyond the end", edited(func(s *dataset.Dataset) { s.Negatives[2] = []int32{99} }), Options{}, `"q2" names document 99`},
		{"a grade of NaN", edited(func(s *dataset.Dataset) { s.Judgements[2][0].Grade = math.NaN() }), Options{}, `"q2" has the grade NaN`},
		{"a grade of 0", edited(func(s *dataset.Dataset) { s.Judgements[2][0].Grade = 0 }), Options{}, `"q2" has no relevant`},
		{
			"a triplet without a negative", edited(func(s *dataset.Dataset) { s.Negatives[2] = nil }),
			Options{Loss: Loss{Kind: "triplet"}, HardNegatives: 1},
			`"q2" has no negative`,
		},
		{"too few for a step", task(8, 0), Options{Batch: 4, Epochs: 1, Accumulate: 9}, "8 training pairs"},
		{"dimensions of the loss", task(8, 0), Options{Loss: Loss{Dims: []int{32}}}, "32 dimensions"},
		{"no such layer", task(8, 0), Options{Targets: []string{"lm_head"}}, "lm_head"},
		{"no block left", task(8, 0), Options{FirstLayer: 2}, "block 2"},
		{"a bad option", task(8, 0), Options{Rank: -1}, "Rank"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tr, err := New(t.Context(), enc, Job{Data: tt.set}, tt.o)
			if fault.CodeOf(err) != fault.Invalid || tr != nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want Invalid that says %q", err, tt.want)
			}
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if tr, err := New(ctx, enc, Job{Data: task(8, 0)}, Options{}); fault.CodeOf(err) != fault.Canceled || tr != nil {
		t.Errorf("with a context that has ended: %v", err)
	}
	windows := openEncoder(t, embed.Options{Window: 16})
	if _, err := New(t.Context(), windows, Job{Data: task(8, 0)}, Options{}); fault.CodeOf(err) != fault.Unsupported {
		t.Errorf("with windows: %v", err)
	}
}

// Odd data that can be trained with.
func TestOddDataAccepted(t *testing.T) {
	enc := openEncoder(t, embed.Options{})
	for name, edit := range map[string]func(*dataset.Dataset){
		"an empty text":         func(s *dataset.Dataset) { s.Queries[0].Text, s.Docs[1].Text = "", "" },
		"a long text":           func(s *dataset.Dataset) { s.Docs[0].Text = strings.Repeat("close ", 500) },
		"unknown characters":    func(s *dataset.Dataset) { s.Queries[0].Text = "\x00\xff\u2603 \U0001F600" },
		"two equal texts":       func(s *dataset.Dataset) { s.Docs[1].Text = s.Docs[0].Text },
		"a positive twice":      func(s *dataset.Dataset) { s.Judgements[0] = judged(0, 0) },
		"an answer as negative": func(s *dataset.Dataset) { s.Negatives[0] = []int32{0} },
		"two examples":          func(s *dataset.Dataset) { *s = *s.Subset(func(q int) bool { return q < 2 }, every) },
	} {
		s := task(8, 0)
		edit(s)
		o := Options{Rank: 1, Targets: []string{"query"}, FirstLayer: 1, Batch: 4, Epochs: 1, HardNegatives: 1}
		if name == "an answer as negative" {
			o.Loss.Kind = "triplet"
		}
		if r := run(t, newTrainer(t, enc, Job{Data: s}, o)); math.IsNaN(r.LastLoss) || r.Steps == 0 {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

// wild is a run whose numbers grow until they overflow: each step takes ten times a leaf's value from it.
func wild() Options {
	return Options{
		Rank: 2, Alpha: 1e6, Targets: []string{"dense"}, LearningRate: 10, WarmUp: -1, Clip: -1, WeightDecay: 1, Schedule: "constant",
		Batch: 8, Epochs: 100, EvalEvery: 1, Patience: -1,
	}
}

// A loss that is not finite ends the run; what was saved and what was best stay.
func TestLossThatIsNotFinite(t *testing.T) {
	enc := openEncoder(t, embed.Options{})
	set := task(16, 0)
	o := wild()
	o.Checkpoint, o.CheckpointEvery = filepath.Join(t.TempDir(), "checkpoint"), 1
	last := 0
	var saved []byte // of the step before: the present one is saved after Progress
	var best map[string][]float32
	var tr *Trainer
	o.Progress = func(p Progress) {
		last = p.Step
		best = tr.best
		if last > 1 {
			var err error
			if saved, err = os.ReadFile(o.Checkpoint); err != nil {
				t.Error(err)
			}
		}
	}
	tr = newTrainer(t, enc, Job{Data: set, Score: func(context.Context, Encode) (float64, error) { return -float64(tr.state.Step), nil }}, o)
	_, err := tr.Run(t.Context())
	if fault.CodeOf(err) != fault.Invalid || fault.HintOf(err) == "" {
		t.Fatalf("%v after step %d, want Invalid with a hint", err, last)
	}
	if !strings.Contains(err.Error(), "step "+strconv.Itoa(last+1)+" ") {
		t.Errorf("%v does not name step %d", err, last+1)
	}
	if tr.state.Step != last || len(tr.state.Losses) != last {
		t.Errorf("the state says step %d", tr.state.Step)
	}
	now, err := os.ReadFile(o.Checkpoint)
	if err != nil || last < 2 || bytes.Equal(now, saved) {
		t.Errorf("the checkpoint is not that of step %d: %v", last, err)
	}
	if err := tr.resume(o.Checkpoint); err != nil || tr.state.Step != last {
		t.Errorf("the checkpoint after step %d: %v", last, err)
	}
	if !reflect.DeepEqual(tr.best, best) || tr.state.Scores[tr.state.Best].Step != 1 {
		t.Errorf("the best state was overwritten: %+v", tr.state)
	}
}

// Query-side vectors that are not numbers are told like a loss that is not.
func TestVectorsThatAreNotFinite(t *testing.T) {
	enc := openEncoder(t, embed.Options{})
	vectors := func(_ context.Context, docs []dataset.Text) ([][]float32, error) {
		out := make([][]float32, len(docs))
		for i := range out {
			out[i] = make([]float32, 16)
			out[i][0] = float32(math.NaN())
		}
		return out, nil
	}
	tr := newTrainer(t, enc, Job{Data: task(8, 0), Vectors: vectors}, Options{Side: adapters.SideQuery, Batch: 4, Rank: 2})
	before := tr.values()
	if err := tr.Step(t.Context()); fault.CodeOf(err) != fault.Invalid || !strings.Contains(err.Error(), "step 1 ") {
		t.Errorf("%v, want Invalid at step 1", err)
	}
	if !reflect.DeepEqual(before, tr.values()) {
		t.Error("the leaves moved")
	}
}
