package workspace

// This file decides which trees of an index a request is about: the work tree, branches, revisions, several repositories.

import (
	"context"
	"errors"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"loradex/indexer"
	"loradex/indexer/gitrepo"
	"loradex/internal/fault"
	"loradex/search"
)

// Tree is a tree of an index: a work tree, a branch or a revision of a repository.
type Tree struct {
	Repo      string  `json:"repo"`   // absolute folder, or the URL
	Kind      string  `json:"tree"`   // "work tree", "branch" or "revision"
	Branch    string  `json:"branch"` // "" unless it is a branch
	Rev       string  `json:"rev"`    // commit that was indexed; "" before the first one
	Dirty     bool    `json:"dirty"`  // the work tree differed from it
	IndexedAt string  `json:"indexed_at"`
	Files     int     `json:"files"`
	Chunks    int     `json:"chunks"`
	Coverage  float64 `json:"coverage"` // share of the chunks with the vector that a search without an adapter uses
	// Writer is who is writing the index now, "process 12"; "" where nobody is.
	Writer string `json:"writer,omitempty"`
}

// scope is an open index, narrowed to the trees that are meant.
type scope struct {
	search.Trees
	*openIndex
	names []indexer.Tree
}

// scope opens the index and narrows it to the trees of a selection. In an index of one repository, without a selection, the
// work tree is searched even before it was scanned.
func (l *local) scope(ctx context.Context, sel search.Selection) (scope, error) {
	x, err := l.open(ctx)
	if err != nil {
		return scope{}, err
	}
	names := []indexer.Tree{x.tree}
	state, err := x.store.State(ctx)
	if err != nil {
		return scope{}, err
	}
	if l.session.Shared == "" && sel.IsZero() && len(state.Trees) > 0 && !holds(state.Trees, x.tree) {
		top, err := ownFolder(ctx, scope{Trees: search.In(x.store, x.tree), openIndex: x})
		if err != nil {
			return scope{}, err
		}
		return scope{}, fault.New(fault.NotFound, "the work tree %s is not in the index in %s", top, x.dir).WithHint("run `loradex index %s`", top)
	}
	if l.session.Shared != "" || !sel.IsZero() {
		served, where, err := l.served(ctx, x, state.Trees)
		if err != nil {
			return scope{}, err
		}
		picked, err := l.session.pick(ctx, served, where, sel)
		if err != nil {
			return scope{}, err
		}
		names = namesOf(picked)
	}
	if sel.IsZero() {
		l.mu.Lock()
		l.trees = names
		l.mu.Unlock()
	}
	return scope{search.In(x.store, names...), x, names}, nil
}

// namesOf are the trees whose states are given; none is not nil, which would stand for all.
func namesOf(trees []indexer.TreeState) []indexer.Tree {
	out := make([]indexer.Tree, len(trees))
	for i, t := range trees {
		out[i] = t.Tree
	}
	return out
}

// holds tells whether a tree is among those of an index.
func holds(all []indexer.TreeState, t indexer.Tree) bool {
	return slices.ContainsFunc(all, func(have indexer.TreeState) bool { return have.Tree == t })
}

// served are those of an index's trees that requests may name: of a shared index those of the repository that the workspace
// is of, of any other all but the work trees that are linked to this one.
func (l *local) served(ctx context.Context, x *openIndex, all []indexer.TreeState) (trees []indexer.TreeState, where string, err error) {
	l.mu.Lock()
	where = l.where
	l.mu.Unlock()
	if l.session.Shared == "" {
		return slices.DeleteFunc(slices.Clone(all), func(t indexer.TreeState) bool { return t.IsWorkTree() && t.Tree != x.tree }), where, nil
	}
	if where == "" {
		return all, where, nil
	}
	for _, at := range append([]string{where}, l.beside...) {
		found, err := treesAt(all, at)
		if err == nil && !gitrepo.IsURL(at) {
			err = l.session.covers(ctx, func(above string) bool { return above == found[0].State.Repo }, at)
		}
		if err != nil {
			return nil, where, err
		}
		trees = append(trees, slices.DeleteFunc(found, func(t indexer.TreeState) bool { return holds(trees, t.Tree) })...)
	}
	return trees, where, nil
}

