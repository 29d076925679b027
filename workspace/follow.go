package workspace

// This file keeps an index up to date: it is brought up to date again whenever the work tree has changed.

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"loradex/indexer"
	"loradex/indexer/gitrepo"
	"loradex/indexer/watch"
	"loradex/internal/fault"
)

// Update is what a run of [Session.Follow] did.
type Update struct {
	IndexReport
	First   bool   // it is the first run
	News    bool   // it found something to do, or the revision is another one
	Root    string // of the work tree
	Folders int    // that are watched; 0 where files are compared every [watch.DefaultPoll]
}

// follower is the state of following a work tree. Its methods work on nil, for a run that follows nothing.
type follower struct {
	session *Session
	last    indexer.Report
	current watch.Update
	starved bool // the last run gave way before it had encoded anything
}

// Follow indexes a work tree and follows it until ctx ends, by the system's events or by comparing files. updated is called
// after each run. What the first run is asked for is in the index then, and later ones keep it up to date.
func (s *Session) Follow(ctx context.Context, where string, poll bool, o IndexOptions, updated func(Update) error) error {
	if err := o.Validate(); err != nil {
		return err
	}
	if gitrepo.IsURL(where) {
		return fault.Usagef("name a folder", "--watch follows a work tree, and %s is a URL", where)
	}
	run := s.child()
	run.Note = once(s.Note) // a run says each time what an index lacks
	repo, err := s.openRepo(ctx, where, false)
	if err != nil {
		return err
	}
	if repo.Bare() {
		return fault.Usagef("name a work tree", "--watch follows a work tree, and %s is a bare repository", where)
	}
	// What every run needs is opened here, so that it does not count as the first one's work.
	base := s.Open(where).Base(ctx)
	reason, err := base.WithoutVectors(ctx)
	if err != nil {
		return err
	}
	if reason == nil {
		if _, err := base.Encoder(ctx); err != nil {
			return err
		}
	}
	w := watch.Options{Note: func(text string) { s.Note("%s", text) }}
	if poll {
		w.Poll = watch.DefaultPoll
	}
	f := &follower{session: s}
	return watch.Follow(ctx, repo, w, func(ctx context.Context, u watch.Update) error {
		f.current = u
		report, err := run.index(ctx, where, o, f)
		if err != nil && !errors.Is(err, errYield) {
			return err
		}
		if u.First {
			o = IndexOptions{Store: o.Store}
		}
		return updated(f.update(report, repo.Root()))
	})
}

// update describes a run.
func (f *follower) update(r IndexReport, root string) Update {
	news := r.Files.Indexed+r.Files.Removed+r.Chunks.Encoded > 0 || r.Rev != f.last.Rev || r.Dirty != f.last.Dirty
	f.last = r.Report
	return Update{IndexReport: r, First: f.current.First, News: news, Root: root, Folders: f.current.Folders}
}

// lock takes the lock of an index. A follower waits for it, and says for whom; so does a run that shares the index with linked
// work trees.
func (f *follower) lock(ctx context.Context, dir string, wait bool) (release func() error, err error) {
	release, err = indexer.Lock(dir)
	if f == nil && !wait || fault.CodeOf(err) != fault.Conflict {
		return release, err
	}
	if f != nil {
		f.session.Note("%v; waiting until it is done", err)
	}
	return indexer.WaitLock(ctx, dir)
}

// once leaves out notes that were written before.
func once(note func(format string, args ...any)) func(format string, args ...any) {
	var mu sync.Mutex
	said := map[string]bool{}
	return func(format string, args ...any) {
		text := fmt.Sprintf(format, args...)
		mu.Lock()
		defer mu.Unlock()
		if !said[text] {
			said[text] = true
			note("%s", text)
		}
	}
}
