package watch

import (
	"context"
	"errors"
	"os"
	"sync"
	"time"

	"loradex/internal/fault"
)

// How long an update that failed waits for its next try.
const (
	firstRetry   = time.Second
	longestRetry = time.Minute
)

// Follow calls update at once, and again whenever the tree has changed, until ctx ends: then it returns nil, whatever
// the update in progress said of it. update is called from this goroutine, never twice at a time.
//
// Errors: NotFound when the folder is gone; Unavailable where neither events nor polling work; and those of update,
// which end it. One exception: an update that fails with Unavailable (the disk is full, a server is down) after the
// first one succeeded is tried again after a while, or at the next change, and Options.Note says so.
func Follow(ctx context.Context, tree tree, o Options, update func(context.Context, Update) error) error {
	o, err := o.withDefaults()
	if err != nil {
		return err
	}
	f := &follower{tree: tree, opts: o, signal: make(chan struct{}, 1)}
	err = f.follow(ctx, update)
	if f.source != nil {
		err = errors.Join(err, f.source.close())
	}
	if ctx.Err() != nil {
		return nil //nolint:nilerr // the end that was asked for
	}
	return err
}

// source finds changes and calls follower.changed for each.
type source interface {
	// refresh takes note of folders that came and went. What happens after it began is reported.
	refresh(ctx context.Context) error
	// folders is how many are watched; 0 where none is.
	folders() int
	// close ends its goroutine and waits for it.
	close() error
}

type follower struct {
	tree   tree
	opts   Options
	source source
	signal chan struct{} // full when something changed that the loop has not seen

	mu    sync.Mutex    // guards stale
	stale chan struct{} // of the update in progress; nil where it is closed
}

// changed is called by the source's goroutine.
func (f *follower) changed() {
	select {
	case f.signal <- struct{}{}:
	default:
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.stale != nil {
		close(f.stale)
		f.stale = nil
	}
}

// begin takes note that an update begins: what is reported from here on is for the next one.
func (f *follower) begin() <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	select {
	case <-f.signal:
	default:
	}
	f.stale = make(chan struct{})
	return f.stale
}

func (f *follower) follow(ctx context.Context, update func(context.Context, Update) error) error {
	retry := time.Duration(0)
	for first := true; ; first = false {
		if !first {
			if err := f.wait(ctx, retry); err != nil {
				return err
			}
		}
		changed := f.begin()
		if err := f.refresh(ctx); err != nil {
			return err
		}
		err := update(ctx, Update{First: first, Folders: f.source.folders(), Changed: changed})
		switch {
		case err == nil:
			retry = 0
		case ctx.Err() != nil:
			return err
		case first || fault.CodeOf(err) != fault.Unavailable || f.gone() != nil:
			return errors.Join(f.gone(), err)
		default:
			retry = min(max(firstRetry, 2*retry), longestRetry)
			f.opts.Note(err.Error() + "; it is tried again in " + retry.String() + ", or when something changes")
		}
	}
}

// wait returns when something changed and came to rest, or when it is time for a retry.
func (f *follower) wait(ctx context.Context, retry time.Duration) error {
	var again <-chan time.Time
	if retry > 0 {
		again = time.After(retry)
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-again:
		return nil
	case <-f.signal:
	}
	quiet, longest := time.NewTimer(f.opts.quiet), time.NewTimer(f.opts.longest)
	defer quiet.Stop()
	defer longest.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-f.signal:
			quiet.Reset(f.opts.quiet)
		case <-quiet.C:
			return nil
		case <-longest.C:
			return nil
		}
	}
}

// refresh brings what is watched up to date, and begins to poll where the system watches no more.
func (f *follower) refresh(ctx context.Context) error {
	if err := f.gone(); err != nil {
		return err
	}
	if f.source == nil && f.opts.Poll == 0 {
		f.source = &events{follower: f}
	}
	if f.source != nil {
		err := f.source.refresh(ctx)
		var limit *limitError
		if !errors.As(err, &limit) {
			return errors.Join(f.gone(), err)
		}
		f.opts.Note(limit.text(DefaultPoll))
		if err := f.source.close(); err != nil {
			return err
		}
		f.source, f.opts.Poll = nil, DefaultPoll
	}
	p, err := newPolling(ctx, f)
	if err != nil {
		return errors.Join(f.gone(), err)
	}
	f.source = p
	return nil
}

// gone returns an error where the folder is not there any more.
func (f *follower) gone() error {
	info, err := os.Stat(f.tree.Root())
	if err == nil && info.IsDir() {
		return nil
	}
	return fault.New(fault.NotFound, "the folder %s, which was followed, is gone", f.tree.Root()).
		WithHint("start again where it is now")
}
