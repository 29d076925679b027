//go:build cgo && ORT

package train

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"loradex/adapters"
	"loradex/embed"
	"loradex/internal/dataset"
	"loradex/internal/fault"
)

// resumable is a run of 12 steps with all that must survive: dropout, accumulation, and scores after 0, 4, 8 and 12 steps.
func resumable() Options {
	return Options{
		Rank: 4, Targets: []string{"query"}, Dropout: 0.3, Batch: 4, Accumulate: 2, Epochs: 3, Steps: 12, EvalEvery: 4, Patience: -1,
		LearningRate: 1e-2, Seed: 11,
	}
}

// stopAt makes a run end by its context: after a step, or in the scoring after it.
type stopAt struct {
	step    int
	scoring bool
}

func (s stopAt) run(t *testing.T, enc *embed.Encoder, job Job, o Options) (*Trainer, error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	score, taken := job.Score, 0
	o.Progress = func(p Progress) {
		taken = p.Step
		if !s.scoring && p.Step == s.step {
			cancel()
		}
	}
	var tr *Trainer
	job.Score = func(ctx context.Context, encode Encode) (float64, error) {
		if s.scoring && tr.state.Step == s.step {
			cancel()
			return 0, ctx.Err()
		}
		return score(ctx, encode)
	}
	tr = newTrainer(t, enc, job, o)
	_, err := tr.Run(ctx)
	if err != nil && !s.scoring && taken != s.step {
		t.Fatalf("stopped after step %d, want %d", taken, s.step)
	}
	return tr, err
}

// A run that was stopped, once or more often, and went on has the numbers of one that was never stopped, to the bit.
func TestResumeIsExact(t *testing.T) {
	enc := openEncoder(t, embed.Options{})
	set := task(40, 8)
	for _, tt := range []struct {
		name  string
		edit  func(*Options)
		stops [][]stopAt
	}{
		{"lora", func(*Options) {}, [][]stopAt{
			{{1, false}}, {{4, false}}, {{11, false}}, {{2, false}, {3, false}, {9, false}}, {{12, true}}, {{4, true}, {4, true}, {7, false}},
		}},
		{"dora", func(o *Options) { o.Method, o.Targets = "dora", []string{"query", "value"} }, [][]stopAt{{{5, false}}}},
		{"full", func(o *Options) { o.Full, o.Dropout, o.Targets, o.LearningRate = true, 0, nil, 1e-3 }, [][]stopAt{{{5, false}}}},
		{"the best before the stop", func(o *Options) { o.LearningRate = 0.05 }, [][]stopAt{{{5, false}}, {{12, true}}}},
		{"upper block, learned temperature", func(o *Options) { o.FirstLayer, o.Loss.LearnTemperature = 1, true }, [][]stopAt{{{7, false}}}},
		{"query side", func(o *Options) { o.Side, o.ExtraNegatives, o.HardNegatives = adapters.SideQuery, 8, 1 }, [][]stopAt{{{6, false}}}},
		{"cosine schedule, micro-batches", func(o *Options) { o.Schedule, o.MicroBatch, o.Loss.Symmetric = "cosine", 3, true }, [][]stopAt{{{8, false}}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := resumable()
			tt.edit(&o)
			job := Job{Data: set, Score: closeness(set)}
			if tt.name == "the best before the stop" {
				job.Score = func(ctx context.Context, encode Encode) (float64, error) {
					v, err := closeness(set)(ctx, encode)
					return -v, err // it falls
				}
			}
			whole := newTrainer(t, enc, job, o)
			want := outcomeOf(whole, run(t, whole))
			if tt.name == "the best before the stop" && want.best != 4 {
				t.Fatalf("the best is that of step %d", want.best)
			}
			if len(want.losses) != 12 || len(want.scores) != 4 {
				t.Fatalf("%d losses, %d scores", len(want.losses), len(want.scores))
			}
			for _, stops := range tt.stops {
				again := o
				again.Checkpoint = filepath.Join(t.TempDir(), "checkpoint")
				for _, s := range stops {
					if _, err := s.run(t, enc, job, again); !errors.Is(err, context.Canceled) || fault.CodeOf(err) != fault.Canceled {
						t.Fatalf("%v: the run ended with %v", s, err)
					}
					again.Resume = true
				}
				// What does not change the numbers may be other in the rest of the run.
				again.CheckpointEvery, again.Progress = 5, func(Progress) {}
				rest := newTrainer(t, enc, job, again)
				if at := rest.state.Step; at != stops[len(stops)-1].step {
					t.Fatalf("%v: goes on from step %d", stops, at)
				}
				outcomeOf(rest, run(t, rest)).mustEqual(t, want)
				if t.Failed() {
					t.Fatalf("stopped at %v", stops)
				}
			}
		})
	}
}

