package training

// This file measures the test split before and after.

import (
	"context"
	"errors"

	"loradex/adapters"
	"loradex/embed"
	"loradex/embed/train"
	"loradex/evaluation"
	"loradex/internal/dataset"
)

// What the two measurements are called.
const (
	before = "before"
	after  = "after"
)

func (w *work) measure(ctx context.Context, t *train.Trainer) (err error) {
	if w.opts.Unmeasured || len(w.splits.test.Queries) == 0 {
		w.report.Verdict = NotMeasured
		return nil
	}
	enc, query := evaluation.Encoder(w.tools.Encoder), adapters.Mix{}
	if w.opts.Train.Full {
		enc = stateEncoder{t}
	} else {
		var done func() error
		if query, done, err = w.tools.Trial.hold(func(dir string) error { return w.write(ctx, t, dir, false) }); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, done()) }()
	}
	doc := query
	if w.querySide() {
		doc = adapters.Mix{}
	}
	was, old, err := w.rank(ctx, w.tools.Encoder, adapters.Mix{}, adapters.Mix{}, before)
	if err != nil {
		return err
	}
	is, now, err := w.rank(ctx, enc, query, doc, after)
	if err != nil {
		return err
	}
	r := w.report
	is.Adapter = r.Adapter
	if !doc.IsBase() || w.opts.Train.Full {
		is.DocAdapter = r.Adapter
	}
	list, err := differences(old.Values, now.Values)
	if err != nil {
		return err
	}
	r.Before, r.After, r.Difference, r.Differences = was, is, &list[0], list
	r.Verdict = verdictOf(list)
	return nil
}

// rank ranks the test split with a mix on each side. The reports are of the whole split, and of what is called by its name.
func (w *work) rank(ctx context.Context, enc evaluation.Encoder, query, doc adapters.Mix, when string) (*evaluation.Report, *evaluation.Result, error) {
	ds := *w.splits.test.ByID()
	ds.Name, ds.Split, ds.Digest = w.data.Name, dataset.Split(w.splits.testIs), ""
	m := w.tools.Encoder
	o := evaluation.Options{
		Metrics: Metrics(), Adapter: query, DocAdapter: doc, Model: m.Model().Name, MaxTokens: m.MaxTokens(),
		QuerySpace: spaceOf(embed.Query, query, when), DocSpace: spaceOf(embed.Document, doc, when),
		Progress: func(p evaluation.Progress) { w.tools.Progress(when+" "+string(p.Stage), p.Done, p.Total, "") },
	}
	if doc.IsBase() && enc == evaluation.Encoder(m) {
		o.Cache = w.base
	}
	report, result, err := evaluation.Run(ctx, enc, &ds, o)
	if err != nil {
		return nil, nil, err
	}
	report.GroupedBy, report.Groups, report.Macro = "", nil, nil
	return report, result, nil
}

// stateEncoder encodes with the present state of a training.
type stateEncoder struct{ t *train.Trainer }

// Encode implements evaluation.Encoder.
func (s stateEncoder) Encode(ctx context.Context, rows []embed.Row) ([][]float32, error) {
	texts := make([]dataset.Text, len(rows))
	for i, r := range rows {
		texts[i].Text = r.Text
	}
	return s.t.Encode(ctx, rows[0].Role, texts)
}
