package watch

// This file has the system report changes, by fsnotify. It watches folders, not trees: each one is added by hand.

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/fsnotify/fsnotify"

	"loradex/internal/fault"
)

// events is the source that the system feeds.
type events struct {
	follower *follower
	watcher  *fsnotify.Watcher
	watched  map[string]bool
	done     chan struct{} // closed when the goroutine of the watcher has ended

	view  atomic.Pointer[view] // what the last walk found
	stale atomic.Bool          // the watches may not be those of the folders any more
}

// view is the result of a walk. Only the goroutine that takes events uses it.
type view struct {
	watched map[string]bool
	matters func(path string) bool
}

func (e *events) folders() int { return len(e.watched) }

// refresh watches the folders of the tree. Where one that was watched is gone, all are watched anew: a watch belongs to
// a folder, not to its name, so after renames it is not certain which watch reports what under which name.
func (e *events) refresh(ctx context.Context) error {
	if e.watcher != nil && !e.stale.Swap(false) {
		watched, matters, err := e.walk(ctx, e.watcher)
		if err != nil {
			return err
		}
		gone := maps.Clone(e.watched)
		maps.DeleteFunc(gone, func(dir string, _ bool) bool { return watched[dir] })
		if len(gone) == 0 {
			e.watched = watched
			e.view.Store(&view{watched, matters})
			return nil
		}
	}
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return watchError(err, 0, e.follower.tree.Root())
	}
	watched, matters, err := e.walk(ctx, watcher)
	if err != nil {
		return errors.Join(err, watcher.Close())
	}
	if err := e.close(); err != nil {
		return errors.Join(err, watcher.Close())
	}
	// The old goroutine has ended: only one at a time may call matters.
	e.view.Store(&view{watched, matters})
	e.watcher, e.watched, e.done = watcher, watched, make(chan struct{})
	go e.take(watcher, e.done)
	return nil
}

// walk adds every folder of the tree to a watcher. Adding one twice does nothing.
func (e *events) walk(ctx context.Context, w *fsnotify.Watcher) (map[string]bool, func(string) bool, error) {
	watched := map[string]bool{}
	matters, err := e.follower.tree.Folders(ctx, func(dir string) error {
		err := w.Add(dir)
		if limit := e.follower.opts.maxFolders; limit > 0 && len(watched) >= limit {
			err = syscall.ENOSPC
		}
		switch {
		case err == nil:
			watched[dir] = true
		case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
			// It went meanwhile, which its parent reports.
		case errors.Is(err, fs.ErrPermission):
			// What cannot be read is not indexed either.
		default:
			return watchError(err, len(watched), dir)
		}
		return nil
	})
	return watched, matters, err
}

// take reports events until the watcher is closed. It never waits for the update, so the system's queue is emptied while
// one runs.
func (e *events) take(w *fsnotify.Watcher, done chan struct{}) {
	defer close(done)
	for {
		select {
		case event, ok := <-w.Events:
			if !ok {
				return
			}
			if e.concerns(event) {
				e.follower.changed()
			}
		case _, ok := <-w.Errors:
			if !ok {
				return
			}
			// The queue ran over, or could not be read: whatever happened, a look at the tree finds it.
			e.stale.Store(true)
			e.follower.changed()
		}
	}
}

// concerns tells whether an event is about something that matters.
func (e *events) concerns(event fsnotify.Event) bool {
	if !event.Has(fsnotify.Create) && !event.Has(fsnotify.Write) && !event.Has(fsnotify.Remove) && !event.Has(fsnotify.Rename) {
		return false // other attributes: nothing that is indexed
	}
	v := e.view.Load()
	if v.watched[event.Name] && (event.Has(fsnotify.Remove) || event.Has(fsnotify.Rename)) {
		e.stale.Store(true)
		return true
	}
	return v.matters(event.Name)
}

// close ends the goroutine.
func (e *events) close() error {
	if e.watcher == nil {
		return nil
	}
	err := e.watcher.Close()
	<-e.done
	e.watcher = nil
	if err != nil {
		return fault.Wrap(fault.Unavailable, err, "following %s cannot be ended", e.follower.tree.Root())
	}
	return nil
}

// limitError says that the system watches no more folders.
type limitError struct {
	cause   error
	folders int // that are watched already
}

func (l *limitError) Error() string {
	return fmt.Sprintf("the system watches no more than %d folders: %v", l.folders, l.cause)
}

func (l *limitError) Unwrap() error { return l.cause }

// text says it to a person, with the remedy.
func (l *limitError) text(poll time.Duration) string {
	remedy := "close other programs that watch files"
	if errors.Is(l.cause, syscall.ENOSPC) {
		remedy = "raise it with `sysctl fs.inotify.max_user_watches=1048576`"
	}
	return fmt.Sprintf("the system's limit of watched folders is reached after %d; files are compared every %v instead (%s)", l.folders, poll, remedy)
}

// watchError tells limits from other failures.
func watchError(err error, watched int, dir string) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) {
		return &limitError{err, watched}
	}
	return fault.Wrap(fault.Unavailable, err, "%s cannot be watched", dir)
}
