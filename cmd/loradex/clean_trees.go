package main

// This file removes parts of an index: `clean --branch`, `clean --rev`, `clean --repo`.

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"loradex/indexer"
	"loradex/internal/fault"
	"loradex/search"
)

// cleanTreeFlags say what is removed from an index that stays.
type cleanTreeFlags struct {
	branches []string
	rev      string
	repo     string
}

func (f *cleanTreeFlags) flags(c *cobra.Command) {
	fl := c.Flags()
	fl.StringArrayVar(&f.branches, "branch", nil, "remove this branch from the index; may be given several times")
	fl.StringVar(&f.rev, "rev", "", "remove the tree of this revision, which was added with --add-rev")
	fl.StringVar(&f.repo, "repo", "", "with --index: the repository, as a folder, a URL or the last part of its name")
	c.MarkFlagsMutuallyExclusive("branch", "rev")
}

func (f *cleanTreeFlags) asked() bool { return len(f.branches) > 0 || f.rev != "" || f.repo != "" }

// cleanTrees removes trees with all that no other tree needs.
func (a *app) cleanTrees(ctx context.Context, where string, f cleanTreeFlags, yes bool) error {
	switch {
	case a.Shared == "" && f.repo != "":
		return usagef("name the repository as the argument", "--repo is for an index of several repositories, with --index")
	case a.Shared != "" && f.repo == "":
		return usagef("to remove all of it, delete the folder", "--index %s: give the repository to remove with --repo", a.Shared)
	}
	dir, kind, err := a.LockIndex(where)
	if err != nil {
		return err
	}
	store, err := a.OpenStore(ctx, dir, kind, false)
	if err != nil {
		return err
	}
	trees, err := a.treesToClean(ctx, store, where, f)
	if err != nil {
		return err
	}
	names := make([]string, len(trees))
	for i, t := range trees {
		names[i] = t.String()
	}
	if !yes && isTerminal(a.in) && !a.confirm("remove the "+strings.Join(names, ", ")+" from the index in "+dir+"?") {
		return fault.New(fault.Canceled, "nothing was removed")
	}
	if err := store.RemoveTrees(ctx, trees...); err != nil {
		return err
	}
	if a.flags.json {
		return a.printJSON(cleanDocument{Removed: []string{}, Trees: names})
	}
	for _, name := range names {
		a.printf("removed the %s from the index in %s\n", name, dir)
	}
	return nil
}

// treesToClean picks the trees that the flags name. The work tree of an index of its own goes with the index.
func (a *app) treesToClean(ctx context.Context, store search.Backend, where string, f cleanTreeFlags) ([]indexer.Tree, error) {
	state, err := store.State(ctx)
	if err != nil {
		return nil, err
	}
	all := state.Trees
	if a.Shared != "" {
		where = f.repo
		if all, err = treesOfRepo(all, where); err != nil {
			return nil, err
		}
	}
	if len(f.branches) > 0 || f.rev != "" {
		rest := all[:0:0]
		for _, t := range all {
			if t.Branch != "" && f.rev == "" || t.Rev != "" && f.rev != "" {
				rest = append(rest, t)
			}
		}
		if all, err = a.pickTrees(ctx, rest, where, treeFlags{branches: f.branches, rev: f.rev}); err != nil {
			return nil, err
		}
	}
	return treesIn(all), nil
}
