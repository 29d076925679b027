package workspace

import (
	"errors"
	"io"
	"log/slog"
	"sync"

	"loradex/adapters"
	"loradex/embed/runtime"
	"loradex/evaluation/training"
	"loradex/internal/config"
	"loradex/internal/home"
	"loradex/internal/hub"
)

// Settings say where things are, and who is told what happens. They are set before the session is used.
type Settings struct {
	Home   home.Home
	Config config.Config
	// ModelNamed says that the command line names the model: then an index's own does not count.
	ModelNamed bool
	// Shared is the folder of an index that several repositories share. The default "" is each repository's own index.
	Shared string
	// UserHome and ConfigHome are $HOME and $XDG_CONFIG_HOME, for what git ignores everywhere. The default reads neither.
	UserHome, ConfigHome string

	// Log takes what happens. The default drops it.
	Log *slog.Logger
	// Note tells people what they should know beside the results. The default drops it.
	Note func(format string, args ...any)
	// progress shows how far something is. The default shows nothing.
	Progress progress
	// Hub says where the Hugging Face hub is, when it is asked for something. The default nil knows none.
	Hub func() (hub.Options, error)
	// Fetching takes what the server of a repository says about its progress. The default drops it.
	Fetching io.Writer
}

// progress shows how far something is, one thing at a time.
type progress interface {
	// Set moves it. A new label begins anew, a total of 0 is not known, and text stands beside the label.
	Set(label string, done, total int, text string)
	// Done takes it away.
	Done()
}

// Session is what a process has open. Make it with [New].
type Session struct {
	Settings
	parent *Session // of a child, which opens what is shared there

	env     opened[runtime.Environment]
	library opened[adapters.Library]

	opening  sync.Mutex // guards encoders, and is held while one is opened
	encoders []openEncoder

	madeWith string // the model of the index that the session is for, where that is not the one of the settings

	trial *training.Trial // the adapters of the encoder that trains; one training at a time

	mu      sync.Mutex // guards closers
	closers []func() error
}

// New makes a session that has nothing open.
func New(o Settings) *Session {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Note == nil {
		o.Note = func(string, ...any) {}
	}
	if o.Progress == nil {
		o.Progress = hidden{}
	}
	return &Session{Settings: o}
}

// child makes a session for a part of the work, such as one run of many: it shares library, runtime and encoders with s, and
// closes the rest of what it opens by itself. Close it before s.
func (s *Session) child() *Session {
	return &Session{Settings: s.Settings, parent: s, madeWith: s.madeWith}
}

// top is the session that holds what is opened once.
func (s *Session) top() *Session {
	for s.parent != nil {
		s = s.parent
	}
	return s
}

// OnClose registers what to do at the end.
func (s *Session) OnClose(f func() error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closers = append(s.closers, f)
}

// Close undoes in reverse order what was opened. A session that is closed can be used again.
func (s *Session) Close() error {
	var errs []error
	for {
		s.mu.Lock()
		last := len(s.closers) - 1
		if last < 0 {
			s.mu.Unlock()
			break
		}
		f := s.closers[last]
		s.closers = s.closers[:last]
		s.mu.Unlock()
		errs = append(errs, f())
	}
	s.env.forget()
	s.library.forget()
	s.opening.Lock()
	defer s.opening.Unlock()
	s.encoders, s.trial = nil, nil
	return errors.Join(errs...)
}

// opened is what the first call that succeeds opens. The zero value is ready.
type opened[T any] struct {
	mu   sync.Mutex // guards open, and is held while it is opened
	open *T
}

func (o *opened[T]) get(open func() (*T, error)) (*T, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.open == nil {
		v, err := open()
		if err != nil {
			return nil, err
		}
		o.open = v
	}
	return o.open, nil
}

func (o *opened[T]) forget() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.open = nil
}

// hidden is progress that nobody sees.
type hidden struct{}

func (hidden) Set(string, int, int, string) {}
func (hidden) Done()                        {}
