package watch

import (
	"cmp"
	"context"
	"time"

	"loradex/internal/fault"
)

// tree says what is followed. [loradex/indexer/gitrepo.Repo] is one.
type tree interface {
	// Root is the absolute path of the folder. Following ends with an error when it is gone.
	Root() string
	// Folders calls visit with the absolute path of each folder in which an entry that comes, changes or goes may
	// matter, before it reads the folder: what visit has begun to watch cannot change unseen. An error of visit ends
	// the walk and is returned. matters tells whether a change at an absolute path below these folders does matter; it
	// may be called after the walk, by one goroutine at a time.
	Folders(ctx context.Context, visit func(dir string) error) (matters func(path string) bool, err error)
}

// Options says how a tree is followed. The zero value is the default.
type Options struct {
	// Poll compares the tree with what it was, so often, in place of asking the system for events: network file
	// systems have none. The default 0 polls only where the system refuses to watch, then every [DefaultPoll].
	Poll time.Duration
	// Note is told what a person should know: that the tree is polled, that an update failed and is tried again. The
	// default nil tells nobody.
	Note func(text string)

	// For tests; 0 is what programs have.
	quiet, longest time.Duration
	maxFolders     int // how many folders the system lets watch
}

// DefaultPoll is how often files are compared where nothing else is said.
const DefaultPoll = 2 * time.Second

// The callback runs when nothing has changed for so long, since programs write a file in several steps; and when it has
// waited so long for that.
const (
	quiet   = 200 * time.Millisecond
	longest = time.Second
)

func (o Options) withDefaults() (Options, error) {
	if o.Poll < 0 || o.Poll > time.Hour {
		return o, fault.New(fault.Invalid, "watch option Poll is %v, want 0 to 1h", o.Poll)
	}
	o.quiet, o.longest = cmp.Or(o.quiet, quiet), cmp.Or(o.longest, longest)
	if o.Note == nil {
		o.Note = func(string) {}
	}
	return o, nil
}

// Update is what a callback is told.
type Update struct {
	// First is set in the call at the start, before anything has changed.
	First bool
	// Folders is how many folders are watched; 0 where the tree is polled.
	Folders int
	// Changed is closed when something has changed since the callback was called: it will be called again soon.
	Changed <-chan struct{}
}
