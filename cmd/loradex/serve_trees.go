package main

// This file answers searches over HTTP in the trees of an index that a request names, and lists them. A request names
// what the served index holds and opens nothing else.

import (
	"context"
	"errors"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"loradex/api"
	"loradex/indexer"
	"loradex/indexer/gitrepo"
	"loradex/internal/fault"
	"loradex/search"
)

var (
	_ api.Searcher = (*backend)(nil)
	_ api.Lister   = (*backend)(nil)
)

// Search answers from the trees that are asked for.
func (b *backend) Search(ctx context.Context, r search.Request, in api.Trees) (*search.Response, error) {
	s, _, err := b.index(ctx)
	if err != nil {
		return nil, err
	}
	b.mu.Lock()
	store, names := b.store, b.reader.names
	b.mu.Unlock()
	if in.Repo == "" && len(in.Branches) == 0 && in.Rev == "" && !in.All {
		r.Filter.Trees = names
		return s.Search(ctx, r)
	}
	state, err := store.State(ctx)
	if err != nil {
		return nil, err
	}
	trees, err := b.servedTrees(state.Trees)
	if err != nil {
		return nil, err
	}
	if in.Repo != "" {
		if trees, err = treesNamed(trees, in.Repo); err != nil {
			return nil, err
		}
	}
	trees, err = b.app.pickTrees(ctx, trees, "", treeFlags{branches: in.Branches, rev: in.Rev, all: in.All, resolve: b.commitOf})
	if err != nil {
		return nil, err
	}
	r.Filter.Trees = treesIn(trees)
	return s.Search(ctx, r)
}

// servedTrees are those of an index that requests may name: with serve --repo those of that repository.
func (b *backend) servedTrees(all []indexer.TreeState) ([]indexer.TreeState, error) {
	b.mu.Lock()
	where := b.where
	b.mu.Unlock()
	if b.app.Shared == "" || where == "" {
		return all, nil
	}
	return treesOfRepo(all, where)
}

// treesNamed picks the trees of a repository as treesOfRepo does, but by what the index calls it alone: the folder or URL,
// a folder in it, or the last part of its name. A name that is no absolute path says nothing of the server's folder.
func treesNamed(all []indexer.TreeState, repo string) ([]indexer.TreeState, error) {
	named := func(is func(name string) bool) []indexer.TreeState {
		return slices.DeleteFunc(slices.Clone(all), func(t indexer.TreeState) bool { return !is(t.State.Repo) })
	}
	found := named(func(name string) bool { return name == repo })
	if len(found) == 0 && filepath.IsAbs(repo) {
		found = named(func(name string) bool {
			rel, err := filepath.Rel(name, filepath.Clean(repo))
			return err == nil && filepath.IsAbs(name) && filepath.IsLocal(rel)
		})
	}
	if len(found) == 0 {
		found = named(func(name string) bool { return strings.TrimSuffix(path.Base(filepath.ToSlash(name)), ".git") == repo })
	}
	if len(found) == 0 {
		return nil, fault.New(fault.NotFound, "the index does not hold the repository %s", repo).
			WithHint("it holds %s", namesOf(all, func(t indexer.TreeState) string { return t.State.Repo }))
	}
	return found, nil
}

// commitOf resolves a revision in the repository of some trees, where they are of one that is on this machine; else it must
// be the beginning of a hash.
func (b *backend) commitOf(ctx context.Context, rev string, trees []indexer.TreeState) (hash string, err error) {
	several := slices.ContainsFunc(trees, func(t indexer.TreeState) bool { return t.State.Repo != trees[0].State.Repo })
	if len(trees) == 0 || several || gitrepo.IsURL(trees[0].State.Repo) {
		return knownCommit(rev, trees, nil)
	}
	own := b.app.Child()
	defer func() { err = errors.Join(err, own.Close()) }()
	repo, err := own.OpenRepoOffline(ctx, trees[0].State.Repo)
	if err != nil { // it was moved or removed; the index is here
		return knownCommit(rev, trees, nil)
	}
	hash, _, unknown := repo.Commit(rev)
	if unknown == nil {
		return hash, nil
	}
	return knownCommit(rev, trees, unknown)
}

// Repos lists the trees of the index.
func (b *backend) Repos(ctx context.Context) ([]api.Repo, error) {
	if _, _, err := b.index(ctx); err != nil {
		return nil, err
	}
	b.mu.Lock()
	store := b.store
	b.mu.Unlock()
	held, err := store.Describe(ctx)
	if err != nil {
		return nil, err
	}
	trees, err := b.servedTrees(held.Trees)
	if err != nil {
		return nil, err
	}
	out := make([]api.Repo, len(trees))
	for i, t := range trees {
		out[i] = api.Repo{
			Repo: t.State.Repo, Tree: "work tree", Branch: t.Branch, Rev: t.State.Rev, Dirty: t.State.Dirty,
			Files: t.Files, Chunks: t.Chunks,
		}
		switch {
		case t.Branch != "":
			out[i].Tree = "branch"
		case t.Rev != "":
			out[i].Tree = "revision"
		}
		if t.State.Time > 0 {
			out[i].IndexedAt = time.Unix(t.State.Time, 0).UTC().Format(time.RFC3339)
		}
		if out[i].Coverage, err = coverageOf(ctx, search.In(store, t.Tree), t); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// coverageOf is the share of a tree's chunks that have the vector which a search without an adapter uses; 1 of an empty
// tree, as in status.
func coverageOf(ctx context.Context, in indexer.Manifest, t indexer.TreeState) (float64, error) {
	if t.Chunks == 0 {
		return 1, nil
	}
	spaces, err := in.Spaces(ctx)
	if err != nil {
		return 0, err
	}
	covered := 0
	for _, part := range indexer.Parts(t.State, spaces) {
		n, err := in.Covered(ctx, part.Space.ID, part.Languages)
		if err != nil {
			return 0, err
		}
		covered += n
	}
	if len(t.State.Languages) == 0 {
		for _, s := range spaces {
			if s.Default {
				covered = s.Vectors
			}
		}
	}
	return min(1, float64(covered)/float64(t.Chunks)), nil
}