// A periodic checkpoint is as good as that at the end of the context.
func TestResumeFromPeriodicCheckpoint(t *testing.T) {
	enc := openEncoder(t, embed.Options{})
	set := task(40, 0)
	job := Job{Data: set, Score: closeness(set)}
	o := resumable()
	o.Checkpoint, o.CheckpointEvery = filepath.Join(t.TempDir(), "checkpoint"), 7
	kept := o.Checkpoint + ".7"
	o.Progress = func(p Progress) {
		if p.Step == 8 {
			if err := os.Link(o.Checkpoint, kept); err != nil {
				t.Error(err)
			}
		}
	}
	whole := newTrainer(t, enc, job, o)
	want := outcomeOf(whole, run(t, whole))
	o.Resume, o.Progress = true, nil
	done := newTrainer(t, enc, job, o) // what is to be measured is there when all steps are taken
	if done.state.Step != done.planned() {
		t.Fatalf("the last checkpoint is of step %d", done.state.Step)
	}
	outcomeOf(done, run(t, done)).mustEqual(t, want)
	o.Checkpoint = kept
	rest := newTrainer(t, enc, job, o)
	if rest.state.Step != 7 {
		t.Fatalf("goes on from step %d", rest.state.Step)
	}
	outcomeOf(rest, run(t, rest)).mustEqual(t, want)
}

// TestCheckpointByTime: however long steps are, a checkpoint is there in time; never, where that is asked for.
func TestCheckpointByTime(t *testing.T) {
	enc := openEncoder(t, embed.Options{})
	for _, tt := range []struct {
		seconds float64
		want    bool
	}{{1e-9, true}, {-1, false}, {0, false}} { // the default is longer than this test
		o := resumable()
		o.Checkpoint, o.CheckpointEvery, o.CheckpointSeconds = filepath.Join(t.TempDir(), "checkpoint"), 1000, tt.seconds
		there := false
		o.Progress = func(p Progress) {
			if _, err := os.Stat(o.Checkpoint); err == nil && p.Step == 2 {
				there = true
			}
		}
		run(t, newTrainer(t, enc, Job{Data: task(40, 0)}, o))
		if there != tt.want {
			t.Errorf("every %g s: a checkpoint after the first step: %v", tt.seconds, there)
		}
	}
}

// checkpointAt stops a run after a step and returns the options to go on with.
func checkpointAt(t *testing.T, enc *embed.Encoder, job Job, step int) Options {
	t.Helper()
	o := resumable()
	o.Checkpoint = filepath.Join(t.TempDir(), "checkpoint")
	if _, err := (stopAt{step, false}).run(t, enc, job, o); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	o.Resume = true
	return o
}

