package training

// This file runs a training: data, steps, what they bring, and the saved result.

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"time"

	"loradex/adapters"
	"loradex/embed"
	"loradex/embed/runtime"
	"loradex/embed/train"
	"loradex/evaluation"
	"loradex/internal/dataset"
	"loradex/internal/fault"
	"loradex/internal/machine"
)

// work is one training with what it needs.
type work struct {
	tools  Tools
	opts   Options
	data   Data
	splits splits
	base   *baseVectors
	report *Report
	saved  bool // the result, without figures
}

// Run trains, measures the base and the result on the test split, and saves the result. What is interrupted leaves its
// checkpoint; the error says how to go on.
func Run(ctx context.Context, data Data, t Tools, o Options) (*Report, error) {
	start := time.Now()
	if !t.Started.IsZero() {
		start = t.Started
	}
	if err := o.Check(); err != nil {
		return nil, err
	}
	o.Replace = o.Replace || o.measures()
	s, err := data.read(ctx, o.Limit, o.Train.Seed)
	if err != nil {
		return nil, err
	}
	if err := train.Trainable(t.Encoder.Model()); err != nil { // before anything is encoded
		return nil, err
	}
	t = t.withDefaults()
	o.Train.Checkpoint = o.checkpoint()
	w := &work{tools: t, opts: o, data: data, splits: s, base: newBaseVectors(t), report: &Report{
		Adapter: o.Name, Where: o.Where, Data: data.Name, Language: data.Language, Recipe: o.Recipe, Method: o.Train.Method, Side: o.Train.Side,
		Pairs: len(s.train.Queries), DevSplit: s.devIs, TestSplit: s.testIs, Options: o.Train,
	}}
	w.opts.Train.Progress = w.steps()
	if w.report.Method == "" {
		w.report.Method = "lora"
		if o.Train.Full {
			w.report.Method = "full"
		}
	}
	for _, ds := range []*dataset.Dataset{s.train, s.dev, s.test} {
		if !ds.Missing.None() {
			t.Note("split %s: %s; left out", ds.Split, &ds.Missing)
		}
	}
	if err := w.fillDev(); err != nil {
		return nil, err
	}
	if err := w.run(ctx); err != nil {
		return nil, w.explain(err)
	}
	w.report.Seconds = time.Since(start).Seconds()
	w.report.PeakBytes = machine.ReadMemory().Peak
	return w.report, nil
}

// steps shows the steps of a run: loss, rate, speed and the best score so far.
func (w *work) steps() func(train.Progress) {
	var tokens, seconds float64
	return func(p train.Progress) {
		tokens, seconds = tokens+float64(p.Tokens), seconds+p.Seconds
		text := fmt.Sprintf("loss %.3f  lr %.1e  %.0f tokens/s", p.Loss, p.Rate, tokens/max(seconds, 1e-9))
		if p.Skipped {
			text += "  overflow, skipped"
		}
		if !math.IsNaN(p.Best) {
			text += fmt.Sprintf("  best dev %s %.4f", w.report.DevMetric, math.Abs(p.Best))
		}
		w.tools.Progress("train", p.Step, p.Steps, text)
		if !math.IsNaN(p.Score) {
			w.tools.Log.Debug("dev split", "step", p.Step, "score", p.Score, "loss", p.Loss)
		}
	}
}

func (w *work) run(ctx context.Context) error {
	if w.opts.Train.HardNegatives > 0 {
		if err := w.findNegatives(ctx); err != nil {
			return err
		}
	}
	if w.opts.Train.Precision == train.FP16 && w.tools.Encoder.Environment().Device() == runtime.CPU {
		w.tools.Note("half precision is for GPUs: a CPU computes it in float32, with more work around it, and is slower than with --precision fp32")
	}
	job, err := w.job(ctx)
	if err != nil {
		return err
	}
	t, err := train.New(ctx, w.tools.Encoder, job, w.opts.Train)
	if err != nil {
		return err
	}
	defer t.Close()
	w.report.Options = t.Options()
	if w.report.Training, err = t.Run(ctx); err != nil {
		return err
	}
	if !w.opts.OnlyBetter { // before it is measured, which takes a while, too
		if err := w.save(ctx, t); err != nil {
			return err
		}
		w.saved, w.opts.Replace = true, true
	}
	if err := w.measure(ctx, t); err != nil {
		return err
	}
	if w.saved && w.report.Verdict != NotMeasured && !w.opts.Train.Full || w.opts.OnlyBetter && w.report.Verdict == Better {
		if err := w.save(ctx, t); err != nil { // with the figures
			return err
		}
	}
	if err := os.Remove(w.opts.Train.Checkpoint); err != nil && !errors.Is(err, fs.ErrNotExist) {
		w.tools.Note("the checkpoint %s is no longer needed and could not be removed: %v", w.opts.Train.Checkpoint, err)
	}
	return nil
}