// Trees implements [Workspace].
func (l *local) Trees(ctx context.Context) ([]Tree, error) {
	x, err := l.open(ctx)
	if err != nil {
		return nil, err
	}
	held, err := x.store.Describe(ctx)
	if err != nil {
		return nil, err
	}
	trees, _, err := l.served(ctx, x, held.Trees)
	if err != nil {
		return nil, err
	}
	out, writer := make([]Tree, len(trees)), indexer.Writer(x.dir)
	for i, t := range trees {
		out[i] = treeOf(t)
		out[i].Writer = writer
		in := search.In(x.store, t.Tree)
		spaces, err := in.Spaces(ctx)
		if err != nil {
			return nil, err
		}
		if _, out[i].Coverage, err = indexer.Coverage(ctx, in.Covered, t.State, spaces, t.Chunks); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// treeOf describes a tree, but for its coverage.
func treeOf(t indexer.TreeState) Tree {
	out := Tree{
		Repo: t.State.Repo, Kind: "work tree", Branch: t.Branch, Rev: t.State.Rev, Dirty: t.State.Dirty,
		IndexedAt: timeText(t.State.Time), Files: t.Files, Chunks: t.Chunks,
	}
	switch {
	case t.Branch != "":
		out.Kind = "branch"
	case t.Rev != "":
		out.Kind = "revision"
	}
	return out
}

// timeText writes a time as RFC 3339; "" before there was one.
func timeText(unix int64) string {
	if unix <= 0 {
		return ""
	}
	return time.Unix(unix, 0).UTC().Format(time.RFC3339)
}

// treesAt picks the trees of the repository that a PATH|URL of this machine is in, or that is called so.
func treesAt(all []indexer.TreeState, where string) ([]indexer.TreeState, error) {
	at := where
	if gitrepo.IsURL(where) {
		url, err := gitrepo.CleanURL(where)
		if err != nil {
			return nil, fault.Usage(err)
		}
		at = url
	} else if abs, err := filepath.Abs(where); err == nil {
		at = abs
		if resolved, err := filepath.EvalSymlinks(abs); err == nil {
			at = resolved
		}
	}
	return treesNamed(all, at, where)
}

// treesNamed picks the trees of a repository by what the index calls it: at is its folder or URL, or a folder in it, name the
// last part of either.
func treesNamed(all []indexer.TreeState, at, name string) ([]indexer.TreeState, error) {
	for _, is := range []func(repo string) bool{
		func(repo string) bool { return repo == at },
		func(repo string) bool {
			rel, err := filepath.Rel(repo, filepath.Clean(at))
			return filepath.IsAbs(at) && filepath.IsAbs(repo) && err == nil && filepath.IsLocal(rel)
		},
		func(repo string) bool { return strings.TrimSuffix(path.Base(filepath.ToSlash(repo)), ".git") == name },
	} {
		found := slices.DeleteFunc(slices.Clone(all), func(t indexer.TreeState) bool { return !is(t.State.Repo) })
		if len(found) > 0 {
			return found, nil
		}
	}
	return nil, fault.New(fault.NotFound, "the index does not hold the repository %s", name).
		WithHint("it holds %s", listOf(all, func(t indexer.TreeState) string { return t.State.Repo }))
}

// pick picks among trees what a selection names. A repository is named as the index calls it: the name says nothing of a
// folder here. where is the repository of an index of its own.
func (s *Session) pick(ctx context.Context, trees []indexer.TreeState, where string, sel search.Selection) ([]indexer.TreeState, error) {
	if sel.Repo != "" {
		var err error
		if trees, err = treesNamed(trees, sel.Repo, sel.Repo); err != nil {
			return nil, err
		}
	}
	var out []indexer.TreeState
	switch {
	case len(sel.Branches) > 0:
		for _, b := range sel.Branches {
			before := len(out)
			for _, t := range trees {
				if t.Branch == b {
					out = append(out, t)
				}
			}
			if len(out) == before {
				return nil, fault.New(fault.NotFound, "the index does not hold branch %s", b).
					WithHint("run `loradex index --branch %s`; it holds %s", b, listOf(trees, func(t indexer.TreeState) string { return t.Branch }))
			}
		}
	case sel.Rev != "":
		hash, err := s.commitOf(ctx, where, sel.Rev, trees)
		if err != nil {
			return nil, err
		}
		for _, t := range trees {
			if t.State.Rev != "" && strings.HasPrefix(t.State.Rev, hash) && !t.State.Dirty {
				return []indexer.TreeState{t}, nil // trees of one commit are the same
			}
		}
		return nil, fault.New(fault.NotFound, "the index does not hold revision %s", sel.Rev).
			WithHint("run `loradex index --add-rev %s`", sel.Rev)
	case sel.All:
		out = slices.DeleteFunc(slices.Clone(trees), func(t indexer.TreeState) bool { return t.Rev != "" })
	default:
		out = slices.DeleteFunc(slices.Clone(trees), func(t indexer.TreeState) bool { return !t.IsWorkTree() })
	}
	return out, nil
}

// commitOf resolves a revision in the repository of some trees, where they are of one that is on this machine; else it must
// be the beginning of a hash. where is the repository of an index of its own, which may have been moved since.
func (s *Session) commitOf(ctx context.Context, where, rev string, trees []indexer.TreeState) (hash string, err error) {
	if s.Shared != "" {
		where = ""
		if repos := slices.CompactFunc(slices.Clone(trees), func(a, b indexer.TreeState) bool { return a.State.Repo == b.State.Repo }); len(repos) == 1 {
			where = repos[0].State.Repo
		}
	}
	var unknown error
	if where != "" && !gitrepo.IsURL(where) {
		own := s.child()
		defer func() { err = errors.Join(err, own.Close()) }()
		if repo, opening := own.openRepo(ctx, where, true); opening == nil { // else it was moved or removed; the index is here
			if hash, _, unknown = repo.Commit(rev); unknown == nil {
				return hash, nil
			}
		}
	}
	known := slices.ContainsFunc(trees, func(t indexer.TreeState) bool { return strings.HasPrefix(t.State.Rev, strings.ToLower(rev)) })
	if len(rev) >= 4 && (known || unknown == nil) {
		return strings.ToLower(rev), nil
	}
	if unknown == nil {
		unknown = fault.Usagef("give at least four digits of the commit's hash", "--rev %q is not known here", rev)
	}
	return "", unknown
}

// listOf lists what trees are called, each name once; "nothing else" where there is none.
func listOf(trees []indexer.TreeState, name func(t indexer.TreeState) string) string {
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
