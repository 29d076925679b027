package overlay

import (
	"context"
	"math"

	"loradex/search"
)

// margin is how many stored chunks more than asked for are scored anew: some fall behind by the numbers as they are with
// the buffers.
const margin = 50

// Lexical implements search.Reader. Where the scores come from is in the documentation of the package.
func (v *view) Lexical(ctx context.Context, terms []search.Term, f search.Filter, k int) ([]search.Scored, *search.WordStats, error) {
	if err := f.Check(k); err != nil {
		return nil, nil, err
	}
	depth := k
	if k > 0 {
		depth = min(k+margin, search.MaxHits)
	}
	var stats *search.WordStats
	hits, err := v.storedHits(f, depth, func(f search.Filter) (hits []search.Scored, err error) {
		hits, stats, err = v.Store.Lexical(ctx, terms, f, depth)
		return hits, err
	})
	if err != nil {
		return nil, nil, err
	}
	if stats == nil {
		more, err := v.calibrated(ctx, terms, f)
		return search.Best(append(hits, more...), k), nil, err
	}
	changed := numbers{stats}
	own := v.change(changed)
	if hits, err = v.rescore(ctx, changed, hits); err != nil {
		return nil, nil, err
	}
	for i := range v.active {
		p := &v.active[i]
		for at := range p.file.Chunks {
			score, found := changed.score(own[i][at])
			if found && p.passes(at, &f) {
				hits = append(hits, search.Scored{ID: p.first + search.ID(at), Score: float32(score)})
			}
		}
	}
	return search.Best(hits, k), stats, nil
}

// change takes what the buffers hide out of the numbers, and what they hold in. It returns the words of their chunks.
func (v *view) change(stats numbers) [][]words {
	own := make([][]words, len(v.active))
	for i := range v.active {
		p := &v.active[i]
		for j := range p.hidden {
			stats.change(stats.count(p.hidden[j].Path, &p.hidden[j].Chunk), -1)
		}
		own[i] = make([]words, len(p.file.Chunks))
		for j := range p.file.Chunks {
			own[i][j] = stats.count(p.key.Path, &p.file.Chunks[j])
			stats.change(own[i][j], 1)
		}
	}
	return own
}

// rescore scores stored chunks by changed numbers.
func (v *view) rescore(ctx context.Context, stats numbers, hits []search.Scored) ([]search.Scored, error) {
	ids := make([]search.ID, len(hits))
	for i, h := range hits {
		ids[i] = h.ID
	}
	chunks, err := v.Store.Chunks(ctx, nil, ids)
	if err != nil {
		return nil, err
	}
	for i := range chunks {
		// What the store found was found by it, whatever this thinks: the score may only be less.
		score, _ := stats.score(stats.count(chunks[i].Path, &chunks[i].Chunk))
		hits[i].Score = float32(score)
	}
	return hits, nil
}

// fallbackTokens is the average length of a chunk that package qdrant takes.
const fallbackTokens = 200

// calibrated scores the chunks of buffers for a store that does not tell its numbers: what each of their words is worth
// is computed from the best chunk that the store finds by this word alone.
func (v *view) calibrated(ctx context.Context, terms []search.Term, f search.Filter) ([]search.Scored, error) {
	stats := numbers{&search.WordStats{}}
	for _, t := range terms {
		stats.Terms = append(stats.Terms, search.TermStats{Term: t})
	}
	own := make([][]words, len(v.active))
	have := make([]bool, len(stats.Terms))
	for i := range v.active {
		for j := range v.active[i].file.Chunks {
			w := stats.count(v.active[i].key.Path, &v.active[i].file.Chunks[j])
			own[i] = append(own[i], w)
			for t, n := range w.counts {
				have[t] = have[t] || n > 0
			}
		}
	}
	worth := make([]float64, len(stats.Terms))
	for t := range stats.Terms {
		var err error
		if !have[t] {
			continue
		}
		if worth[t], err = v.worth(ctx, stats.Terms[t].Text); err != nil {
			return nil, err
		}
	}
	var hits []search.Scored
	for i := range v.active {
		p := &v.active[i]
		for j, w := range own[i] {
			score := 0.0
			for t, n := range w.counts {
				score += worth[t] * terms[t].Weight * saturate(n, w.length)
			}
			if score > 0 && p.passes(j, &f) {
				hits = append(hits, search.Scored{ID: p.first + search.ID(j), Score: float32(score)})
			}
		}
	}
	return hits, nil
}

// saturate is BM25's factor of a count in a chunk, by the numbers of package qdrant.
func saturate(n float64, length int64) float64 {
	if n <= 0 {
		return 0
	}
	return n * 2.2 / (n + 1.2*(0.25+0.75*float64(length)/fallbackTokens))
}

// worth is the inverse document frequency of a term, as the store sees it.
func (v *view) worth(ctx context.Context, term string) (float64, error) {
	hits, _, err := v.Store.Lexical(ctx, search.Terms([]string{term}), search.Filter{Trees: v.trees}, 1)
	if err != nil {
		return 0, err
	}
	if len(hits) > 0 {
		chunks, err := v.Store.Chunks(ctx, nil, []search.ID{hits[0].ID})
		if err != nil {
			return 0, err
		}
		stats := numbers{&search.WordStats{Terms: []search.TermStats{{Term: search.Term{Text: term, Weight: 1}}}}}
		w := stats.count(chunks[0].Path, &chunks[0].Chunk)
		if s := saturate(w.counts[0], w.length); s > 0 {
			return float64(hits[0].Score) / s, nil
		}
	}
	n, err := v.Store.Count(ctx, v.trees, nil, "")
	if err != nil {
		return 0, err
	}
	return math.Log(1 + (float64(n[0])+0.5)/0.5), nil
}
