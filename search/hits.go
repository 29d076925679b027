package search

import (
	"cmp"
	"context"
	"slices"

	"loradex/indexer"
)

// This file turns fused chunks into hits.

// hits reads the chunks of the first of a list. They are a few more than asked
// for, because some are folded, and a reranker may want more.
func (q *query) hits(ctx context.Context, list []*fused, single bool) ([]Hit, error) {
	pool := max(2*q.r.K+20, signalHits)
	if q.opts.Reranker != nil {
		pool = max(pool, q.opts.RerankDepth)
	}
	list = q.heldFirst(list)
	list = list[:min(len(list), pool)]
	ids := make([]ID, len(list))
	for i, f := range list {
		ids[i] = f.id
	}
	chunks, err := q.reader.Chunks(ctx, q.r.Filter.Trees, ids)
	if err != nil {
		return nil, err
	}
	hits := make([]Hit, len(list))
	for i, f := range list {
		hits[i] = q.hit(f, &chunks[i], single)
		if q.name != nil {
			hits[i].tier = q.name.tierOf(&chunks[i], q.held[f.id])
		}
		if q.r.Explain {
			hits[i].Parts = &parts{Vectors: f.vectors, Words: f.words, Guessed: f.uncovered}
		}
	}
	if !single || q.name != nil {
		slices.SortStableFunc(hits, func(a, b Hit) int { return cmp.Compare(b.Score, a.Score) })
	}
	return hits, nil
}

func (q *query) hit(f *fused, c *Stored, single bool) Hit {
	h := Hit{
		id: f.id, Path: c.Path, StartLine: c.Chunk.StartLine, EndLine: c.Chunk.EndLine, Language: c.Language,
		Symbol: c.Chunk.Symbol, Symbols: c.Chunk.Symbols, Kind: c.Chunk.Kind, Commit: q.repo.Rev, Dirty: q.repo.Dirty,
		Score: f.score, Scores: Scores{Dense: f.dense, Lexical: f.lexical, Fused: &f.score}, Text: c.Chunk.Text,
	}
	if h.Symbols == nil {
		h.Symbols = []indexer.Symbol{}
	}
	if t := c.Tree; t != nil { // of several
		h.tree = &t.Tree
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
		h.Ranks = &ranks{Dense: f.denseRank, Merged: f.merged, Lexical: f.lexicalRank}
	}
	return h
}

// near returns what tells hits with about the same vector; nil where vectors are not asked for.
func (q *query) near(ctx context.Context, hits []Hit) (func(a, b *Hit) bool, error) {
	if q.opts.Fold != foldNear || len(q.targets) == 0 {
		return nil, nil //nolint:nilnil // documented
	}
	vectors := make([]map[ID][]float32, len(q.targets))
	for i, t := range q.targets {
		var err error
		if vectors[i], err = q.vectorsIn(ctx, t, hits, func(*Hit) bool { return true }); err != nil {
			return nil, err
		}
	}
	return func(a, b *Hit) bool {
		for i, t := range q.targets {
			if !t.holds(a.Language) || !t.holds(b.Language) {
				continue // vectors of different spaces are not compared
			}
			x, y := vectors[i][a.id], vectors[i][b.id]
			return x != nil && y != nil && cosine(x, y) > nearCosine
		}
		return false
	}, nil
}

// vectorsIn returns the vectors that a target has of those hits that belong to it and pass.
func (q *query) vectorsIn(ctx context.Context, t *target, hits []Hit, pass func(h *Hit) bool) (map[ID][]float32, error) {
	var ids []ID
	for i := range hits {
		if t.holds(hits[i].Language) && pass(&hits[i]) {
			ids = append(ids, hits[i].id)
		}
	}
	if len(ids) == 0 {
		return nil, nil //nolint:nilnil // no vectors
	}
	vectors, err := q.reader.Vectors(ctx, t.state.Space.ID, ids)
	if err != nil {
		return nil, err
	}
	out := make(map[ID][]float32, len(ids))
	for i, id := range ids {
		out[id] = vectors[i]
	}
	return out, nil
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
	for _, t := range q.targets {
		vectors, err := q.vectorsIn(ctx, t, hits, func(h *Hit) bool { return h.Scores.Dense == nil })
		if err != nil {
			return err
		}
		for i := range hits {
			h := &hits[i]
			if vector := vectors[h.id]; vector != nil {
				c := cosine(vector, t.vector)
				h.Scores.Dense, h.Space, h.Adapter = &c, t.state.Space.ID, t.mix.String()
			}
		}
	}
	return nil
}
