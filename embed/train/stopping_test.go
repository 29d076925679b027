//go:build cgo && ORT

package train

import (
	"context"
	"math"
	"reflect"
	"strings"
	"testing"

	"loradex/embed"
	"loradex/internal/fault"
)

// script is a score function that says given values, of the start first, and keeps the leaves of each.
type script struct {
	t      *testing.T
	tr     *Trainer
	values []float64
	seen   []map[string][]float32
}

func (s *script) score(context.Context, Encode) (float64, error) {
	if len(s.seen) == len(s.values) {
		s.t.Errorf("score %d is asked for after step %d", len(s.seen), s.tr.state.Step)
		return 0, fault.New(fault.Internal, "no more scores")
	}
	s.seen = append(s.seen, s.tr.values())
	return s.values[len(s.seen)-1], nil
}

// The run ends after so many scores without a better one, and the trainer then holds the best state. The start is scored,
// but never kept.
func TestPatience(t *testing.T) {
	enc := openEncoder(t, embed.Options{})
	for _, tt := range []struct {
		name     string
		patience int
		values   []float64 // after steps 0, 2, 4, …, 12
		best     int       // index of it
		steps    int
	}{
		{"rises to the end", 2, []float64{0, 1, 2, 3, 4, 5, 6}, 6, 12},
		{"falls at once", 2, []float64{0, 5, 4, 3}, 1, 6},
		{"a peak in the middle", 2, []float64{0, 1, 2, 9, 3, 4}, 3, 10},
		{"a dip that is waited for", 3, []float64{0, 5, 1, 2, 6, 1, 1}, 4, 12},
		{"of equal scores the later is kept, and it is no rise", 2, []float64{0, 5, 5, 5}, 3, 6},
		{"a saturated split", 4, []float64{1, 1, 1, 1, 1, 1}, 5, 10},
		{"the start is the best", 2, []float64{9, 1, 2, 1, 1}, 2, 8},
		{"negative scores", 1, []float64{-9, -5, -7}, 1, 4},
		{"never", -1, []float64{0, 5, 4, 3, 2, 1, 0}, 1, 12},
		{"the default is 4", 0, []float64{0, 5, 4, 3, 2, 1}, 1, 10},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := &script{t: t, values: tt.values}
			var scored []Progress
			o := Options{
				Rank: 2, Targets: []string{"query"}, FirstLayer: 1, Batch: 4, Epochs: 4, Steps: 12, EvalEvery: 2, Patience: tt.patience,
				Progress: func(p Progress) {
					if !math.IsNaN(p.Score) {
						scored = append(scored, p)
					}
				},
			}
			s.tr = newTrainer(t, enc, Job{Data: task(16, 0), Score: s.score}, o)
			r := run(t, s.tr)
			if r.Steps != tt.steps || r.Planned != 12 || r.Best != 2*tt.best || len(r.Scores) != len(tt.values) {
				t.Errorf("%+v, want %d steps with the best at %d", r, tt.steps, 2*tt.best)
			}
			if r.Scores[0] != (score{0, tt.values[0]}) {
				t.Errorf("the start has score %+v", r.Scores[0])
			}
			if !reflect.DeepEqual(s.tr.values(), s.seen[tt.best]) {
				t.Error("the trainer does not hold the best state")
			}
			if reflect.DeepEqual(s.seen[0], s.seen[1]) {
				t.Error("the leaves did not move")
			}
			if len(scored) != len(tt.values)-1 || scored[len(scored)-1].Best != tt.values[tt.best] {
				t.Errorf("progress was told %+v", scored)
			}
		})
	}
}

// Without a score function the last state is the result.
func TestWithoutScores(t *testing.T) {
	enc := openEncoder(t, embed.Options{})
	var told []Progress
	o := Options{Rank: 2, Batch: 4, Epochs: 3, Progress: func(p Progress) { told = append(told, p) }}
	tr := newTrainer(t, enc, Job{Data: task(16, 0)}, o)
	r := run(t, tr)
	if r.Steps != 12 || r.Best != 12 || r.Scores != nil || len(told) != 12 {
		t.Errorf("%+v with %d calls of progress", r, len(told))
	}
	tokens := 0
	for i, p := range told {
		if p.Step != i+1 || p.Steps != 12 || math.Abs(p.Epoch-float64(i+1)/4) > 1e-9 || !math.IsNaN(p.Score) || !math.IsNaN(p.Best) || p.Rate <= 0 || p.GradNorm <= 0 {
			t.Errorf("step %d: %+v", i, p)
		}
		tokens += p.Tokens
	}
	if tokens != r.Tokens || r.Params != tr.Params() || r.Params != 4*2*2*16 || r.Share <= 0 || r.Share >= 1 {
		t.Errorf("%+v, want %d tokens", r, tokens)
	}
	if again := run(t, tr); again.Steps != 12 || again.Tokens != r.Tokens {
		t.Errorf("running again takes more steps: %+v", again)
	}
	if err := tr.Step(t.Context()); fault.CodeOf(err) != fault.Conflict {
		t.Errorf("a step after the last one: %v", err)
	}
}

// Epochs are counted in batches, also where a bound ends the run long before the last.
func TestEpochOfABoundedRun(t *testing.T) {
	enc := openEncoder(t, embed.Options{})
	var last Progress
	o := Options{Rank: 2, Batch: 4, Accumulate: 2, Epochs: 100, Steps: 3, Progress: func(p Progress) { last = p }}
	run(t, newTrainer(t, enc, Job{Data: task(16, 0)}, o))
	if last.Step != 3 || last.Epoch != 1.5 {
		t.Errorf("step %d is in epoch %g, want 1.5", last.Step, last.Epoch)
	}
}

func TestScoreRefused(t *testing.T) {
	defer fault.ExpectBugs()()
	enc := openEncoder(t, embed.Options{})
	for _, tt := range []struct {
		values []float64
		want   string
	}{
		{[]float64{math.NaN()}, "step 0"},
		{[]float64{0, math.NaN()}, "step 2"},
		{[]float64{0, math.Inf(1)}, "step 2"},
		{[]float64{0, 1, math.Inf(-1)}, "step 4"},
	} {
		s := &script{t: t, values: tt.values}
		s.tr = newTrainer(t, enc, Job{Data: task(16, 0), Score: s.score}, Options{Rank: 2, Batch: 4, EvalEvery: 2})
		if _, err := s.tr.Run(t.Context()); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v: %v, want an error that names %s", tt.values, err, tt.want)
		}
	}
	fail := func(context.Context, Encode) (float64, error) { return 0, fault.New(fault.NotFound, "no dev split") }
	if _, err := newTrainer(t, enc, Job{Data: task(16, 0), Score: fail}, Options{Rank: 2, Batch: 4}).Run(t.Context()); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("the score's own error: %v", err)
	}
}
