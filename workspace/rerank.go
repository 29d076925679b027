package workspace

// This file gives searches their cross-encoder: --rerank, and the setting search.rerank.

import (
	"context"

	"loradex/embed"
	"loradex/internal/fault"
	"loradex/search"
)

// reranker opens its cross-encoder when it first has something to score: a search that finds nothing, and a server that
// nobody asks, load no model.
type reranker struct {
	session *Session
	name    string
	inner   opened[embed.Reranker]
}

// reranker returns what orders the first hits anew: name is the folder of a cross-encoder, or the name of an installed one;
// "" is none, and the result nil.
func (s *Session) reranker(name string) search.Reranker {
	if name == "" {
		return nil
	}
	return &reranker{session: s.top(), name: name}
}

// Score is the cross-encoder's.
func (r *reranker) Score(ctx context.Context, query string, texts []string) ([]float32, error) {
	inner, err := r.inner.get(func() (*embed.Reranker, error) { return r.open(ctx) })
	if err != nil {
		return nil, fault.Prefix(err, "the cross-encoder %s", r.name)
	}
	return inner.Score(ctx, query, texts)
}

func (r *reranker) open(ctx context.Context) (*embed.Reranker, error) {
	if err := builtIn(ctx); err != nil {
		return nil, err
	}
	dir, err := r.session.Home.Model(r.name)
	if err != nil {
		return nil, err
	}
	// The runtime outlives the request that happens to be the first.
	env, err := r.session.startRuntime(context.WithoutCancel(ctx))
	if err != nil {
		return nil, err
	}
	inner, err := embed.OpenReranker(env, embed.RerankOptions{Model: dir})
	if err != nil {
		return nil, err
	}
	r.session.OnClose(inner.Close)
	m := inner.Model()
	r.session.Log.Debug("cross-encoder", "model", m.Name, "max_tokens", m.MaxTokens, "labels", m.Labels)
	return inner, nil
}
