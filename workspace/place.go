package workspace

// This file finds repositories and their indexes.

import (
	"context"

	"loradex/indexer"
	"loradex/indexer/gitrepo"
	"loradex/internal/fault"
	"loradex/search"
)

// openRepo opens the repository of a PATH|URL; it is closed at the end. offline takes of a URL the copy in the cache, as it is.
func (s *Session) openRepo(ctx context.Context, where string, offline bool) (*gitrepo.Repo, error) {
	repo, err := gitrepo.Open(ctx, where, gitrepo.Options{
		Offline: offline, CacheDir: s.Home.Caches(), Home: s.UserHome, ConfigHome: s.ConfigHome, Progress: s.Fetching,
	})
	if err != nil {
		return nil, err
	}
	s.OnClose(repo.Close)
	return repo, nil
}

// Branches lists the branches of the repository of a PATH|URL by name, of a URL as its copy in the cache has them.
func (s *Session) Branches(ctx context.Context, where string) ([]string, error) {
	repo, err := s.openRepo(ctx, where, true)
	if err != nil {
		return nil, err
	}
	list, err := repo.Branches(ctx)
	names := make([]string, len(list))
	for i, b := range list {
		names[i] = b.Name
	}
	return names, err
}

// FindIndex returns the folder of the index for a PATH|URL: of a path the nearest one upwards.
func (s *Session) FindIndex(where string) (string, error) {
	if s.Shared != "" {
		return indexer.FindShared(s.Shared)
	}
	if gitrepo.IsURL(where) {
		url, err := gitrepo.CleanURL(where)
		if err != nil {
			return "", fault.Usage(err)
		}
		return indexer.Find(indexer.Place{URL: url}, s.Home.Dir)
	}
	return indexer.Find(indexer.Place{Root: where}, s.Home.Dir)
}

// locateIndex makes the folder of a repository's index, or of the shared one.
func (s *Session) locateIndex(repo *gitrepo.Repo) (string, error) {
	if s.Shared != "" {
		return indexer.LocateShared(s.Shared)
	}
	return indexer.Locate(repo.Place(), s.Home.Dir)
}

// treeOf is what an index calls the work tree of a repository: in an index of its own it needs no name, so that the
// folder can be moved.
func (s *Session) treeOf(repo *gitrepo.Repo) indexer.Tree {
	if s.Shared != "" {
		return indexer.Tree{Repo: repo.Name()}
	}
	return indexer.Tree{}
}

// openIndex opens an existing index for reading; it is closed at the end.
func (s *Session) openIndex(ctx context.Context, dir string) (search.Backend, error) {
	kind, _, err := storeOf(dir)
	if err != nil {
		return nil, err
	}
	return s.openStore(ctx, dir, kind, true)
}
