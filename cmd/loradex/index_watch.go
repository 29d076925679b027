package main

// This file keeps an index up to date: `index --watch` runs `index` again whenever the work tree has changed.

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"loradex/embed"
	"loradex/indexer"
	"loradex/indexer/gitrepo"
	"loradex/indexer/watch"
	"loradex/internal/fault"
)

// What --watch may say.
const (
	watchEvents = "events"
	watchPoll   = "poll"
)

// lockRest is how long a watcher rests before it looks again whether the lock of the index is free.
const lockRest = 200 * time.Millisecond

// errYield ends a run of the indexer that has made way for newer changes. What it has done is stored.
var errYield = errors.New("the work tree has changed again")

// watching is an `index --watch`. Its methods work on nil, for an `index` that is not one.
type watching struct {
	app     *app
	notes   io.Writer // as before repeated notes were left out
	last    indexer.Report
	current watch.Update
	starved bool // the last run gave way before it had encoded anything
}

// watchIndex indexes a work tree and follows it until ctx ends.
func (a *app) watchIndex(ctx context.Context, where string, f indexFlags) error {
	o := watch.Options{Note: func(text string) { a.note("%s", text) }}
	switch f.watch {
	case watchEvents:
	case watchPoll:
		o.Poll = watch.DefaultPoll
	default:
		return usagef("use --watch, or --watch=poll where the file system reports no changes", "--watch is %q", f.watch)
	}
	if err := a.checkIndexFlags(f); err != nil {
		return err
	}
	if gitrepo.IsURL(where) {
		return usagef("name a folder", "--watch follows a work tree, and %s is a URL", where)
	}
	repo, err := a.openRepo(ctx, where)
	if err != nil {
		return err
	}
	if repo.Bare() {
		return usagef("name a work tree", "--watch follows a work tree, and %s is a bare repository", where)
	}
	// What every run needs is opened here, so that it stays open between them.
	reason, err := a.withoutVectors(ctx)
	if err != nil {
		return err
	}
	if reason == nil {
		if _, err := a.openEngine(ctx); err != nil {
			return err
		}
	}
	a.plainErrors = true // standard output is a stream of lines
	w := &watching{app: a, notes: a.err}
	a.err = &newNotes{inner: a.err, said: map[string]bool{}}
	f.watching = w
	err = watch.Follow(ctx, repo, o, func(ctx context.Context, u watch.Update) error {
		w.current = u
		err := a.scoped(func() error { return a.index(ctx, where, f) })
		if !u.First || err != nil {
			return err
		}
		// What was asked for is in the index now, and the index is what later runs keep up to date.
		f.full, f.dropSpaces, f.adapter, f.languageWise, f.storeByFlag = false, nil, "", "", false
		if u.Folders > 0 {
			a.note("following %s folders; Ctrl-C ends it", thousands(u.Folders))
		} else {
			a.note("comparing the files of %s every %v; Ctrl-C ends it", repo.Root(), watch.DefaultPoll)
		}
		return nil
	})
	if err == nil {
		a.note("stopped; the index stays as it is")
	}
	return err
}

// scoped closes at the end what f has opened.
func (a *app) scoped(f func() error) error {
	before := a.closers
	a.closers = nil
	err := f()
	err = errors.Join(err, a.close())
	a.closers = before
	return err
}

// lock takes the lock of an index. A watcher waits for it, and says for whom.
func (w *watching) lock(ctx context.Context, dir string) (release func() error, err error) {
	release, err = indexer.Lock(dir)
	if w == nil || !hasCode(err, fault.Conflict) {
		return release, err
	}
	if !w.app.flags.quiet {
		_, _ = io.WriteString(w.notes, "note: "+err.Error()+"; waiting until it is done\n") //nolint:errcheck // a note
	}
	for hasCode(err, fault.Conflict) {
		select {
		case <-ctx.Done():
			return nil, fault.Wrap(fault.Canceled, ctx.Err(), "waiting for the lock of the index")
		case <-time.After(lockRest):
		}
		release, err = indexer.Lock(dir)
	}
	return release, err
}

