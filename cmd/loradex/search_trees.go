package main

// This file decides which trees of an index a search looks at: the work tree, branches, revisions, several repositories.

import (
	"context"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"loradex/indexer"
	"loradex/indexer/gitrepo"
	"loradex/internal/fault"
	"loradex/search"
)

// treeFlags say which trees of an index are meant. Without any it is the work tree; in an index of several repositories,
// all of theirs.
type treeFlags struct {
	branches []string
	rev      string
	all      bool
	// resolve finds the commit of rev among trees; nil is app.commitOf.
	resolve func(ctx context.Context, rev string, trees []indexer.TreeState) (string, error)
}

func (f *treeFlags) flags(c *cobra.Command) {
	fl := c.Flags()
	fl.StringArrayVar(&f.branches, "branch", nil, "look in this branch, which was indexed; may be given several times")
	fl.StringVar(&f.rev, "rev", "", "look in the tree of this revision, which was indexed")
	fl.BoolVar(&f.all, "all-branches", false, "look in the work tree and all branches that were indexed")
	c.MarkFlagsMutuallyExclusive("branch", "rev", "all-branches")
}

// scope is the trees of an index that are meant.
type scope struct {
	*search.Trees
	names []indexer.Tree
}

func newScope(store search.Backend, names ...indexer.Tree) scope {
	return scope{search.In(store, names...), names}
}

// scopeOf narrows an index. repo is a PATH|URL or a name, for an index of several repositories; "" stands for all.
func (a *app) scopeOf(ctx context.Context, store search.Backend, repo string, f treeFlags) (scope, error) {
	if a.Shared == "" && len(f.branches) == 0 && f.rev == "" && !f.all {
		return newScope(store, indexer.Tree{}), nil
	}
	state, err := store.State(ctx)
	if err != nil {
		return scope{}, err
	}
	mine := state.Trees
	if a.Shared != "" && repo != "" {
		if mine, err = treesOfRepo(mine, repo); err != nil {
			return scope{}, err
		}
	}
	picked, err := a.pickTrees(ctx, mine, repo, f)
	if err != nil {
		return scope{}, err
	}
	return newScope(store, treesIn(picked)...), nil
}

// treesIn are the trees whose states are given; none is not nil, which would stand for all.
func treesIn(states []indexer.TreeState) []indexer.Tree {
	trees := make([]indexer.Tree, len(states))
	for i, t := range states {
		trees[i] = t.Tree
	}
	return trees
}

// treesOfRepo picks the trees of a repository: by its URL, a folder in it, or the last part of its name.
func treesOfRepo(all []indexer.TreeState, repo string) ([]indexer.TreeState, error) {
	is := func(string) bool { return false }
	if gitrepo.IsURL(repo) {
		url, err := gitrepo.CleanURL(repo)
		if err != nil {
			return nil, usage(err)
		}
		is = func(name string) bool { return name == url }
	} else if abs, err := filepath.Abs(repo); err == nil {
		if resolved, err := filepath.EvalSymlinks(abs); err == nil {
			abs = resolved
		}
		is = func(name string) bool {
			rel, err := filepath.Rel(name, abs)
			return err == nil && filepath.IsLocal(rel)
		}
	}
	of := func(is func(string) bool) []indexer.TreeState {
		return slices.DeleteFunc(slices.Clone(all), func(t indexer.TreeState) bool { return !is(t.Repo) })
	}
	found := of(is)
	if len(found) == 0 {
		found = of(func(name string) bool { return strings.TrimSuffix(path.Base(filepath.ToSlash(name)), ".git") == repo })
	}
	if len(found) == 0 {
		return nil, fault.New(fault.NotFound, "the index does not hold the repository %s", repo).WithHint("it holds %s", namesOf(all, func(t indexer.TreeState) string { return t.Repo }))
	}
	return found, nil
}

// pickTrees picks among trees what the flags name.
func (a *app) pickTrees(ctx context.Context, trees []indexer.TreeState, repo string, f treeFlags) ([]indexer.TreeState, error) {
	var out []indexer.TreeState
	switch {
	case len(f.branches) > 0:
		for _, b := range f.branches {
			before := len(out)
			for _, t := range trees {
				if t.Branch == b {
					out = append(out, t)
				}
			}
			if len(out) == before {
				return nil, fault.New(fault.NotFound, "the index does not hold branch %s", b).
					WithHint("run `loradex index --branch %s`; it holds %s", b, namesOf(trees, func(t indexer.TreeState) string { return t.Branch }))
			}
		}
	case f.rev != "":
		resolve := f.resolve
		if resolve == nil {
			resolve = func(ctx context.Context, rev string, trees []indexer.TreeState) (string, error) {
				return a.commitOf(ctx, repo, rev, trees)
			}
		}
		hash, err := resolve(ctx, f.rev, trees)
		if err != nil {
			return nil, err
		}
		for _, t := range trees {
			if t.State.Rev != "" && strings.HasPrefix(t.State.Rev, hash) && !t.State.Dirty {
				out = append(out, t)
			}
		}
		if len(out) == 0 {
			return nil, fault.New(fault.NotFound, "the index does not hold revision %s", f.rev).
				WithHint("run `loradex index --add-rev %s`", f.rev)
		}
		out = out[:1] // trees of one commit are the same
	case f.all:
		out = slices.DeleteFunc(slices.Clone(trees), func(t indexer.TreeState) bool { return t.Rev != "" })
	default:
		out = slices.DeleteFunc(slices.Clone(trees), func(t indexer.TreeState) bool { return !t.IsWorkTree() })
	}
	return out, nil
}

// commitOf resolves a revision in the repository, where that is at hand: else it must be the beginning of a hash.
func (a *app) commitOf(ctx context.Context, repo, rev string, trees []indexer.TreeState) (string, error) {
	if repo == "" {
		repo = "."
	}
	var unknown error
	if !gitrepo.IsURL(repo) {
		r, err := a.OpenRepo(ctx, repo)
		if err == nil {
			hash, _, err := r.Commit(rev)
			if err == nil {
				return hash, nil
			}
			unknown = err
		}
	}
	return knownCommit(rev, trees, unknown)
}

// knownCommit takes a revision for the beginning of a hash of one of the trees, or else gives unknown back; where that is
// nil the repository could not be asked.
func knownCommit(rev string, trees []indexer.TreeState, unknown error) (string, error) {
	known := slices.ContainsFunc(trees, func(t indexer.TreeState) bool { return strings.HasPrefix(t.State.Rev, strings.ToLower(rev)) })
	if len(rev) >= 4 && (known || unknown == nil) {
		return strings.ToLower(rev), nil
	}
	if unknown == nil {
		unknown = usagef("give at least four digits of the commit's hash", "--rev %q is not known here", rev)
	}
	return "", unknown
}

// namesOf lists what trees are called, each name once; "nothing else" where there is none.
func namesOf(trees []indexer.TreeState, name func(t indexer.TreeState) string) string {
	var out []string
	for _, t := range trees {
		if n := name(t); n != "" && !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	if len(out) == 0 {
		return "nothing else"
	}
	return strings.Join(out, ", ")
}
