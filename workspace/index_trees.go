package workspace

// This file indexes branches and revisions beside the work tree: `index --branch`, `--all-branches`, `--add-rev`.

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strconv"
	"time"

	"loradex/indexer"
	"loradex/indexer/gitrepo"
	"loradex/internal/fault"
	"loradex/search"
)

// treeReport is what a run did with a tree beside the work tree.
type treeReport struct {
	Branch string `json:"branch,omitempty"`
	indexer.Report
}

// wantedTree is a tree to index, and the commit that it is now.
type wantedTree struct {
	tree   indexer.Tree
	commit string
}

// indexTrees indexes what is asked for beside the work tree. Files that another tree has are taken from there, texts that were seen before
// have their vectors.
func (s *Session) indexTrees(ctx context.Context, repo *gitrepo.Repo, store search.Backend, encoder indexer.Encoder, opts indexer.Options,
	o IndexOptions,
) ([]treeReport, error) {
	wanted, err := s.wantedTrees(ctx, repo, store, o)
	if err != nil {
		return nil, err
	}
	opts.Full = false // the run over the work tree has emptied the spaces
	var out []treeReport
	for _, w := range wanted {
		report, err := indexer.Index(ctx, repo.Source(w.commit), search.In(store, w.tree), encoder, opts)
		out = append(out, treeReport{w.tree.Branch, report})
		if err != nil && !errors.Is(err, errElsewhere) {
			return out, fault.Prefix(err, "%s", w.tree)
		}
	}
	return out, nil
}

// wantedTrees resolves what is asked for, each tree once.
func (s *Session) wantedTrees(ctx context.Context, repo *gitrepo.Repo, store search.Backend, o IndexOptions) ([]wantedTree, error) {
	name := s.familyOf(repo)
	var out []wantedTree
	add := func(w wantedTree) {
		if !slices.ContainsFunc(out, func(have wantedTree) bool { return have.tree == w.tree }) {
			out = append(out, w)
		}
	}
	for _, b := range o.Branches {
		branch, err := repo.Branch(b)
		if err != nil {
			return nil, err
		}
		add(wantedTree{indexer.Tree{Repo: name, Branch: branch.Name}, branch.Commit})
	}
	for _, rev := range o.Revs {
		hash, _, err := repo.Commit(rev)
		if err != nil {
			return nil, err
		}
		add(wantedTree{indexer.Tree{Repo: name, Rev: hash}, hash})
	}
	if !o.AllBranches {
		return out, nil
	}
	from, err := sinceTime(repo, o.Since, time.Now())
	if err != nil {
		return nil, err
	}
	branches, err := repo.Branches(ctx)
	if err != nil {
		return nil, err
	}
	for _, b := range branches {
		if !b.Time.Before(from) {
			add(wantedTree{indexer.Tree{Repo: name, Branch: b.Name}, b.Commit})
		}
	}
	return out, s.noteGone(ctx, store, name, branches)
}

// noteGone says which branches of the index the repository does not have any more.
func (s *Session) noteGone(ctx context.Context, store search.Backend, name string, branches []gitrepo.Branch) error {
	state, err := store.State(ctx)
	for _, t := range state.Trees {
		if t.Repo != name || t.Branch == "" || slices.ContainsFunc(branches, func(b gitrepo.Branch) bool { return b.Name == t.Branch }) {
			continue
		}
		s.Note("the index holds branch %s, which the repository has not; `loradex clean --branch %s` removes it", t.Branch, t.Branch)
	}
	return err
}

// sincePeriod is a number of days, weeks, months or years.
var sincePeriod = regexp.MustCompile(`^(\d{1,5})(d|w|mo|y)$`)

// sinceTime reads --since: a date, a time, a period before now, or a revision, whose commit's time it is. The zero time
// for "".
func sinceTime(repo *gitrepo.Repo, text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339, time.DateTime} {
		if t, err := time.ParseInLocation(layout, text, now.Location()); err == nil {
			return t, nil
		}
	}
	if m := sincePeriod.FindStringSubmatch(text); m != nil {
		n, err := strconv.Atoi(m[1])
		if err != nil {
			return time.Time{}, fault.Usagef("such as 30d", "--since is %q", text)
		}
		switch m[2] {
		case "d":
			return now.AddDate(0, 0, -n), nil
		case "w":
			return now.AddDate(0, 0, -7*n), nil
		case "mo":
			return now.AddDate(0, -n, 0), nil
		}
		return now.AddDate(-n, 0, 0), nil
	}
	if d, err := time.ParseDuration(text); err == nil && d >= 0 {
		return now.Add(-d), nil
	}
	_, when, err := repo.Commit(text)
	if err != nil {
		return time.Time{}, fault.Prefix(err, "--since %s", text).
			WithHint("give a date such as 2026-01-31, a period such as 30d, 6w or 12h, or a revision")
	}
	return when, nil
}
