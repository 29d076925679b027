package training

// This file saves what was trained: an adapter with its card, or a model.

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"loradex/adapters"
	"loradex/embed/model"
	"loradex/embed/train"
	"loradex/internal/fault"
	"loradex/internal/machine"
)

// save keeps the result where the user wants it.
func (w *work) save(ctx context.Context, t *train.Trainer) error {
	if w.opts.Train.Full {
		return w.saveModel(t)
	}
	return w.write(ctx, t, w.opts.Where, w.opts.Replace)
}

// write makes the folder of the adapter.
func (w *work) write(ctx context.Context, t *train.Trainer, dir string, replace bool) error {
	card, err := w.card(ctx)
	if err != nil {
		return err
	}
	adapter, err := t.Adapter(card)
	if err != nil {
		return err
	}
	return adapters.Save(dir, adapter, adapters.SaveOptions{
		Sites: w.tools.Encoder.Sites(), Replace: replace, Dropout: w.opts.Train.Dropout,
	})
}

// card describes the adapter.
func (w *work) card(ctx context.Context) (adapters.Card, error) {
	m, r := w.tools.Encoder.Model(), w.report
	c := adapters.Card{
		Side: r.Side, BaseModel: m.Name, BaseDigest: m.BaseDigest(), Data: w.data.Name, Pairs: r.Pairs, Training: w.training(),
		Description: fmt.Sprintf("recipe %s, %s of rank %d, %d steps", r.Recipe, r.Method, w.opts.Train.Rank, r.Training.Best),
		Command:     w.opts.Command, Metrics: map[string]float64{},
	}
	if w.data.Language != "" {
		c.Languages = []string{w.data.Language}
	}
	if w.querySide() {
		space, err := w.tools.Encoder.Space(ctx, adapters.Mix{})
		if err != nil {
			return c, err
		}
		c.Space = space.ID
	}
	if d := r.Difference; d != nil {
		for name, v := range r.After.Metrics {
			c.Metrics[name] = v
		}
		c.Metrics[d.Metric+" before"] = r.Before.Metrics[d.Metric]
	}
	return c, nil
}

// training is what the run took, for the card or for the folder of a model.
func (w *work) training() *adapters.Training {
	r := w.report.Training
	t := &adapters.Training{
		Method: w.report.Method, Recipe: w.report.Recipe, Trainable: int64(r.Params), Total: int64(r.Total), Steps: r.Steps,
		Pairs: w.report.Pairs, Seconds: r.Seconds, PeakBytes: machine.ReadMemory().Peak, Seed: w.report.Options.Seed,
	}
	if r.Seconds > 0 {
		t.TokensPerS = float64(r.Tokens) / r.Seconds
	}
	return t
}

// saveModel writes a copy of the base's folder with the trained weights.
func (w *work) saveModel(t *train.Trainer) (err error) {
	where := w.opts.Where
	tmp, err := os.MkdirTemp(filepath.Dir(where), ".train-*")
	if err != nil {
		return fault.Wrap(fault.Unavailable, err, "%s cannot be written", where)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(tmp)) }()
	made := filepath.Join(tmp, "model")
	if err := t.SaveModel(made); err != nil {
		return err
	}
	if err := model.WriteTraining(made, w.training()); err != nil {
		return err
	}
	if err := model.Check(made); err != nil {
		return err
	}
	if _, err := os.Stat(where); err == nil {
		if err := os.Rename(where, filepath.Join(tmp, "replaced")); err != nil {
			return fault.Wrap(fault.Unavailable, err, "%s cannot be replaced", where)
		}
	}
	if err := os.Rename(made, where); err != nil {
		return fault.Wrap(fault.Unavailable, err, "%s cannot be put in place", where)
	}
	return nil
}
