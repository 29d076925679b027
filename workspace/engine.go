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
)

// NoModel is the model setting that does without vectors.
const NoModel = "none"

// Engine is a running encoder with its parts.
type Engine struct {
	Env     *runtime.Environment
	Encoder *embed.Encoder
	Library *adapters.Library

	options embed.Options
}

// Library opens the adapter library once.
func (s *Session) Library() (*adapters.Library, error) {
	s = s.top()
	s.opening.Lock()
	defer s.opening.Unlock()
	return s.openLibrary()
}

// openLibrary is Library for those who hold opening.
func (s *Session) openLibrary() (*adapters.Library, error) {
	if s.library == nil {
		lib, err := adapters.OpenLibrary(s.Home.Adapters(), adapters.LibraryOptions{Cache: filepath.Join(s.Home.Caches(), "adapters")})
		if err != nil {
			return nil, err
		}
		s.library = lib
		s.OnClose(lib.Close)
	}
	return s.library, nil
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
	if s.ModelName() == NoModel {
		return "", fault.New(fault.Unsupported, "the model is set to %q, and this needs one", NoModel).
			WithHint("give --model with the name or folder of a model")
	}
	return s.Home.Model(s.ModelName())
}

// WithoutVectors tells whether this session has to do without an encoder, and why: reason is nil where it has one. err is
// a mistake that must not end in lexical search without a word, such as a model that was asked for by name and is not
// there. Nothing is started.
func (s *Session) WithoutVectors(ctx context.Context) (reason, err error) {
	if s.ModelName() == NoModel {
		return fault.New(fault.Unsupported, "the model is set to %q", NoModel), nil
	}
	if s.Config.Model != "" {
		if _, err := s.ModelDir(); err != nil {
			return nil, err
		}
	}
	if !runtime.Available {
		_, err := runtime.Start(ctx, runtime.Options{})
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

// EncoderOptions are those of the settings: the model, the library's adapters, how texts are cut.
func (s *Session) EncoderOptions(ctx context.Context) (embed.Options, error) {
	if !runtime.Available {
		_, err := runtime.Start(ctx, runtime.Options{})
		return embed.Options{}, err
	}
	dir, err := s.ModelDir()
	if err != nil {
		return embed.Options{}, err
	}
	lib, err := s.Library()
	if err != nil {
		return embed.Options{}, err
	}
	c := s.Config
	return embed.Options{Model: dir, Adapters: lib, MaxTokens: c.MaxTokens, Window: c.Window, Stride: c.Stride}, nil
}

// Engine opens the encoder of the settings once.
func (s *Session) Engine(ctx context.Context) (*Engine, error) {
	o, err := s.EncoderOptions(ctx)
	if err != nil {
		return nil, err
	}
	return s.OpenEngine(ctx, o)
}

// OpenEngine opens an encoder with these options, or gives the one that is open with equal options. Encoders of other
// options run beside it, each with the weights for itself; all share one runtime.
func (s *Session) OpenEngine(ctx context.Context, o embed.Options) (*Engine, error) {
	s = s.top()
	s.opening.Lock()
	defer s.opening.Unlock()
	for _, e := range s.engines {
		if e.options == o {
			return e, nil
		}
	}
	env, err := s.startRuntime(ctx)
	if err != nil {
		return nil, err
	}
	lib, err := s.openLibrary()
	if err != nil {
		return nil, err
	}
	enc, err := embed.Open(ctx, env, o)
	if err != nil {
		return nil, err
	}
	s.OnClose(enc.Close)
	s.Log.Debug("encoder", "model", enc.Model().Name, "device", env.Device(), "runtime", env.Version(), "max_tokens", enc.MaxTokens())
	e := &Engine{Env: env, Encoder: enc, Library: lib, options: o}
	s.engines = append(s.engines, e)
	return e, nil
}

// StartRuntime starts ONNX Runtime once; it is stopped at the end.
func (s *Session) StartRuntime(ctx context.Context) (*runtime.Environment, error) {
	s = s.top()
	s.opening.Lock()
	defer s.opening.Unlock()
	return s.startRuntime(ctx)
}

// startRuntime is StartRuntime for those who hold opening.
func (s *Session) startRuntime(ctx context.Context) (*runtime.Environment, error) {
	if s.env != nil {
		return s.env, nil
	}
	o := runtime.Options{
		LibraryDir: "-", Device: runtime.Device(s.Config.Device), Threads: s.Config.Threads,
		Patient: s.Config.Waiting == "sleep",
	}
	if err := o.Validate(); err != nil { // a device that does not exist, before a library is looked for
		return nil, fault.Usage(err)
	}
	dir, err := s.Home.NativeRuntime(s.Config.Device)
	if err != nil {
		return nil, err
	}
	o.LibraryDir = dir
	env, err := runtime.Start(ctx, o)
	if err != nil {
		return nil, err
	}
	s.OnClose(env.Close)
	s.env = env
	return env, nil
}

// Sides says what a mix of adapters is for: all for queries, all for both sides, or some of each. The base is for both.
func (s *Session) Sides(ctx context.Context, m adapters.Mix) (query, both bool, err error) {
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
	for _, t := range m.Terms() {
		entry, err := lib.Entry(ctx, t.ID)
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

// NoteLexical says that there are no vectors, why, and what to do.
func (s *Session) NoteLexical(reason error, what string) {
	hint := fault.HintOf(reason)
	if hint != "" {
		hint = " (" + hint + ")"
	}
	s.Note("%s: %v%s", what, reason, hint)
}
