package main

// This file gives training what it asks for (vectors that do not change, negatives, a score) and takes its result.

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"loradex/adapters"
	"loradex/embed"
	"loradex/embed/model"
	"loradex/embed/train"
	"loradex/evaluation"
	"loradex/internal/fault"
	"loradex/internal/machine"
	"loradex/workspace"
)

// trialName stands for the adapter that is being trained, before it has a place.
const trialName = "trained-just-now"

// trialSource finds the adapter that was just trained beside those of the library.
type trialSource struct {
	inner embed.AdapterSource
	dir   *adapters.Library // holds the trial; nil while there is none
}

// Resolve implements embed.AdapterSource.
func (t *trialSource) Resolve(ctx context.Context, m adapters.Mix) ([]adapters.Weighted, error) {
	return t.source(m).Resolve(ctx, m)
}

// MixDigest implements embed.AdapterSource.
func (t *trialSource) MixDigest(ctx context.Context, m adapters.Mix) (string, error) {
	return t.source(m).MixDigest(ctx, m)
}

func (t *trialSource) source(m adapters.Mix) embed.AdapterSource {
	if t.dir != nil && m.String() == trialName {
		return t.dir
	}
	return t.inner
}

// openTrainingEngine opens an encoder with a place for the adapter of the moment: all trainings of a command share it, one
// after another.
func (a *app) openTrainingEngine(ctx context.Context) (*workspace.Engine, error) {
	o, err := a.EncoderOptions(ctx)
	if err != nil {
		return nil, err
	}
	if a.trial == nil {
		a.trial = &trialSource{inner: o.Adapters}
	}
	o.Adapters = a.trial
	return a.OpenEngine(ctx, o)
}

// vectorMemo keeps vectors for the life of a command: the base's documents are ranked before and after.
type vectorMemo map[evaluation.VectorKey][]float32

// Get implements evaluation.VectorCache.
func (m vectorMemo) Get(_ context.Context, k evaluation.VectorKey) ([]float32, bool, error) {
	v, ok := m[k]
	return v, ok, nil
}

// Put implements evaluation.VectorCache.
func (m vectorMemo) Put(_ context.Context, k evaluation.VectorKey, v []float32) error {
	m[k] = v
	return nil
}

// baseKey is the place of a text's vector of the base.
func baseKey(role embed.Role, t train.Text) evaluation.VectorKey {
	space := "document/none"
	if role == embed.Query {
		space = "query/none/before"
	}
	return evaluation.VectorKey{Space: space, Text: sha256.Sum256([]byte(t.Text))}
}

// base encodes texts with the base, those that were encoded before not again.
func (w *trainWork) base(ctx context.Context, role embed.Role, texts []train.Text) ([][]float32, error) {
	key := func(t train.Text) evaluation.VectorKey { return baseKey(role, t) }
	bar := w.a.Progress
	defer bar.Done()
	if role == embed.Document {
		if err := w.fromIndex(ctx, texts); err != nil {
			return nil, err
		}
	}
	var rows []embed.Row
	var encoded []evaluation.VectorKey
	asked := map[evaluation.VectorKey]bool{}
	for _, t := range texts {
		if k := key(t); w.cache[k] == nil && !asked[k] {
			asked[k] = true
			rows, encoded = append(rows, embed.Row{Text: t.Text, Role: role}), append(encoded, k)
		}
	}
	const slice = 512
	for from := 0; from < len(rows); from += slice {
		part := rows[from:min(from+slice, len(rows))]
		vectors, err := w.eng.Encoder.Encode(ctx, part)
		if err != nil {
			return nil, err
		}
		for i, v := range vectors {
			w.cache[encoded[from+i]] = v
		}
		bar.Set("encode", from+len(part), len(rows), "")
	}
	out := make([][]float32, len(texts))
	for i, t := range texts {
		out[i] = w.cache[key(t)]
	}
	return out, nil
}

// fromIndex takes the vectors of documents from the index, where there is one and it holds them.
func (w *trainWork) fromIndex(ctx context.Context, texts []train.Text) error {
	if w.indexed == nil {
		return nil
	}
	var missing []string
	var keys []evaluation.VectorKey
	for _, t := range texts {
		if k := baseKey(embed.Document, t); w.cache[k] == nil {
			missing, keys = append(missing, t.Text), append(keys, k)
		}
	}
	vectors, err := w.indexed(ctx, missing)
	if err != nil {
		return err
	}
	for i, v := range vectors {
		if v != nil {
			w.cache[keys[i]], w.taken[keys[i]] = v, true
		}
	}
	return nil
}

