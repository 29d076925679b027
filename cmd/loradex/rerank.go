package main

// This file gives searches their cross-encoder: --rerank, and the setting search.rerank.

import (
	"context"
	"sync"

	"loradex/embed"
	"loradex/embed/runtime"
	"loradex/internal/fault"
	"loradex/search"
)

// lazyReranker opens the cross-encoder when it first has something to score: a search that finds nothing, and a server
// that nobody asks, load no model. What it opens is closed with the app.
type lazyReranker struct {
	app  *app
	name string

	lock  sync.Locker // guards what the app opens once, and inner
	inner *embed.Reranker
}

// reranker returns what orders the first hits anew: name is the folder of a cross-encoder, or the name of an installed
// one; "" is none, and the result nil. lock guards what the app opens once, where others open it too.
func (a *app) reranker(name string, lock sync.Locker) search.Reranker {
	if name == "" {
		return nil
	}
	return &lazyReranker{app: a, name: name, lock: lock}
}

// Score is the cross-encoder's.
func (r *lazyReranker) Score(ctx context.Context, query string, texts []string) ([]float32, error) {
	inner, err := r.open(ctx)
	if err != nil {
		return nil, fault.Wrap(fault.CodeOf(err), err, "the cross-encoder %s", r.name)
	}
	return inner.Score(ctx, query, texts)
}

func (r *lazyReranker) open(ctx context.Context) (*embed.Reranker, error) {
	r.lock.Lock()
	defer r.lock.Unlock()
	if r.inner != nil {
		return r.inner, nil
	}
	if !runtime.Available {
		_, err := runtime.Start(ctx, runtime.Options{})
		return nil, err
	}
	dir, err := r.app.home.Model(r.name)
	if err != nil {
		return nil, err
	}
	// The runtime outlives the request that happens to be the first.
	env, err := r.app.startRuntime(context.WithoutCancel(ctx))
	if err != nil {
		return nil, err
	}
	inner, err := embed.OpenReranker(env, embed.RerankOptions{Model: dir})
	if err != nil {
		return nil, err
	}
	r.app.onClose(inner.Close)
	r.inner = inner
	r.app.log.Debug("cross-encoder", "model", inner.Model().Name, "max_tokens", inner.Model().MaxTokens, "labels", inner.Model().Labels)
	return inner, nil
}
