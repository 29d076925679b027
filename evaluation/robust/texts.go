package robust

import (
	"context"

	"loradex/evaluation/perturb"
	"loradex/internal/dataset"
)

// condition is a data set after one perturbation.
type condition struct {
	name          string
	docs, queries []dataset.Text
	moved         []bool // texts that differ from the original: of queries or of docs
	ofQueries     bool
}

// perturbAll makes all conditions, the texts as they are first, and counts outcomes.
func perturbAll(ctx context.Context, ds *dataset.Dataset, o Options, report *Report) ([]condition, error) {
	all := []condition{{name: None, docs: ds.Docs, queries: ds.Queries}}
	for _, k := range o.Perturb {
		c := condition{name: string(k), docs: ds.Docs, queries: ds.Queries, ofQueries: k.OfQueries()}
		from := ds.Docs
		if c.ofQueries {
			from = ds.Queries
		}
		texts := make([]dataset.Text, len(from))
		c.moved = make([]bool, len(from))
		counts := map[perturb.Outcome]int{}
		for i, t := range from {
			if i%256 == 0 {
				if err := ctx.Err(); err != nil {
					return nil, err
				}
				o.Progress(string(k), i, len(from))
			}
			r, err := change(ctx, k, t, o.Text)
			if err != nil {
				return nil, err
			}
			counts[r.Outcome]++
			c.moved[i] = r.Text != t.Text
			t.Text = r.Text
			texts[i] = t
			if c.moved[i] {
				report.changed[k] = append(report.changed[k], t)
			}
		}
		if c.ofQueries {
			c.queries = texts
		} else {
			c.docs = texts
		}
		report.Texts[k] = counts
		all = append(all, c)
	}
	return all, nil
}

// change perturbs one text.
func change(ctx context.Context, k perturb.Kind, t dataset.Text, o perturb.Options) (perturb.Result, error) {
	if !k.OfQueries() {
		return perturb.Document(ctx, k, t.Language, t.Text, o)
	}
	text, err := perturb.Query(k, t.Text, o)
	if err != nil {
		return perturb.Result{}, err
	}
	if text == t.Text {
		return perturb.Result{Text: text, Outcome: perturb.Unchanged}, nil
	}
	return perturb.Result{Text: text, Outcome: perturb.Changed}, nil
}