func (w *trainWork) mineNegatives(ctx context.Context) error {
	queries, err := w.base(ctx, embed.Query, w.splits.train.Queries)
	if err != nil {
		return err
	}
	docs, err := w.base(ctx, embed.Document, w.splits.train.Documents)
	if err != nil {
		return err
	}
	// Some more than are used at once, so that epochs differ.
	source := train.ByVectors{Queries: queries, Documents: docs, Count: 4 * w.flags.hardNegatives, Margin: w.flags.negativeMargin}
	return source.Negatives(ctx, w.splits.train)
}

// Bounds of the dev split while training: it is encoded again for every look at it.
const (
	devQueries = 300
	devPool    = 500
)

func (w *trainWork) job(ctx context.Context) (train.Job, error) {
	data := w.splits.train
	if w.opts.Side != adapters.SideQuery {
		data = subset(data, func(train.Example) bool { return true }, func(int) bool { return false }) // tokenize no more than is used
	}
	job := train.Job{Data: data}
	if w.opts.Side == adapters.SideQuery {
		job.Vectors = func(ctx context.Context, docs []train.Text) ([][]float32, error) {
			return w.base(ctx, embed.Document, docs)
		}
		var err error
		if job.VectorSpace, err = w.vectorSpace(ctx, data.Documents); err != nil {
			return job, err
		}
	}
	rng := rand.New(rand.NewPCG(w.opts.Seed, 1)) //nolint:gosec // repeatable on purpose
	asked := map[int]bool{}
	for i, q := range rng.Perm(len(w.splits.dev.Queries)) {
		asked[q] = i < devQueries
	}
	pool := map[int]bool{}
	for i, d := range rng.Perm(len(w.splits.dev.Documents)) {
		pool[d] = i < devPool || w.opts.Side == adapters.SideQuery // documents that do not change are encoded once
	}
	dev := subset(w.splits.dev, func(e train.Example) bool { return asked[e.Query] }, func(d int) bool { return pool[d] })
	if len(dev.Examples) > 0 {
		job.Score = func(ctx context.Context, encode train.Encode) (float64, error) { return w.score(ctx, dev, encode) }
	}
	return job, nil
}

// vectorSpace says which space documents that do not change have their vectors in, and how many of them an index gave: both
// are other ones when it was made again with other settings.
func (w *trainWork) vectorSpace(ctx context.Context, docs []train.Text) (string, error) {
	space, err := w.eng.Encoder.Space(ctx, adapters.Mix{})
	if err != nil || w.indexed == nil {
		return "space " + space.ID, err
	}
	if err := w.fromIndex(ctx, docs); err != nil {
		return "", err
	}
	given := 0
	for _, d := range docs {
		if w.taken[baseKey(embed.Document, d)] {
			given++
		}
	}
	return fmt.Sprintf("space %s, %d of them from the index", space.ID, given), nil
}

// score is MRR@10 on the dev split.
func (w *trainWork) score(ctx context.Context, dev *train.Set, encode train.Encode) (float64, error) {
	queries, err := encode(ctx, embed.Query, dev.Queries)
	if err != nil {
		return 0, err
	}
	var docs [][]float32
	if w.opts.Side == adapters.SideQuery {
		docs, err = w.base(ctx, embed.Document, dev.Documents)
	} else {
		docs, err = encode(ctx, embed.Document, dev.Documents)
	}
	if err != nil {
		return 0, err
	}
	return train.MRR(dev, queries, docs, 10), nil
}

// evaluate measures the test split before and after.
func (w *trainWork) evaluate(ctx context.Context, report *trainReport, t *train.Trainer) error {
	if w.flags.noEval || len(w.splits.test.Examples) == 0 {
		report.Verdict = "not measured"
		return nil
	}
	enc, mix := evaluation.Encoder(w.eng.Encoder), adapters.Mix{}
	if w.opts.Full {
		enc = stateEncoder{t}
	} else {
		if err := w.saveTrial(t, report); err != nil {
			return err
		}
		var err error
		if mix, err = adapters.ParseMix(trialName); err != nil {
			return err
		}
	}
	before, b, err := w.measure(ctx, w.splits.test, w.splits.testIs, w.eng.Encoder, adapters.Mix{}, adapters.Mix{}, "before")
	if err != nil {
		return err
	}
	docMix := mix
	if w.opts.Side == adapters.SideQuery {
		docMix = adapters.Mix{}
	}
	after, r, err := w.measure(ctx, w.splits.test, w.splits.testIs, enc, mix, docMix, "after")
	if err != nil {
		return err
	}
	after.Adapter = report.Adapter
	if !docMix.IsBase() || w.opts.Full {
		after.DocAdapter = report.Adapter
	}
	report.Before, report.After = before, after
	if report.Difference, err = compareResults(b, r); err != nil {
		return err
	}
	report.Verdict = verdict(report.Difference)
	return nil
}

