package main

// This file finds repositories and their indexes.

import (
	"context"

	"github.com/spf13/cobra"

	"loradex/indexer"
	"loradex/indexer/gitrepo"
)

// openRepo opens the repository of a PATH|URL argument; it is closed at the end.
func (a *app) openRepo(ctx context.Context, where string) (*gitrepo.Repo, error) {
	return a.openRepoWith(ctx, where, gitrepo.Options{})
}

// openRepoOffline opens a repository that was opened before; of a URL the copy in the cache, as it is.
func (a *app) openRepoOffline(ctx context.Context, where string) (*gitrepo.Repo, error) {
	return a.openRepoWith(ctx, where, gitrepo.Options{Offline: true})
}

func (a *app) openRepoWith(ctx context.Context, where string, o gitrepo.Options) (*gitrepo.Repo, error) {
	repo, err := a.openRepoOnce(ctx, where, o)
	if err != nil {
		return nil, err
	}
	a.onClose(repo.Close)
	return repo, nil
}

// openRepoOnce opens a repository that the caller closes.
func (a *app) openRepoOnce(ctx context.Context, where string, o gitrepo.Options) (*gitrepo.Repo, error) {
	o.CacheDir, o.Home, o.ConfigHome = a.home.Caches(), a.getenv("HOME"), a.getenv("XDG_CONFIG_HOME")
	if a.errTerminal && !a.flags.json && !a.flags.quiet {
		o.Progress = a.err
	}
	return gitrepo.Open(ctx, where, o)
}

// findIndex returns the folder of the index for a PATH|URL: of a path the nearest one upwards.
func (a *app) findIndex(where string) (string, error) {
	if a.indexDir != "" {
		return indexer.FindShared(a.indexDir)
	}
	if gitrepo.IsURL(where) {
		url, err := gitrepo.CleanURL(where)
		if err != nil {
			return "", usage(err)
		}
		return indexer.Find(indexer.Place{URL: url}, a.home.Dir)
	}
	return indexer.Find(indexer.Place{Root: where}, a.home.Dir)
}

// indexFlag adds the flag that names an index of several repositories.
func (a *app) indexFlag(c *cobra.Command) {
	c.Flags().StringVar(&a.indexDir, "index", "", "the folder of an index that several repositories share (default the repository's own index)")
	_ = c.MarkFlagDirname("index") //nolint:errcheck // the flag is there
}

// locateIndex makes the folder of a repository's index, or of the shared one.
func (a *app) locateIndex(repo *gitrepo.Repo) (string, error) {
	if a.indexDir != "" {
		return indexer.LocateShared(a.indexDir)
	}
	return indexer.Locate(repo.Place(), a.home.Dir)
}

// treeOf is what an index calls the work tree of a repository: in an index of its own it needs no name, so that the
// folder can be moved.
func (a *app) treeOf(repo *gitrepo.Repo) indexer.Tree {
	if a.indexDir != "" {
		return indexer.Tree{Repo: repo.Name()}
	}
	return indexer.Tree{}
}

// openIndex opens an existing index for reading; it is closed at the end.
func (a *app) openIndex(ctx context.Context, dir string) (indexStore, error) {
	kind, _, err := storeOf(dir)
	if err != nil {
		return nil, err
	}
	return a.openStore(ctx, dir, kind, true)
}
