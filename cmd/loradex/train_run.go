package main

// This file runs a training: data, steps, the saved adapter, and what it brings.

import (
	"cmp"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"

	"loradex/adapters"
	"loradex/embed/runtime"
	"loradex/embed/train"
	"loradex/evaluation"
	"loradex/evaluation/significance"
	"loradex/internal/fault"
	"loradex/internal/machine"
	"loradex/workspace"
)

// trainReport is what `train --json` prints for one adapter; `train` prints a list of them with --per-language.
type trainReport struct {
	Adapter    string             `json:"adapter"`
	Where      string             `json:"where"` // folder
	Data       string             `json:"data"`
	Language   string             `json:"language,omitempty"`
	Recipe     string             `json:"recipe"`
	Method     string             `json:"method"`
	Side       adapters.Side      `json:"side"`
	Pairs      int                `json:"pairs"`
	DevSplit   string             `json:"dev_split"`
	TestSplit  string             `json:"test_split"`
	Options    train.Options      `json:"options"`
	Training   *train.Result      `json:"training"`
	Before     *evaluation.Report `json:"before,omitempty"`
	After      *evaluation.Report `json:"after,omitempty"`
	Difference *difference        `json:"difference,omitempty"`
	Verdict    string             `json:"verdict"`
	PeakBytes  int64              `json:"peak_bytes"`
	Seconds    float64            `json:"seconds"`
}

// difference is what an adapter changes in the first metric, query by query.
type difference struct {
	Metric string `json:"metric"`
	significance.Difference
}

// better tells whether the adapter helps beyond chance.
func (d *difference) better() bool { return d.CI95[0] > 0 && d.P < 0.05 }

func (a *app) train(ctx context.Context, f trainFlags, o train.Options) error {
	tasks, err := a.trainTasks(ctx, f, o.Seed)
	if err != nil {
		return err
	}
	for _, t := range tasks {
		if t.report != nil && !a.flags.json {
			a.showMined(t.report)
			break
		}
	}
	reports := []*trainReport{}
	for _, t := range tasks {
		task, own := f, o
		if f.perLanguage {
			suffix := "-" + strings.NewReplacer("+", "p", "#", "sharp").Replace(t.language)
			if task.out += suffix; own.Checkpoint != "" {
				own.Checkpoint += suffix
			}
			done, err := a.resumeLanguage(task, &own)
			if err != nil {
				return err
			}
			if done {
				a.Note("%s is there already; it is not trained again", task.out)
				continue
			}
		}
		r, err := a.trainOne(ctx, task, own, t, nil)
		if err != nil {
			return err
		}
		reports = append(reports, r)
		if !a.flags.json {
			a.showTrained(r)
		}
	}
	if !a.flags.json {
		return nil
	}
	if f.perLanguage {
		return a.printJSON(reports)
	}
	return a.printJSON(reports[0])
}

// resumeLanguage says where --resume finds one of several languages: finished, interrupted with a checkpoint, or not begun.
// With --replace it is not known whether an adapter is of this run: it is then trained again.
func (a *app) resumeLanguage(f trainFlags, o *train.Options) (done bool, err error) {
	if !o.Resume {
		return false, nil
	}
	where, err := a.trainPlace(f)
	if err != nil {
		return false, err
	}
	if _, err := os.Stat(cmp.Or(o.Checkpoint, where+".checkpoint")); err == nil {
		return false, nil
	}
	o.Resume = false
	return !f.replace && isDir(where), nil
}

// trainOne trains one adapter and saves it. adjust, if not nil, changes the work before it begins.
func (a *app) trainOne(ctx context.Context, f trainFlags, o train.Options, data trainData, adjust func(*trainWork)) (*trainReport, error) {
	start := time.Now()
	where, err := a.trainTarget(f)
	if err != nil {
		return nil, err
	}
	s, err := data.read(ctx, f.limit, o.Seed)
	if err != nil {
		return nil, err
	}
	eng, err := a.openTrainingEngine(ctx)
	if err != nil {
		return nil, err
	}
	if o.Checkpoint == "" {
		o.Checkpoint = where + ".checkpoint"
	}
	w := &trainWork{a: a, eng: eng, flags: f, opts: o, data: data, splits: s, cache: vectorMemo{}, taken: map[evaluation.VectorKey]bool{}}
	report := &trainReport{
		Adapter: f.out, Where: where, Data: data.name, Language: data.language, Recipe: f.recipe, Method: o.Method, Side: o.Side,
		Pairs: len(s.train.Examples), DevSplit: s.devIs, TestSplit: s.testIs, Options: o,
	}
	if report.Method == "" {
		report.Method = "lora"
		if o.Full {
			report.Method = "full"
		}
	}
	if adjust != nil {
		adjust(w)
	}
	if err := w.run(ctx, report); err != nil {
		return nil, w.explain(err)
	}
	report.Seconds = time.Since(start).Seconds()
	report.PeakBytes = machine.ReadMemory().Peak
	return report, nil
}