// updated shows what a run did. It takes the error of one that made way for another for a success: the next one goes on.
func (w *watching) updated(r indexer.Report, dir string, err error) error {
	if err != nil && !errors.Is(err, errYield) {
		return canceled(err, "indexing", "what is done is kept; run `loradex index` again to go on")
	}
	a := w.app
	news := r.Files.Indexed+r.Files.Removed+r.Chunks.Encoded > 0 || r.Rev != w.last.Rev || r.Dirty != w.last.Dirty
	w.last = r
	switch {
	case a.flags.json && (news || w.current.First):
		line, err := json.Marshal(r)
		if err != nil {
			return err
		}
		a.printf("%s\n", line)
	case a.flags.json:
	case w.current.First:
		a.showIndexed(r, dir)
	case news:
		a.printf("%s\n", updateLine(time.Now(), r))
	}
	if err := a.out.Flush(); err != nil {
		return fault.Wrap(fault.Unavailable, err, "the output cannot be written").WithHint("whoever read it has gone: start again")
	}
	return nil
}

// updateLine says in one line what an update did.
func updateLine(at time.Time, r indexer.Report) string {
	var parts []string
	for _, p := range []struct {
		n    int
		what string
	}{{r.Files.Indexed, "indexed"}, {r.Files.Removed, "removed"}} {
		if p.n > 0 {
			parts = append(parts, thousands(p.n)+" "+p.what)
		}
	}
	line := at.Format(time.TimeOnly) + "  "
	if len(parts) > 0 {
		line += "files: " + strings.Join(parts, ", ") + "; "
	}
	if r.Chunks.Encoded > 0 {
		line += thousands(r.Chunks.Encoded) + " texts encoded; "
	}
	if len(r.Spaces) > 0 && r.Coverage < 1 {
		line += "vectors cover " + percent(int(r.Coverage*100), 100) + "; "
	}
	if r.Rev != "" {
		line += "at " + shortRev(r.Rev)
		if r.Dirty {
			line += " with changes"
		}
		line += "; "
	}
	return line + fmt.Sprintf("%.1f s", r.Seconds.Total)
}

// encoder makes an encoder give way when the work tree has changed again.
func (w *watching) encoder(inner indexer.Encoder) indexer.Encoder {
	if w == nil {
		return inner
	}
	return &yielding{watching: w, inner: inner}
}

// yielding is the encoder of one run. What it has made when it gives way is stored by the indexer, and of two runs in a row
// one makes some vectors: so a tree that changes all the time still gets all of them.
type yielding struct {
	*watching
	inner   indexer.Encoder
	encoded bool // some texts
}

// Each hands over the vectors of the inner encoder until the work tree changes, and returns errYield then.
func (y *yielding) Each(ctx context.Context, rows []embed.Row, take func(i int, vector []float32, tokens int) error) error {
	inner, cancel := context.WithCancel(ctx)
	some := make(chan struct{}) // closed with the first vector
	first := sync.OnceFunc(func() { close(some) })
	if !y.starved {
		first()
	}
	var group sync.WaitGroup
	group.Go(func() {
		for _, wait := range []<-chan struct{}{some, y.current.Changed} {
			select {
			case <-wait:
			case <-inner.Done():
				return
			}
		}
		cancel()
	})
	err := y.inner.Each(inner, rows, func(i int, vector []float32, tokens int) error {
		y.encoded = true
		first()
		return take(i, vector, tokens)
	})
	yielded := err != nil && inner.Err() != nil && ctx.Err() == nil
	cancel()
	group.Wait()
	if y.starved = yielded && !y.encoded; yielded {
		return errYield
	}
	return err
}

// newNotes leaves out notes that were written before: a run says each time what an index lacks.
type newNotes struct {
	inner io.Writer
	said  map[string]bool
}

func (n *newNotes) Write(p []byte) (int, error) {
	if bytes.HasPrefix(p, []byte("note: ")) {
		if n.said[string(p)] {
			return len(p), nil
		}
		n.said[string(p)] = true
	}
	return n.inner.Write(p)
}
