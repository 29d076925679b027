package search

import (
	"context"
	"slices"
	"time"

	"loradex/search/tokens"
)

// This file runs the stages of a prepared query: rankings, fusion, and what comes after it.

func (q *query) run(ctx context.Context) ([]Hit, error) {
	q.answer.Took.Dense, q.answer.Took.Lexical, q.answer.Took.Rerank = 0, 0, 0 // of a first try that found a chunk gone
	if err := q.narrow(ctx); err != nil {
		return nil, err
	}
	want := q.r.K + 1 // one more tells whether there is more
	if q.r.OnlyMatches() {
		return q.addUnranked(ctx, nil, want)
	}
	if err := q.lookNear(ctx); err != nil {
		return nil, err
	}
	q.explain.Stages = q.stages()
	rankings, list, err := q.fused(ctx)
	if err != nil {
		return nil, err
	}
	q.explainSpaces(rankings)
	hits, err := q.hits(ctx, list, len(rankings) == 1)
	if err != nil {
		return nil, err
	}
	q.signal(hits)
	q.nameFirst(hits)
	if err := q.rerank(ctx, hits); err != nil {
		return nil, err
	}
	q.likely(hits)
	for _, f := range list {
		if f.uncovered {
			q.explain.Stages.Uncovered++
		}
	}
	near, err := q.near(ctx, hits)
	if err != nil {
		return nil, err
	}
	hits, q.explain.Folded = fold(hits, q.r.K, q.opts.Fold, near)
	if err := q.addDense(ctx, hits); err != nil {
		return nil, err
	}
	for i := range hits {
		hits[i].Matches = q.matchesOf(&hits[i])
	}
	return q.addUnranked(ctx, hits, want)
}

// fused ranks and fuses: every chunk that a ranking knows, best first.
func (q *query) fused(ctx context.Context) ([]ranking, []*fused, error) {
	rankings, err := q.rank(ctx)
	if err != nil {
		return nil, nil, err
	}
	list := collect(rankings)
	if err := q.findUncovered(ctx, rankings, list); err != nil {
		return nil, nil, err
	}
	q.opts.score(list, rankings, q.deviation)
	return rankings, list, nil
}

// findUncovered marks the chunks that only words found because they have no vector yet.
func (q *query) findUncovered(ctx context.Context, rankings []ranking, list []*fused) error {
	if !q.partial || q.answer.Mode != Hybrid || len(q.targets) == 0 {
		return nil
	}
	// A ranking that did not reach its depth lists every vector that passes the filter: what it lacks has none.
	whole := true
	for _, r := range rankings {
		whole = whole && (r.target == nil || len(r.hits) < q.r.Depth)
	}
	var lacking []*fused
	var ids []ID
	for _, f := range list {
		if f.uncovered = f.dense == nil; f.uncovered {
			lacking, ids = append(lacking, f), append(ids, f.id)
		}
	}
	if whole || len(ids) == 0 {
		return nil
	}
	for _, t := range q.targets {
		vectors, err := q.reader.Vectors(ctx, t.state.Space.ID, ids)
		if err != nil {
			return err
		}
		for i, f := range lacking {
			f.uncovered = f.uncovered && vectors[i] == nil
		}
	}
	return nil
}

// rank runs each search that the mode asks for.
func (q *query) rank(ctx context.Context) ([]ranking, error) {
	var rankings []ranking
	start := time.Now()
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
	if len(q.targets) > 0 {
		q.answer.Took.Dense += since(start)
	}
	if q.answer.Mode == Dense {
		return rankings, nil
	}
	start = time.Now()
	hits, _, err := q.reader.Lexical(ctx, q.words(), q.r.Filter, q.r.Depth)
	if err != nil {
		return nil, err
	}
	if hits, err = q.findName(ctx, hits); err != nil {
		return nil, err
	}
	q.answer.Took.Lexical += since(start)
	return append(rankings, ranking{weight: q.opts.LexicalWeight, hits: hits}), nil
}

// explainSpaces says what each space was asked, and what it found.
func (q *query) explainSpaces(rankings []ranking) {
	e := &q.explain
	e.Spaces = e.Spaces[:0]
	if q.byLang && len(q.targets) > 1 {
		e.Merge = q.opts.Merge
	}
	for _, r := range rankings {
		t := r.target
		if t == nil {
			continue
		}
		e.Spaces = append(e.Spaces, spaceSearch{
			Space: t.state.Space.ID, Mix: t.state.Space.Mix, Adapter: t.mix, Languages: t.languages,
			Vectors: t.state.Vectors, Hits: len(r.hits), Mean: r.mean, Deviation: r.deviation,
		})
	}
}

// askedWith is the weight of the words that a question is only asked with, such as "how" and "to". Code hardly has them, so BM25
// would take them for the most telling ones; sentences have them as questions do, and there they say something.
const askedWith = 0.3

// words is what is looked for by words.
func (q *query) words() []Term {
	all := tokens.Unique(q.text)
	if q.r.Query == "" || q.opts.AllWords {
		return Terms(all)
	}
	about := tokens.Content(q.text)
	terms := Terms(about)
	for _, word := range all {
		if tokens.AskedWith(word) && !slices.Contains(about, word) {
			terms = append(terms, Term{word, askedWith})
		}
	}
	return terms
}

// stages are the settings of ranking that this query uses.
func (q *query) stages() stages {
	o := &q.opts
	s := stages{Fold: o.Fold}
	if q.answer.Mode == Hybrid {
		s.Fusion, s.LexicalWeight = o.Fusion, o.LexicalWeight
	}
	if q.r.Query != "" {
		s.PathBoost, s.FileBoost = max(0, o.PathBoost), max(0, o.FileBoost)
		s.Unasked, s.Diversity = max(0, o.Unasked), max(0, o.Diversity)
		if q.place != nil {
			s.NearBoost = max(0, o.NearBoost)
		}
	}
	if o.Reranker != nil {
		s.Reranked = o.RerankDepth
	}
	return s
}
