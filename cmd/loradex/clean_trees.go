package main

// This file removes parts of an index: `clean --branch`, `clean --rev`, `clean --repo`, linked work trees.

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"loradex/search"
)

// cleanTreeFlags say what is removed from an index that stays.
type cleanTreeFlags struct {
	branches []string
	rev      string
	repo     string
	gone     bool
}

func (f *cleanTreeFlags) flags(c *cobra.Command) {
	fl := c.Flags()
	fl.StringArrayVar(&f.branches, "branch", nil, "remove this branch from the index; may be given several times")
	fl.StringVar(&f.rev, "rev", "", "remove the tree of this revision, which was added with --add-rev")
	fl.StringVar(&f.repo, "repo", "", "with --index: the repository, as a folder, a URL or the last part of its name")
	fl.BoolVar(&f.gone, "gone", false, "remove the linked work trees that are not there any more")
	c.MarkFlagsMutuallyExclusive("branch", "rev", "gone")
}

func (f *cleanTreeFlags) asked() bool {
	return len(f.branches) > 0 || f.rev != "" || f.repo != "" || f.gone
}

// remove removes trees from an index that stays.
func (f *cleanTreeFlags) remove(ctx context.Context, a *app, where string, yes bool) error {
	switch {
	case a.Shared != "" && f.gone:
		return usagef("name a repository with --repo, which removes all its trees", "--gone is for the index of one repository, and not for --index")
	case a.Shared == "" && f.repo != "":
		return usagef("name the repository as the argument", "--repo is for an index of several repositories, with --index")
	case a.Shared != "" && f.repo == "":
		return usagef("without --branch and --rev the whole index is removed", "--index %s: give the repository of the trees with --repo", a.Shared)
	}
	agrees := func(dir string, names []string) bool {
		return yes || !isTerminal(a.in) || confirm(a, "remove the "+strings.Join(names, ", ")+" from the index in "+dir+"?")
	}
	remove := func() (string, []string, error) { return a.RemoveWorkTrees(ctx, where, f.gone, agrees) }
	if sel := (search.Selection{Repo: f.repo, Branches: f.branches, Rev: f.rev}); !sel.IsZero() {
		remove = func() (string, []string, error) { return a.RemoveTrees(ctx, where, sel, agrees) }
	}
	dir, names, err := remove()
	if err == nil && len(names) == 0 {
		a.Note("there is nothing to remove from the index in %s", dir)
	}
	if err != nil {
		return err
	}
	return a.showCleaned(cleanDocument{Trees: names}, dir)
}
