package main

// This file runs the trainings that `loradex train` asks for.

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"loradex/embed"
	"loradex/embed/train"
	"loradex/evaluation/training"
	"loradex/internal/fault"
)

func (a *app) train(ctx context.Context, f trainFlags, o train.Options) error {
	tasks, err := a.trainTasks(ctx, f, o.Seed)
	if err != nil {
		return err
	}
	reports := []*training.Report{}
	for _, t := range tasks {
		task, own := f, o
		if f.perLanguage {
			suffix := "-" + strings.NewReplacer("+", "p", "#", "sharp").Replace(t.Language)
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
	switch {
	case !a.flags.json:
		return nil
	case f.perLanguage:
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
	checkpoint := o.Checkpoint
	if checkpoint == "" {
		checkpoint = training.CheckpointBeside(where)
	}
	if _, err := os.Stat(checkpoint); err == nil {
		return false, nil
	}
	o.Resume = false
	return !f.replace && isDir(where), nil
}

// indexedVectors gives the base's vectors that an index holds of texts.
type indexedVectors func(ctx context.Context, base embed.Space, texts []string) ([][]float32, error)

// trainOne trains one adapter; one that takes vectors from an index is saved only where it helps.
func (a *app) trainOne(ctx context.Context, f trainFlags, o train.Options, data training.Data, indexed indexedVectors) (*training.Report, error) {
	where, err := a.trainPlace(f)
	if err != nil {
		return nil, err
	}
	opts := training.Options{
		Name: f.out, Where: where, Replace: f.replace, Recipe: f.recipe, Train: o, Limit: f.limit,
		Command:       strings.Join(append([]string{"loradex"}, a.args...), " "),
		HardNegatives: f.hardNegatives, NegativeMargin: f.negativeMargin, Unmeasured: f.noEval, OnlyBetter: indexed != nil,
	}
	if err := opts.Check(); err != nil { // before the encoder is started
		return nil, err
	}
	eo, err := a.EncoderOptions(ctx)
	if err != nil {
		return nil, err
	}
	if a.trial == nil {
		a.trial = training.NewTrial(eo.Adapters)
	}
	eo.Adapters = a.trial
	eng, err := a.OpenEngine(ctx, eo)
	if err != nil {
		return nil, err
	}
	defer a.Progress.Done()
	return training.Run(ctx, data, training.Tools{
		Encoder: eng.Encoder, Trial: a.trial, Indexed: indexed, Note: a.Note, Step: a.showStep(),
		Progress: func(what string, done, total int) { a.Progress.Set(what, done, total, "") },
	}, opts)
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