func TestResumeRefusesAnotherRun(t *testing.T) {
	enc := openEncoder(t, embed.Options{})
	set := task(40, 8)
	job := Job{Data: set, Score: closeness(set)}
	o := checkpointAt(t, enc, job, 3)
	before, err := os.ReadFile(o.Checkpoint)
	if err != nil {
		t.Fatal(err)
	}
	refuse := func(name string, enc *embed.Encoder, job Job, o Options) {
		t.Run(name, func(t *testing.T) {
			tr, err := New(t.Context(), enc, job, o)
			if fault.CodeOf(err) != fault.Conflict || tr != nil || fault.HintOf(err) == "" {
				t.Errorf("%v, want a conflict with a hint", err)
			}
			if after, err := os.ReadFile(o.Checkpoint); err != nil || !bytes.Equal(before, after) {
				t.Errorf("the checkpoint was changed: %v", err)
			}
		})
	}
	for name, edit := range map[string]func(*Options){
		"Method":                func(o *Options) { o.Method = "rslora" },
		"Full":                  func(o *Options) { o.Full, o.Dropout, o.Targets = true, 0, nil },
		"Precision":             func(o *Options) { o.Precision = FP16 },
		"Rank":                  func(o *Options) { o.Rank = 8 },
		"Alpha":                 func(o *Options) { o.Alpha = 4 },
		"Dropout":               func(o *Options) { o.Dropout = 0.1 },
		"Targets":               func(o *Options) { o.Targets = []string{"query", "key"} },
		"FirstLayer":            func(o *Options) { o.FirstLayer = 1 },
		"Side":                  func(o *Options) { o.Side = adapters.SideQuery },
		"Loss.Kind":             func(o *Options) { o.Loss.Kind = "cosine" },
		"Loss.Temperature":      func(o *Options) { o.Loss.Temperature = 0.1 },
		"Loss.LearnTemperature": func(o *Options) { o.Loss.LearnTemperature = true },
		"Loss.Symmetric":        func(o *Options) { o.Loss.Symmetric = true },
		"Loss.Dims":             func(o *Options) { o.Loss.Dims = []int{16, 8} },
		"Batch":                 func(o *Options) { o.Batch = 5 },
		"Accumulate":            func(o *Options) { o.Accumulate = 1 },
		"HardNegatives":         func(o *Options) { o.HardNegatives = 1 },
		"Epochs":                func(o *Options) { o.Epochs = 4 },
		"Steps":                 func(o *Options) { o.Steps = 11 },
		"LearningRate":          func(o *Options) { o.LearningRate = 2e-2 },
		"WarmUp":                func(o *Options) { o.WarmUp = 0.2 },
		"Schedule":              func(o *Options) { o.Schedule = "cosine" },
		"WeightDecay":           func(o *Options) { o.WeightDecay = 0.1 },
		"Clip":                  func(o *Options) { o.Clip = 2 },
		"Seed":                  func(o *Options) { o.Seed = 12 },
		"EvalEvery":             func(o *Options) { o.EvalEvery = 5 },
		"Patience":              func(o *Options) { o.Patience = 3 },
	} {
		other := o
		edit(&other)
		refuse(name, enc, job, other)
	}
	for name, edit := range map[string]func(*dataset.Dataset){
		"a text":             func(s *dataset.Dataset) { s.Docs[3].Text += " x" },
		"an example less":    func(s *dataset.Dataset) { *s = *s.Subset(func(q int) bool { return q > 0 }, every) },
		"another order":      func(s *dataset.Dataset) { s.Queries[0], s.Queries[1] = s.Queries[1], s.Queries[0] },
		"another positive":   func(s *dataset.Dataset) { s.Judgements[0] = judged(41) },
		"another negative":   func(s *dataset.Dataset) { s.Negatives[0] = nil },
		"a grade":            func(s *dataset.Dataset) { s.Judgements[0][0].Grade = 1 },
		"one document more":  func(s *dataset.Dataset) { s.Docs = append(s.Docs, dataset.Text{ID: "new", Text: "a"}) },
		"a query's language": func(s *dataset.Dataset) { s.Queries[0].Language = "go" },
	} {
		other := task(40, 8)
		edit(other)
		refuse("data: "+name, enc, Job{Data: other, Score: job.Score}, o)
	}
	refuse("base", openEncoder(t, embed.Options{Model: "bert-bin"}), job, o)
	refuse("MaxTokens", openEncoder(t, embed.Options{MaxTokens: 20}), job, o)

	same := o // what does not change the numbers, or says a default aloud
	same.MicroBatch, same.CacheBytes, same.CheckpointEvery, same.Method, same.Alpha = 64, -1, 3, "lora", 8
	if tr := newTrainer(t, enc, Job{Data: task(40, 8), Score: job.Score}, same); tr.state.Step != 3 {
		t.Errorf("goes on from step %d", tr.state.Step)
	}
}

// A run over stored vectors goes on over those of the same space alone: an index may have been made again meanwhile.
func TestResumeNamesTheVectorsSpace(t *testing.T) {
	enc := openEncoder(t, embed.Options{})
	set := task(40, 8)
	stored, err := enc.Encode(t.Context(), rowsOf(set.Docs, embed.Document))
	if err != nil {
		t.Fatal(err)
	}
	over := func(space string) Job {
		return Job{Data: set, Score: closeness(set), VectorSpace: space, Vectors: func(context.Context, []dataset.Text) ([][]float32, error) { return stored, nil }}
	}
	o := resumable()
	o.Side, o.ExtraNegatives = adapters.SideQuery, 8
	o.Checkpoint = filepath.Join(t.TempDir(), "checkpoint")
	if _, err := New(t.Context(), enc, over(""), o); fault.CodeOf(err) != fault.Invalid || !strings.Contains(fault.HintOf(err), "VectorSpace") {
		t.Errorf("a checkpoint over vectors of no space: %v", err)
	}
	if _, err := (stopAt{3, false}).run(t, enc, over("abc, 48 of the index"), o); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	o.Resume = true
	for _, other := range []Job{over("abd, 48 of the index"), over("abc, 40 of the index"), {Data: set, Score: closeness(set)}} {
		_, err := New(t.Context(), enc, other, o)
		if fault.CodeOf(err) != fault.Conflict || !strings.Contains(err.Error(), "abc, 48 of the index") {
			t.Errorf("%q: %v, want a conflict that names the space", other.VectorSpace, err)
		}
	}
	if tr := newTrainer(t, enc, over("abc, 48 of the index"), o); tr.state.Step != 3 {
		t.Errorf("goes on from step %d", tr.state.Step)
	}
}

func TestResumeWithoutCheckpoint(t *testing.T) {
	enc := openEncoder(t, embed.Options{})
	o := resumable()
	o.Resume, o.Checkpoint = true, filepath.Join(t.TempDir(), "none")
	if _, err := New(t.Context(), enc, Job{Data: task(40, 0)}, o); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("%v, want NotFound", err)
	}
	o.Checkpoint = t.TempDir()
	if _, err := New(t.Context(), enc, Job{Data: task(40, 0)}, o); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("a folder: %v, want Invalid", err)
	}
}
