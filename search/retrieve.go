package search

import (
	"context"
	"time"
)

// This file runs the rankings of a prepared query and turns what they found into hits.

func (q *query) run(ctx context.Context) ([]Hit, error) {
	rankings, err := q.rank(ctx)
	if err != nil {
		return nil, err
	}
	list := fuse(rankings, q.opts.RRFK)
	hits, err := q.hits(ctx, list, len(rankings) == 1)
	if err != nil {
		return nil, err
	}
	hits, folded := fold(hits, q.r.K)
	if q.answer.Explain != nil {
		q.answer.Explain.Folded = folded
	}
	if err := q.addDense(ctx, hits); err != nil {
		return nil, err
	}
	return hits, nil
}

// rank runs each search that the mode asks for.
func (q *query) rank(ctx context.Context) ([]ranking, error) {
	var rankings []ranking
	start := time.Now()
	if q.answer.Explain != nil {
		q.answer.Explain.Spaces = q.answer.Explain.Spaces[:0]
	}
	for _, t := range q.targets {
		filter := q.r.Filter
		if t.languages != nil {
			filter.Languages = t.languages
		}
		hits, err := q.reader.Dense(ctx, t.state.Space.ID, t.vector, filter, q.r.Depth, q.r.Exact)
		if err != nil {
			return nil, err
		}
		rankings = append(rankings, ranking{target: t, weight: 1, hits: hits})
	}
	if q.byLang && len(rankings) > 1 {
		merge(rankings, q.opts.Merge)
	}
	q.explainSpaces(rankings)
	if len(q.targets) > 0 {
		q.answer.Took.Dense = since(start)
	}
	if q.answer.Mode == Dense {
		return rankings, nil
	}
	start = time.Now()
	hits, err := q.reader.Lexical(ctx, q.text, q.r.Filter, q.r.Depth)
	if err != nil {
		return nil, err
	}
	q.answer.Took.Lexical = since(start)
	return append(rankings, ranking{weight: q.opts.LexicalWeight, hits: hits}), nil
}

// explainSpaces says what each space was asked, and what it found.
func (q *query) explainSpaces(rankings []ranking) {
	e := q.answer.Explain
	if e == nil {
		return
	}
	if q.byLang && len(rankings) > 1 {
		e.Merge = q.opts.Merge
	}
	for _, r := range rankings {
		t := r.target
		e.Spaces = append(e.Spaces, SpaceSearch{
			Space: t.state.Space.ID, Mix: t.state.Space.Mix, Adapter: t.mix.String(), Languages: t.languages,
			Vectors: t.state.Vectors, Hits: len(r.hits), Mean: r.mean, Deviation: r.deviation,
		})
	}
}

// hits reads the chunks of a fused list: a few more than asked for, because overlapping ones are folded.
func (q *query) hits(ctx context.Context, list []*fused, single bool) ([]Hit, error) {
	list = list[:min(len(list), 2*q.r.K+20)]
	ids := make([]ID, len(list))
	for i, f := range list {
		ids[i] = f.id
	}
	chunks, err := q.reader.Chunks(ctx, ids)
	if err != nil {
		return nil, err
	}
	hits := make([]Hit, len(list))
	for i, f := range list {
		hits[i] = q.hit(f, &chunks[i], single)
	}
	return hits, nil
}

func (q *query) hit(f *fused, c *Stored, single bool) Hit {
	h := Hit{
		id: f.id, Path: c.Path, StartLine: c.Chunk.StartLine, EndLine: c.Chunk.EndLine, Language: c.Language,
		Symbol: c.Chunk.Symbol, Kind: c.Chunk.Kind, Commit: q.repo.Rev, Dirty: q.repo.Dirty,
		Score: f.score, Scores: Scores{Dense: f.dense, Lexical: f.lexical, Fused: &f.score}, Text: c.Chunk.Text,
	}
	if single && f.dense != nil {
		h.Score = *f.dense
	} else if single && f.lexical != nil {
		h.Score = *f.lexical
	}
	if f.target != nil {
		h.Space, h.Adapter = f.target.state.Space.ID, f.target.mix.String()
	}
	if q.r.Explain {
		h.Ranks = &Ranks{Dense: f.denseRank, Merged: f.merged, Lexical: f.lexicalRank}
	}
	return h
}

// addDense gives hits that only words found their cosine.
func (q *query) addDense(ctx context.Context, hits []Hit) error {
	for i := range hits {
		for _, t := range q.targets {
			if hits[i].Scores.Dense != nil {
				break
			}
			if !t.holds(hits[i].Language) {
				continue
			}
			vector, ok, err := q.reader.VectorOf(ctx, t.state.Space.ID, hits[i].id)
			if err != nil {
				return err
			}
			if !ok {
				continue
			}
			var cosine float64
			for j, x := range vector {
				cosine += float64(x) * float64(t.vector[j])
			}
			hits[i].Scores.Dense = &cosine
			hits[i].Space, hits[i].Adapter = t.state.Space.ID, t.mix.String()
		}
	}
	return nil
}
