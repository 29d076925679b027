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
		hits, err := q.reader.Dense(ctx, t.state.Space.ID, t.vector, q.r.Filter, q.r.Depth, q.r.Exact)
		if err != nil {
			return nil, err
		}
		rankings = append(rankings, ranking{target: t, weight: 1, hits: hits})
		if e := q.answer.Explain; e != nil {
			e.Spaces = append(e.Spaces, SpaceSearch{
				Space: t.state.Space.ID, Mix: t.state.Space.Mix, Adapter: t.mix.String(), Vectors: t.state.Vectors, Hits: len(hits),
			})
		}
	}
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
		h.Ranks = &Ranks{Dense: f.denseRank, Lexical: f.lexicalRank}
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
