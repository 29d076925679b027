package main

// This file defines what the servers answer from: an encoder and an index that the first request opens. So a server is
// there at once, and one that only searches by words never loads a model.

import (
	"context"
	"errors"
	"os"
	"slices"
	"sync"

	"loradex/adapters"
	"loradex/embed"
	"loradex/internal/fault"
	"loradex/search"
)

// backend is safe for concurrent use. What it opens is closed with the app, so the app outlives every request.
type backend struct {
	app        *app
	unencoding error // why there is no encoder; nil where there is one

	mu       sync.Mutex // guards what follows, and what the app opens once
	where    string     // PATH|URL of the repository
	dir      string     // of the index, once it is open
	folder   os.FileInfo
	store    indexStore
	reader   scope // the trees of the index that are searched
	searcher *search.Searcher
	options  search.Options // of the searcher
	encodes  search.Encoder
}

var _ search.Encoder = (*backend)(nil)

// newBackend finds out whether there is an encoder, without starting it.
func (a *app) newBackend(ctx context.Context, where string) (*backend, error) {
	reason, err := a.withoutVectors(ctx)
	if err != nil {
		return nil, err
	}
	if reason != nil {
		a.noteLexical(reason, "no texts are encoded, search is lexical")
	}
	return &backend{app: a, unencoding: reason, where: where}, nil
}

// encoder starts the encoder with the first call.
func (b *backend) encoder(ctx context.Context) (*embed.Encoder, error) {
	if b.unencoding != nil {
		// Whatever is missing, a request can do nothing about it.
		return nil, fault.Wrap(fault.Unavailable, b.unencoding, "texts cannot be encoded")
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	// The encoder outlives the request that happens to be the first.
	eng, err := b.app.openEngine(context.WithoutCancel(ctx))
	if err != nil {
		return nil, err
	}
	return eng.enc, nil
}

// index opens the index with the first call that finds one, and again where it was removed and made anew: the old store
// would go on answering from files that have no name any more.
func (b *backend) index(ctx context.Context) (*search.Searcher, string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.searcher != nil {
		if now, err := os.Stat(b.dir); err == nil && os.SameFile(now, b.folder) {
			err := b.followTrees(ctx)
			return b.searcher, b.dir, err
		}
		b.searcher = nil
	}
	dir, err := b.app.findIndex(b.where)
	if err != nil {
		return nil, "", err
	}
	folder, err := os.Stat(dir)
	if err != nil {
		return nil, "", fault.Wrap(fault.Unavailable, err, "the index")
	}
	store, err := b.app.openIndex(context.WithoutCancel(ctx), dir)
	if err != nil {
		return nil, "", err
	}
	var enc search.Encoder
	if b.unencoding == nil {
		enc = b
	}
	o := b.app.rankingOptions()
	o.Reranker = b.app.reranker(b.app.config.Search.Rerank, &b.mu)
	if o.Adapter, err = adaptedTo(dir); err != nil {
		return nil, "", err
	}
	in, err := b.app.scopeOf(ctx, store, b.where, treeFlags{})
	if err != nil {
		return nil, "", err
	}
	s, err := search.New(in, enc, o)
	if err != nil {
		return nil, "", err
	}
	b.searcher, b.store, b.reader, b.dir, b.folder, b.options, b.encodes = s, store, in, dir, folder, o, enc
	return s, dir, nil
}

// followTrees looks again which repositories an index of several has. The caller holds mu.
func (b *backend) followTrees(ctx context.Context) error {
	if b.app.indexDir == "" {
		return nil
	}
	in, err := b.app.scopeOf(ctx, b.store, b.where, treeFlags{})
	if err != nil || slices.Equal(in.trees, b.reader.trees) {
		return err
	}
	s, err := search.New(in, b.encodes, b.options)
	if err == nil {
		b.searcher, b.reader = s, in
	}
	return err
}

// ready opens what there is: an encoder, an index, or both.
func (b *backend) ready(ctx context.Context) error {
	_, err := b.encoder(ctx)
	if err != nil && b.unencoding == nil {
		return err
	}
	if _, _, err := b.index(ctx); err != nil && (b.unencoding != nil || !notFound(err)) {
		return fault.Wrap(fault.Unavailable, errors.Join(err, b.unencoding), "there is nothing to answer from")
	}
	return nil
}

// Encode is the encoder's.
func (b *backend) Encode(ctx context.Context, rows []embed.Row) ([][]float32, error) {
	enc, err := b.encoder(ctx)
	if err != nil {
		return nil, err
	}
	return enc.Encode(ctx, rows)
}

// Each is the encoder's.
func (b *backend) Each(ctx context.Context, rows []embed.Row, take func(i int, vector []float32, tokens int) error) error {
	enc, err := b.encoder(ctx)
	if err != nil {
		return err
	}
	return enc.Each(ctx, rows, take)
}

// Dimensions is the encoder's.
func (b *backend) Dimensions(ctx context.Context) (int, error) {
	enc, err := b.encoder(ctx)
	if err != nil {
		return 0, err
	}
	return enc.Dimensions(), nil
}

// Space is the encoder's.
func (b *backend) Space(ctx context.Context, m adapters.Mix) (embed.Space, error) {
	enc, err := b.encoder(ctx)
	if err != nil {
		return embed.Space{}, err
	}
	return enc.Space(ctx, m)
}

// QuerySpace is the encoder's.
func (b *backend) QuerySpace(ctx context.Context, m adapters.Mix) (string, bool, error) {
	enc, err := b.encoder(ctx)
	if err != nil {
		return "", false, err
	}
	return enc.QuerySpace(ctx, m)
}