// verdict says plainly what the figures mean.
func verdict(d *difference) string {
	switch {
	case d.better():
		return "better"
	case d.CI95[1] < 0 && d.P < 0.05:
		return "worse"
	}
	return "no difference that is beyond chance"
}

// stateEncoder encodes with the present state of a training.
type stateEncoder struct{ t *train.Trainer }

// Encode implements evaluation.Encoder.
func (s stateEncoder) Encode(ctx context.Context, rows []embed.Row) ([][]float32, error) {
	texts := make([]train.Text, len(rows))
	for i, r := range rows {
		texts[i].Text = r.Text
	}
	return s.t.Encode(ctx, rows[0].Role, texts)
}

// card describes the adapter.
func (w *trainWork) card(ctx context.Context, report *trainReport) (adapters.Card, error) {
	m := w.eng.Encoder.Model()
	c := adapters.Card{
		Side: w.opts.Side, BaseModel: m.Name, BaseDigest: m.BaseDigest(), Data: w.data.name, Pairs: report.Pairs,
		Description: fmt.Sprintf("recipe %s, %s of rank %d, %d steps", report.Recipe, report.Method, w.opts.Rank, report.Training.Best),
		Command:     strings.Join(append([]string{"loradex"}, w.a.args...), " "), Metrics: map[string]float64{},
	}
	c.Training = w.training(report)
	if w.data.language != "" {
		c.Languages = []string{w.data.language}
	}
	if w.opts.Side == adapters.SideQuery {
		space, err := w.eng.Encoder.Space(ctx, adapters.Mix{})
		if err != nil {
			return c, err
		}
		c.Space = space.ID
	}
	if d := report.Difference; d != nil {
		for name, v := range report.After.Metrics {
			c.Metrics[name] = v
		}
		c.Metrics[d.Metric+" before"] = report.Before.Metrics[d.Metric]
	}
	return c, nil
}

// training is what the run took, for the card or for the folder of a model.
func (w *trainWork) training(report *trainReport) *adapters.Training {
	r := report.Training
	t := &adapters.Training{
		Method: report.Method, Recipe: report.Recipe, Trainable: int64(r.Params), Total: int64(r.Total), Steps: r.Steps,
		Pairs: report.Pairs, Seconds: r.Seconds, PeakBytes: machine.ReadMemory().Peak, Seed: report.Options.Seed,
	}
	if r.Seconds > 0 {
		t.TokensPerS = float64(r.Tokens) / r.Seconds
	}
	return t
}

// saveTrial puts the adapter into a temporary library, from which it is measured.
func (w *trainWork) saveTrial(t *train.Trainer, report *trainReport) error {
	dir, err := os.MkdirTemp("", "loradex-train-*")
	if err != nil {
		return fault.Wrap(fault.Unavailable, err, "a temporary folder")
	}
	w.a.OnClose(func() error { return os.RemoveAll(dir) })
	card, err := w.card(context.Background(), report)
	if err != nil {
		return err
	}
	if err := w.write(t, card, filepath.Join(dir, trialName), false); err != nil {
		return err
	}
	lib, err := adapters.OpenLibrary(dir, adapters.LibraryOptions{})
	if err != nil {
		return err
	}
	w.a.OnClose(lib.Close)
	w.a.trial.dir = lib
	return nil
}

func (w *trainWork) write(t *train.Trainer, card adapters.Card, dir string, replace bool) error {
	adapter, err := t.Adapter(card)
	if err != nil {
		return err
	}
	return adapters.Save(dir, adapter, adapters.SaveOptions{
		Sites: w.eng.Encoder.Sites(), Replace: replace, Dropout: w.opts.Dropout,
	})
}

// save keeps the result where the user wants it.
func (w *trainWork) save(t *train.Trainer, report *trainReport) error {
	if w.opts.Full {
		return w.saveModel(t, report)
	}
	card, err := w.card(context.Background(), report)
	if err != nil {
		return err
	}
	return w.write(t, card, report.Where, w.flags.replace)
}

// saveModel writes a copy of the base's folder with the trained weights.
func (w *trainWork) saveModel(t *train.Trainer, report *trainReport) (err error) {
	where := report.Where
	tmp, err := os.MkdirTemp(filepath.Dir(where), ".train-*")
	if err != nil {
		return fault.Wrap(fault.Unavailable, err, "%s cannot be written", where)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(tmp)) }()
	made := filepath.Join(tmp, "model")
	if err := t.SaveModel(made); err != nil {
		return err
	}
	if err := model.WriteTraining(made, w.training(report)); err != nil {
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