// trainPlace is the folder of the result.
func (a *app) trainPlace(f trainFlags) (string, error) {
	switch {
	case f.inLibrary() && f.full:
		return filepath.Join(a.Home.Models(), f.out), nil
	case f.inLibrary():
		return filepath.Join(a.Home.Adapters(), f.out), nil
	}
	where, err := filepath.Abs(f.out)
	if err != nil {
		return "", fault.Wrap(fault.Unavailable, err, "--out")
	}
	return where, nil
}

// trainTarget is the folder of the result; it is looked at before an hour of work, not after.
func (a *app) trainTarget(f trainFlags) (string, error) {
	where, err := a.trainPlace(f)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(where), 0o755); err != nil { //nolint:gosec // as other folders of the user
		return "", fault.Wrap(fault.Unavailable, err, "the folder of --out cannot be made")
	}
	if f.full {
		if _, err := os.Stat(where); err == nil && !f.replace {
			return "", fault.New(fault.Conflict, "%s exists already", where).WithHint("give another --out, or --replace")
		}
		return where, nil
	}
	return where, adapters.CanSave(where, f.replace)
}

// trainWork is one training with what it needs.
type trainWork struct {
	a      *app
	eng    *workspace.Engine
	flags  trainFlags
	opts   train.Options
	data   trainData
	splits splits
	cache  vectorMemo
	// taken is which of the cached vectors an index gave.
	taken map[evaluation.VectorKey]bool
	// keep decides whether the result is saved; nil: always.
	keep func(*trainReport) bool
	// indexed gives the vectors that an index holds of texts, nil where it has none; nil itself without an index.
	indexed func(ctx context.Context, texts []string) ([][]float32, error)
}

// run trains, measures the base and the result, and saves it.
func (w *trainWork) run(ctx context.Context, report *trainReport) error {
	if w.flags.hardNegatives > 0 {
		if err := w.mineNegatives(ctx); err != nil {
			return err
		}
	}
	bar := w.a.Progress
	defer bar.Done()
	w.opts.Progress = w.showStep(bar)
	if w.opts.Precision == train.FP16 && w.eng.Env.Device() == runtime.CPU {
		w.a.Note("half precision is for GPUs: a CPU computes it in float32, with more work around it, and is slower than with --precision fp32")
	}
	job, err := w.job(ctx)
	if err != nil {
		return err
	}
	t, err := train.New(ctx, w.eng.Encoder, job, w.opts)
	if err != nil {
		return err
	}
	defer t.Close()
	report.Options = t.Options()
	if report.Training, err = t.Run(ctx); err != nil {
		return err
	}
	bar.Done()
	if err := w.evaluate(ctx, report, t); err != nil {
		return err
	}
	if w.keep == nil || w.keep(report) {
		if err := w.save(t, report); err != nil {
			return err
		}
	}
	if err := os.Remove(w.opts.Checkpoint); err != nil && !errors.Is(err, os.ErrNotExist) {
		w.a.Note("the checkpoint %s is no longer needed and could not be removed: %v", w.opts.Checkpoint, err)
	}
	return nil
}

// explain says how to go on after an interruption.
func (w *trainWork) explain(err error) error {
	if fault.CodeOf(err) != fault.Canceled && !errors.Is(err, context.Canceled) {
		return err
	}
	hint := "nothing was saved; the run had not begun"
	if _, statErr := os.Stat(w.opts.Checkpoint); statErr == nil {
		hint = "the state is in " + w.opts.Checkpoint + "; go on with the same command and --resume"
	}
	return fault.Wrap(fault.Canceled, err, "training was interrupted").WithHint("%s", hint)
}

// measure ranks a split with a mix.
func (w *trainWork) measure(ctx context.Context, set *train.Set, split string, enc evaluation.Encoder, query, doc adapters.Mix, what string) (*evaluation.Report, *evaluation.Result, error) {
	bar := w.a.Progress
	defer bar.Done()
	o := evaluation.Options{
		Metrics: trainMetrics(), Adapter: query, DocAdapter: doc, Model: w.eng.Encoder.Model().Name, MaxTokens: w.eng.Encoder.MaxTokens(),
		Progress:   func(p evaluation.Progress) { bar.Set(what+" "+string(p.Stage), p.Done, p.Total, "") },
		QuerySpace: "query/" + query.String() + "/" + what, DocSpace: "document/" + doc.String(),
	}
	if doc.IsBase() && enc == evaluation.Encoder(w.eng.Encoder) {
		o.Cache = w.cache
	}
	return evaluation.Run(ctx, enc, asDataset(w.data.name, split, set), o)
}

// compareResults tests two results of the same queries.
func compareResults(before, after *evaluation.Result) (*difference, error) {
	metric := trainMetrics()[0]
	d, err := significance.Paired(before.Values(metric), after.Values(metric), significance.Options{})
	if err != nil {
		return nil, err
	}
	return &difference{metric, d}, nil
}
