package main

// This file finds repositories and their indexes.

import (
	"context"

	"loradex/indexer"
	"loradex/indexer/gitrepo"
)

// openRepo opens the repository of a PATH|URL argument; it is closed at the end.
func (a *app) openRepo(ctx context.Context, where string) (*gitrepo.Repo, error) {
	o := gitrepo.Options{CacheDir: a.home.Caches(), Home: a.getenv("HOME"), ConfigHome: a.getenv("XDG_CONFIG_HOME")}
	if a.errTerminal && !a.flags.json && !a.flags.quiet {
		o.Progress = a.err
	}
	repo, err := gitrepo.Open(ctx, where, o)
	if err != nil {
		return nil, err
	}
	a.onClose(repo.Close)
	return repo, nil
}

// findIndex returns the folder of the index for a PATH|URL: of a path the nearest one upwards.
func (a *app) findIndex(where string) (string, error) {
	if gitrepo.IsURL(where) {
		url, err := gitrepo.CleanURL(where)
		if err != nil {
			return "", usage(err)
		}
		return indexer.Find(indexer.Place{URL: url}, a.home.Dir)
	}
	return indexer.Find(indexer.Place{Root: where}, a.home.Dir)
}

// openIndex opens an existing index for reading; it is closed at the end.
func (a *app) openIndex(ctx context.Context, dir string) (indexStore, error) {
	kind, _, err := storeOf(dir)
	if err != nil {
		return nil, err
	}
	return a.openStore(ctx, dir, kind, true)
}
