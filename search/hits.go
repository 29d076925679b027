package search

import (
	"cmp"
	"context"
	"slices"
)

// This file turns fused chunks into hits.

// hits reads the chunks of the first of a list, and gives them what their names are worth. They are a few more than asked
// for, because some are folded, and a reranker may want more.
func (q *query) hits(ctx context.Context, list []*fused, single bool) ([]Hit, error) {
	pool := max(2*q.r.K+20, 50)
	if q.opts.Reranker != nil {
		pool = max(pool, q.opts.RerankDepth)
	}
	list = list[:min(len(list), pool)]
	ids := make([]ID, len(list))
	for i, f := range list {
		ids[i] = f.id
	}
	chunks, err := q.reader.Chunks(ctx, ids)
	if err != nil {
		return nil, err
	}
	boosts := make([]float64, len(list))
	if q.answer.Mode == Hybrid && q.r.Query != "" {
		said := namesOf(q.r.Query)
		step := q.opts.Fusion.step(q.opts.RRFK)
		for i, f := range list {
			boosts[i] = step * said.boost(&chunks[i], q.opts.SymbolBoost, q.opts.PathBoost)
			f.score += boosts[i]
		}
	}
	hits := make([]Hit, len(list))
	for i, f := range list {
		hits[i] = q.hit(f, &chunks[i], single)
		if q.r.Explain {
			hits[i].Parts = &Parts{Vectors: f.vectors, Words: f.words, Boost: boosts[i], Guessed: f.uncovered}
		}
	}
	if !single {
		slices.SortStableFunc(hits, func(a, b Hit) int { return cmp.Compare(b.Score, a.Score) })
	}
	return hits, nil
}

func (q *query) hit(f *fused, c *Stored, single bool) Hit {
	h := Hit{
		id: f.id, Path: c.Path, StartLine: c.Chunk.StartLine, EndLine: c.Chunk.EndLine, Language: c.Language,
		Symbol: c.Chunk.Symbol, Kind: c.Chunk.Kind, Commit: q.repo.Rev, Dirty: q.repo.Dirty,
		Score: f.score, Scores: Scores{Dense: f.dense, Lexical: f.lexical, Fused: &f.score}, Text: c.Chunk.Text,
	}
	if t := c.Tree; t != nil { // of several
		h.Repo, h.Branch, h.Commit, h.Dirty = t.State.Repo, t.Branch, t.State.Rev, t.State.Dirty
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

// near tells hits with about the same vector; nil where vectors are not asked for.
func (q *query) near(ctx context.Context) func(a, b *Hit) (bool, error) {
	if q.opts.Fold != FoldNear || len(q.targets) == 0 {
		return nil
	}
	type of struct {
		target *target
		id     ID
	}
	vectors := map[of][]float32{}
	vectorOf := func(t *target, id ID) ([]float32, error) {
		if v, ok := vectors[of{t, id}]; ok {
			return v, nil
		}
		v, _, err := q.reader.VectorOf(ctx, t.state.Space.ID, id)
		vectors[of{t, id}] = v
		return v, err
	}
	return func(a, b *Hit) (bool, error) {
		for _, t := range q.targets {
			if !t.holds(a.Language) || !t.holds(b.Language) {
				continue // vectors of different spaces are not compared
			}
			x, err := vectorOf(t, a.id)
			if err != nil {
				return false, err
			}
			y, err := vectorOf(t, b.id)
			return err == nil && x != nil && y != nil && cosine(x, y) > nearCosine, err
		}
		return false, nil
	}
}

func cosine(a, b []float32) float64 {
	var sum float64
	for i, x := range a {
		sum += float64(x) * float64(b[i])
	}
	return sum
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
			c := cosine(vector, t.vector)
			hits[i].Scores.Dense = &c
			hits[i].Space, hits[i].Adapter = t.state.Space.ID, t.mix.String()
		}
	}
	return nil
}
