package summary

// This file picks the queries that a system loses and wins the most, and shows what was found for them.

import (
	"context"
	"path/filepath"
	"strings"

	"loradex/evaluation"
	"loradex/evaluation/runfile"
	"loradex/internal/dataset"
	"loradex/internal/fault"
)

// maxExampleText is where texts of examples are cut, in runes.
const maxExampleText = 240

// examples fills in the losses and gains of the other systems of a set.
func (b *builder) examples(ctx context.Context, set *Set, reference *Evaluation, others []*Evaluation) error {
	wanted := map[string]bool{}
	for _, e := range others {
		r := b.results[e]
		r.Losses, r.Gains = b.extremes(reference, e)
		for _, list := range [][]Example{r.Losses, r.Gains} {
			for _, x := range list {
				wanted[x.Query] = true
			}
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	data, err := b.o.Data(set.Name, set.Split)
	if err != nil {
		return err
	}
	before, err := hitsOf(ctx, reference, wanted)
	if err != nil {
		return err
	}
	for _, e := range others {
		r := b.results[e]
		mine := map[string]bool{}
		for _, list := range [][]Example{r.Losses, r.Gains} {
			for _, x := range list {
				mine[x.Query] = true
			}
		}
		if len(mine) == 0 {
			continue
		}
		after, err := hitsOf(ctx, e, mine)
		if err != nil {
			return err
		}
		for _, list := range [][]Example{r.Losses, r.Gains} {
			for i := range list {
				x := &list[i]
				x.Text = queryText(data, x.Query)
				x.BeforeHits = b.hits(data, x.Query, x.Before, before[x.Query])
				x.AfterHits = b.hits(data, x.Query, x.After, after[x.Query])
			}
		}
	}
	return nil
}

// extremes lists the largest losses and gains, by the change of the reciprocal rank of the first relevant document.
func (b *builder) extremes(reference, e *Evaluation) (losses, gains []Example) {
	lost, won := runfile.Extremes(runfile.Outcomes(reference.Queries, e.Queries), b.o.Examples)
	for _, c := range lost {
		losses = append(losses, Example{Query: c.Query, Before: c.Before, After: c.After})
	}
	for _, c := range won {
		gains = append(gains, Example{Query: c.Query, Before: c.Before, After: c.After})
	}
	return losses, gains
}

// hitsOf reads the rankings of some queries. An evaluation without its run file has none to show.
func hitsOf(ctx context.Context, e *Evaluation, queries map[string]bool) (map[string][]runfile.Hit, error) {
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
		if data != nil {
			h.Text, h.Relevant = docText(data, hit.Doc), isRelevant(data, query, hit.Doc)
		}
		out = append(out, h)
	}
	return out
}

func queryText(data *dataset.Dataset, id string) string {
	if data == nil {
		return ""
	}
	if i, ok := data.QueryIndex(id); ok {
		return cut(data.Queries[i].Text)
	}
	return ""
}

func docText(data *dataset.Dataset, id string) string {
	if i, ok := data.DocIndex(id); ok {
		return cut(data.Docs[i].Text)
	}
	return ""
}

func isRelevant(data *dataset.Dataset, query, doc string) bool {
	q, okQ := data.QueryIndex(query)
	d, okD := data.DocIndex(doc)
	if !okQ || !okD {
		return false
	}
	for _, j := range data.Judgements[q] {
		if j.Doc == d {
			return j.Grade > 0
		}
	}
	return false
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
