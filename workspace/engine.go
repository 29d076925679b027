package workspace

// This file starts the encoder when something needs it, and says why it cannot where it cannot.

import (
	"context"
	"path/filepath"

	"loradex/adapters"
	"loradex/embed"
	"loradex/embed/runtime"
	"loradex/internal/fault"
	"loradex/internal/home"
	"loradex/internal/machine"
)

// noModel is the model setting that does without vectors.
const noModel = "none"

// Library opens the adapter library once.
func (s *Session) Library() (*adapters.Library, error) {
	s = s.top()
	return s.library.get(func() (*adapters.Library, error) {
		lib, err := adapters.OpenLibrary(s.Home.Adapters(), adapters.LibraryOptions{Cache: filepath.Join(s.Home.Caches(), "adapters")})
		if err == nil {
			s.OnClose(lib.Close)
		}
		return lib, err
	})
}

// ModelName is the model that is asked for.
func (s *Session) ModelName() string {
	if s.Config.Model == "" {
		return home.DefaultModel
	}
	return s.Config.Model
}

// ModelDir is the folder of the model. Unsupported where none is wanted.
func (s *Session) ModelDir() (string, error) {
	if s.ModelName() == noModel {
		return "", fault.New(fault.Unsupported, "the model is set to %q, and this needs one", noModel).
			WithHint("give --model with the name or folder of a model")
	}
	return s.Home.Model(s.ModelName())
}

// WithoutVectors tells whether this session has to do without an encoder, and why: reason is nil where it has one. err is
// a mistake that must not end in lexical search without a word, such as a model that was asked for by name and is not
// there. Nothing is started.
func (s *Session) WithoutVectors(ctx context.Context) (reason, err error) {
	if s.ModelName() == noModel {
		return fault.New(fault.Unsupported, "the model is set to %q", noModel), nil
	}
	if reason := s.missing(); reason != nil {
		return reason, nil
	}
	if s.Config.Model != "" {
		if _, err := s.ModelDir(); err != nil {
			return nil, err
		}
	}
	if err := builtIn(ctx); err != nil {
		return err, nil
	}
	if _, err := s.ModelDir(); err != nil {
		return err, nil
	}
	if s.Config.Device != string(runtime.CPU) {
		return nil, nil // a device that was asked for and is not there is an error, when it is started
	}
	_, err = s.Home.NativeRuntime(s.Config.Device)
	return err, nil
}

// builtIn says why a build without the runtime has no encoder.
func builtIn(ctx context.Context) error {
	if runtime.Available {
		return nil
	}
	_, err := runtime.Start(ctx, runtime.Options{})
	return err
}

// openEncoder is an encoder that is open, with what it was opened with.
type openEncoder struct {
	*embed.Encoder
	options embed.Options
}

// Encoder opens the encoder of the settings, changed as the caller says, or gives the one that is open with equal options.
// Encoders of other options run beside it, each with the weights for itself; all share one runtime.
func (s *Session) Encoder(ctx context.Context, changes ...func(*embed.Options)) (*embed.Encoder, error) {
	if err := builtIn(ctx); err != nil {
		return nil, err
	}
	dir, err := s.ModelDir()
	if err != nil {
		return nil, err
	}
	lib, err := s.Library()
	if err != nil {
		return nil, err
	}
	o := embed.Options{Model: dir, Adapters: lib, MaxTokens: s.Config.MaxTokens, Window: s.Config.Window, Stride: s.Config.Stride}
	for _, change := range changes {
		change(&o)
	}
	s = s.top()
	s.opening.Lock()
	defer s.opening.Unlock()
	for _, e := range s.encoders {
		if e.options == o {
			return e.Encoder, nil
		}
	}
	env, err := s.startRuntime(ctx)
	if err != nil {
		return nil, err
	}
	enc, err := embed.Open(ctx, env, o)
	if err != nil {
		return nil, err
	}
	s.OnClose(enc.Close)
	s.Log.Debug("encoder", "model", enc.Model().Name, "device", env.Device(), "runtime", env.Version(), "max_tokens", enc.MaxTokens())
	s.encoders = append(s.encoders, openEncoder{enc, o})
	return enc, nil
}

// Threads is how many threads the encoder runs, as far as others are to be told.
func (s *Session) Threads() int {
	if s.Config.Threads > 0 {
		return s.Config.Threads
	}
	return machine.Read().Cores
}

// startRuntime starts ONNX Runtime once; it is stopped at the end.
func (s *Session) startRuntime(ctx context.Context) (*runtime.Environment, error) {
	s = s.top()
	return s.env.get(func() (*runtime.Environment, error) {
		o := runtime.Options{
			LibraryDir: "-", Device: runtime.Device(s.Config.Device), Threads: s.Config.Threads,
			Patient: s.Config.Waiting == "sleep",
		}
		err := o.Validate()
		if err != nil { // a device that does not exist, before a library is looked for
			return nil, fault.Usage(err)
		}
		if o.LibraryDir, err = s.Home.NativeRuntime(s.Config.Device); err != nil {
			return nil, err
		}
		env, err := runtime.Start(ctx, o)
		if err == nil {
			s.OnClose(env.Close)
		}
		return env, err
	})
}

// sides says what a mix of adapters is for: all for queries, all for both sides, or some of each. The base is for both.
func (s *Session) sides(ctx context.Context, m adapters.Mix) (query, both bool, err error) {
	lib, err := s.Library()
	if err != nil {
		return false, false, err
	}
	if err := m.Resolvable(); err != nil {
		return false, false, err
	}
	if m.IsBase() {
		return false, true, nil
	}
	for _, name := range m.Names() {
		entry, err := lib.Entry(ctx, name)
		if err != nil {
			return false, false, err
		}
		if entry.Card.Side == adapters.SideQuery {
			query = true
		} else {
			both = true
		}
	}
	return query, both, nil
}

// noteLexical says that there are no vectors, why, and what to do.
func (s *Session) noteLexical(reason error, what string) {
	hint := fault.HintOf(reason)
	if hint != "" {
		hint = " (" + hint + ")"
	}
	s.Note("%s: %v%s", what, reason, hint)
}
