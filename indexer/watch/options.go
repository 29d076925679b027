package watch

import (
	"context"
	"time"

	"loradex/internal/fault"
)

// Tree says what is followed. [loradex/indexer/gitrepo.Repo] is one.
type Tree interface {
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
	// Quiet is how long nothing may have changed before the callback runs. The default 0 is 200 ms: programs write a
	// file in several steps.
	Quiet time.Duration
	// Longest is how long it waits for that quiet. The default 0 is 1 s.
	Longest time.Duration
	// Poll compares the tree with what it was, so often, in place of asking the system for events: network file
	// systems have none. The default 0 polls only where the system refuses to watch, then every 2 s.
	Poll time.Duration
	// Note is told what a person should know: that the tree is polled, that an update failed and is tried again. The
	// default nil tells nobody.
	Note func(text string)

	maxFolders int // for tests: how many folders the system lets watch; 0 is its own limit
}

// The defaults of Options.
const (
	DefaultQuiet   = 200 * time.Millisecond
	DefaultLongest = time.Second
	DefaultPoll    = 2 * time.Second
)

// Validate says what is wrong with o.
func (o Options) Validate() error {
	for _, d := range []struct {
		name  string
		value time.Duration
	}{{"Quiet", o.Quiet}, {"Longest", o.Longest}, {"Poll", o.Poll}} {
		if d.value < 0 || d.value > time.Hour {
			return fault.New(fault.Invalid, "watch option %s is %v, want 0 to 1h", d.name, d.value)
		}
	}
	return nil
}

func (o Options) withDefaults() Options {
	if o.Quiet == 0 {
		o.Quiet = DefaultQuiet
	}
	if o.Longest == 0 {
		o.Longest = DefaultLongest
	}
	if o.Note == nil {
		o.Note = func(string) {}
	}
	return o
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
