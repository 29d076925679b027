package workspace

// This file answers where nothing is indexed yet: the words of the files are indexed first, which takes moments, and vectors follow.

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"loradex/indexer"
	"loradex/indexer/gitrepo"
	"loradex/internal/fault"
	"loradex/search"
)

// Indexing says what was indexed for a search just now, and what makes the rest. It is a member of what `search --json` prints.
type Indexing struct {
	Files   int     `json:"files"`             // of the work tree whose words were indexed for this search; 0 where they were before
	Chunks  int     `json:"chunks"`            // of those
	Seconds float64 `json:"seconds"`           // that took
	Command string  `json:"command,omitempty"` // makes the vectors; "" where no model is there to make them
	PID     int     `json:"pid,omitempty"`     // of the process in the background that makes them
	Log     string  `json:"log,omitempty"`     // its report, or its error
}

// IndexWords indexes the words of the work tree that the workspace is of, where no index has all of them, and says so; nil where
// there is nothing to do, or nothing that can be done: what is wrong, the search tells.
func (l *local) IndexWords(ctx context.Context) (*Indexing, error) {
	top, err := l.unindexed(ctx)
	if top == "" || err != nil {
		return nil, err
	}
	s := l.session
	s.Note("%s is not indexed: its words are indexed first", top)
	start := time.Now()
	report, err := s.index(ctx, top, IndexOptions{Store: s.Config.Index.Store, words: true}, nil)
	if err != nil {
		return nil, err
	}
	return &Indexing{Files: report.Files.Indexed + report.Files.Unchanged, Chunks: report.Chunks.Total, Seconds: time.Since(start).Seconds()}, nil
}

// unindexed returns the top of the work tree that the workspace is of, where no index has all its files; else "". What is not
// part of the repository above it, an ignored folder or a repository inside, is not indexed without being asked for.
func (l *local) unindexed(ctx context.Context) (top string, err error) {
	s := l.session
	if s.Shared != "" || gitrepo.IsURL(l.where) {
		return "", nil
	}
	x, opening := l.open(ctx)
	if opening == nil {
		state, err := x.store.State(ctx)
		if err != nil || scanned(state.Trees, x.tree) {
			return "", err
		}
	} else if !errors.As(opening, new(noIndexError)) {
		return "", nil // the search says what is wrong
	}
	run := s.child()
	defer func() { err = errors.Join(err, run.Close()) }()
	repo, err := run.openRepo(ctx, l.where, true)
	if err != nil || opening == nil && x.dir != s.indexOf(repo) {
		return "", nil //nolint:nilerr // the search says what is missing
	}
	return repo.Root(), nil
}

// firstScope is scope for who asks something: where nothing is indexed, words are, before the first answer.
func (l *local) firstScope(ctx context.Context, sel search.Selection) (scope, error) {
	in, err := l.scope(ctx, sel)
	if fault.CodeOf(err) != fault.NotFound {
		return in, err
	}
	l.first.Lock() // one of several that ask at once indexes
	defer l.first.Unlock()
	if in, err = l.scope(ctx, sel); fault.CodeOf(err) != fault.NotFound {
		return in, err
	}
	if did, indexing := l.IndexWords(ctx); did == nil || indexing != nil {
		return in, cmp.Or(indexing, err)
	}
	return l.scope(ctx, sel)
}

// scanned tells whether an index has all files of a tree, as they once were.
func scanned(all []indexer.TreeState, t indexer.Tree) bool {
	return slices.ContainsFunc(all, func(have indexer.TreeState) bool { return have.Tree == t && have.State.Time > 0 })
}

// MakesVectors is the command that makes the vectors of an index; "" where there is no model for it.
func (l *local) MakesVectors(ctx context.Context) string {
	if reason, err := l.withoutVectors(ctx); reason != nil || err != nil {
		return ""
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.where == "." {
		return "loradex index"
	}
	return "loradex index " + l.where
}
