package compare

// This file picks the queries that a system loses and wins the most, and shows what was found for them.

import (
	"context"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"loradex/evaluation"
	"loradex/evaluation/runfile"
	"loradex/internal/dataset"
	"loradex/internal/fault"
)

// maxExampleText is where texts of examples are cut, in runes.
const maxExampleText = 240

// examples fills in the losses and gains of the other systems of a set: the largest, by the change of the reciprocal rank of the
// first relevant document.
func (b *builder) examples(ctx context.Context, set *Set, reference *cell, others []*cell) error {
	wanted := map[string]bool{}
	for _, c := range others {
		losses, gains := Extremes(outcomes(reference.Queries, c.Queries), b.o.Examples)
		c.result.Losses, c.result.Gains = examplesOf(losses), examplesOf(gains)
		maps.Copy(wanted, c.result.moved())
	}
	if len(wanted) == 0 {
		return nil
	}
	data, err := b.o.Data(set.Name, set.Split)
	if err != nil {
		return err
	}
	if data == nil {
		data = &dataset.Dataset{} // nobody has the texts
	}
	before, err := hitsOf(ctx, reference, wanted)
	if err != nil {
		return err
	}
	for _, c := range others {
		own := c.result.moved()
		if len(own) == 0 {
			continue
		}
		after, err := hitsOf(ctx, c, own)
		if err != nil {
			return err
		}
		for _, list := range [][]Example{c.result.Losses, c.result.Gains} {
			for i := range list {
				x := &list[i]
				if q, ok := data.QueryIndex(x.Query); ok {
					x.Text = cut(data.Queries[q].Text)
				}
				x.BeforeHits = b.hits(data, x.Query, x.Before, before[x.Query])
				x.AfterHits = b.hits(data, x.Query, x.After, after[x.Query])
			}
		}
	}
	return nil
}

func examplesOf(moved []QueryOutcome) []Example {
	var out []Example
	for _, q := range moved {
		out = append(out, Example{Query: q.Query, Before: q.Before, After: q.After})
	}
	return out
}

// moved are the queries of a result's examples.
func (r *Result) moved() map[string]bool {
	out := map[string]bool{}
	for _, x := range slices.Concat(r.Losses, r.Gains) {
		out[x.Query] = true
	}
	return out
}

// hitsOf reads the rankings of some queries. An evaluation without its run file has none to show.
func hitsOf(ctx context.Context, e *cell, queries map[string]bool) (map[string][]runfile.Hit, error) {
	run, err := runfile.OpenQueries(ctx, filepath.Join(e.Dir, evaluation.RunFile), queries)
	if fault.CodeOf(err) == fault.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return run.Rankings, nil
}

// hits shows the first documents of a ranking; first is the rank of the first relevant one.
func (b *builder) hits(data *dataset.Dataset, query string, first int, ranking []runfile.Hit) []Hit {
	var out []Hit
	for i, hit := range ranking[:min(b.o.Hits, len(ranking))] {
		h := Hit{Doc: hit.Doc, Relevant: i+1 == first}
		if len(data.Docs) > 0 {
			h.Relevant = false
			q, asked := data.QueryIndex(query)
			if d, ok := data.DocIndex(hit.Doc); ok {
				h.Text = cut(data.Docs[d].Text)
				h.Relevant = asked && slices.ContainsFunc(data.Judgements[q], func(j dataset.Judgement) bool { return j.Doc == d && j.Relevant() })
			}
		}
		out = append(out, h)
	}
	return out
}

// cut shortens a text to what a reader takes in.
func cut(text string) string {
	text = strings.TrimSpace(text)
	n := 0
	for i := range text {
		if n++; n > maxExampleText {
			return text[:i] + "…"
		}
	}
	return text
}
