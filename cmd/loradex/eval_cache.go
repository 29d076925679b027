package main

import (
	"context"
	"path/filepath"

	"loradex/evaluation"
	"loradex/evaluation/vectorcache"
	"loradex/workspace"
)

// cacheVectors lets an evaluation take the vectors of earlier ones and keep its own. What names them is everything that
// decides a vector but the text: the space, and for queries the role's prompt in place of the documents'.
func (a *app) cacheVectors(ctx context.Context, eng *workspace.Engine, o *evaluation.Options) error {
	docs, queries, err := evaluatedSpaces(ctx, eng, o)
	if err != nil {
		return err
	}
	if err := a.openVectorCache(o); err != nil {
		return err
	}
	o.DocSpace, o.QuerySpace = docs.ID, queries.ID+" query "+eng.Encoder.Model().Prompts.Query()
	return nil
}

// openVectorCache opens the cache, unless it was opened for another mix of this evaluation.
func (a *app) openVectorCache(o *evaluation.Options) error {
	if o.Cache != nil {
		return nil
	}
	cache, err := vectorcache.Open(filepath.Join(a.Home.Caches(), "evaluation"))
	if err != nil {
		return err
	}
	a.OnClose(cache.Close)
	o.Cache = cache
	return nil
}