// explain says how to go on after an interruption.
func (w *work) explain(err error) error {
	if fault.CodeOf(err) != fault.Canceled && !errors.Is(err, context.Canceled) {
		return err
	}
	hint := "nothing was saved; the run had not begun"
	if w.saved {
		return fault.Wrap(fault.Canceled, err, "all steps are taken and the weights are in %s; measuring them was interrupted", w.opts.Where).
			WithHint("the same command with --resume measures them")
	}
	if w.report.Training != nil {
		return fault.Wrap(fault.Canceled, err, "all steps are taken; measuring what came of them was interrupted").
			WithHint("the weights are in %s; the same command with --resume measures them", w.opts.Train.Checkpoint)
	}
	if _, statErr := os.Stat(w.opts.Train.Checkpoint); statErr == nil {
		hint = "the state is in " + w.opts.Train.Checkpoint + "; go on with the same command and --resume"
	}
	return fault.Wrap(fault.Canceled, err, "training was interrupted").WithHint("%s", hint)
}

// findNegatives gives each pair some more of them than are used at once, so that epochs differ.
func (w *work) findNegatives(ctx context.Context) error {
	queries, err := w.base.of(ctx, embed.Query, w.splits.train.Queries)
	if err != nil {
		return err
	}
	docs, err := w.base.of(ctx, embed.Document, w.splits.train.Docs)
	if err != nil {
		return err
	}
	source := train.ByVectors{Queries: queries, Documents: docs, Count: 4 * w.opts.Train.HardNegatives, Margin: w.opts.NegativeMargin}
	return source.Fill(ctx, w.splits.train)
}

// Bounds of the dev split while training: it is encoded again for every look at it.
const (
	devQueries = 300
	devPool    = 500
)

func (w *work) querySide() bool { return w.opts.Train.Side == adapters.SideQuery }

func (w *work) job(ctx context.Context) (train.Job, error) {
	job := train.Job{Data: w.splits.train}
	if !w.querySide() {
		job.Data = job.Data.Subset(all, none) // tokenize no more than is used
	} else {
		job.Vectors = func(ctx context.Context, docs []dataset.Text) ([][]float32, error) {
			return w.base.of(ctx, embed.Document, docs)
		}
		var err error
		if job.VectorSpace, err = w.base.space(ctx, job.Data.Docs); err != nil {
			return job, err
		}
	}
	rng := rand.New(rand.NewPCG(w.opts.Train.Seed, 1)) //nolint:gosec // repeatable on purpose
	asked := first(rng.Perm(len(w.splits.dev.Queries)), devQueries)
	pool := first(rng.Perm(len(w.splits.dev.Docs)), devPool)
	if w.querySide() {
		pool = all // documents that do not change are encoded once
	}
	if dev := w.splits.dev.Subset(asked, pool).ByID(); len(dev.Queries) > 0 {
		byLoss, err := w.byLoss(ctx, dev)
		if err != nil {
			return job, err
		}
		w.report.DevMetric = Metrics()[0]
		if byLoss {
			w.report.DevMetric = devLoss
		}
		job.Score = func(ctx context.Context, encode train.Encode) (float64, error) {
			return w.score(ctx, dev, encode, byLoss)
		}
	}
	return job, nil
}

// score is the first metric on the dev split, or the negative loss.
func (w *work) score(ctx context.Context, dev *dataset.Dataset, encode train.Encode, byLoss bool) (float64, error) {
	queries, err := encode(ctx, embed.Query, dev.Queries)
	if err != nil {
		return 0, err
	}
	documents := encode
	if w.querySide() {
		documents = w.base.of
	}
	docs, err := documents(ctx, embed.Document, dev.Docs)
	if err != nil {
		return 0, err
	}
	if byLoss {
		return -lossOf(dev, queries, docs), nil
	}
	decides := Metrics()[0]
	report, _, err := evaluation.RunVectors(ctx, queries, docs, dev, evaluation.Options{Metrics: []string{decides}})
	if err != nil {
		return 0, err
	}
	return report.Metrics[decides], nil
}
