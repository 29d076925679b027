package main

// This file starts the encoder when a command needs it, and says why it cannot where it cannot.

import (
	"context"
	"errors"

	"loradex/adapters"
	"loradex/embed"
	"loradex/embed/runtime"
	"loradex/internal/fault"
	"loradex/internal/home"
)

// noModel is the model setting that does without vectors.
const noModel = "none"

// engine is a running encoder with its parts.
type engine struct {
	env *runtime.Environment
	enc *embed.Encoder
	lib *adapters.Library
}

// library opens the adapter library once.
func (a *app) library() (*adapters.Library, error) {
	if a.lib == nil {
		lib, err := adapters.OpenLibrary(a.home.Adapters())
		if err != nil {
			return nil, err
		}
		a.lib = lib
		a.onClose(lib.Close)
	}
	return a.lib, nil
}

// modelName is the model that is asked for.
func (a *app) modelName() string {
	if a.config.Model == "" {
		return home.DefaultModel
	}
	return a.config.Model
}

// modelDir is the folder of the model. Unsupported where the user wants none.
func (a *app) modelDir() (string, error) {
	if a.modelName() == noModel {
		return "", fault.New(fault.Unsupported, "the model is set to %q, and this needs one", noModel).
			WithHint("give --model with the name or folder of a model")
	}
	return a.home.Model(a.modelName())
}

// withoutVectors tells whether this invocation has to do without an encoder, and why: reason is nil where it has one.
// err is a mistake that must not end in lexical search without a word, such as a model that was asked for by name and
// is not there.
func (a *app) withoutVectors(ctx context.Context) (reason, err error) {
	if a.modelName() == noModel {
		return fault.New(fault.Unsupported, "the model is set to %q", noModel), nil
	}
	if a.config.Model != "" {
		if _, err := a.modelDir(); err != nil {
			return nil, err
		}
	}
	if !runtime.Available {
		_, err := runtime.Start(ctx, runtime.Options{})
		return err, nil
	}
	if _, err := a.modelDir(); err != nil {
		return err, nil
	}
	if a.config.Device != string(runtime.CPU) {
		return nil, nil // a device that was asked for and is not there is an error, when it is started
	}
	_, err = a.home.NativeRuntime(a.config.Device)
	return err, nil
}

// openEngine starts the runtime and opens the model with the settings of this invocation; adjust may change them.
// The first call decides: a process has one engine.
func (a *app) openEngine(ctx context.Context, adjust ...func(*embed.Options)) (*engine, error) {
	if a.engineOnce != nil {
		return a.engineOnce, nil
	}
	if !runtime.Available {
		_, err := runtime.Start(ctx, runtime.Options{})
		return nil, err
	}
	dir, err := a.modelDir()
	if err != nil {
		return nil, err
	}
	env, err := a.startRuntime(ctx)
	if err != nil {
		return nil, err
	}
	lib, err := a.library()
	if err != nil {
		return nil, err
	}
	o := embed.Options{Model: dir, Adapters: lib, MaxTokens: a.config.MaxTokens, Window: a.config.Window, Stride: a.config.Stride}
	for _, f := range adjust {
		f(&o)
	}
	enc, err := embed.Open(ctx, env, o)
	if err != nil {
		return nil, err
	}
	a.onClose(enc.Close)
	a.log.Debug("encoder", "model", enc.Model().Name, "device", env.Device(), "runtime", env.Version(), "max_tokens", enc.MaxTokens())
	a.engineOnce = &engine{env: env, enc: enc, lib: lib}
	return a.engineOnce, nil
}

// startRuntime starts ONNX Runtime once; it is stopped at the end.
func (a *app) startRuntime(ctx context.Context) (*runtime.Environment, error) {
	if a.env != nil {
		return a.env, nil
	}
	o := runtime.Options{
		LibraryDir: "-", Device: runtime.Device(a.config.Device), Threads: a.config.Threads,
		Patient: a.config.Waiting == "sleep",
	}
	if err := o.Validate(); err != nil { // a device that does not exist, before a library is looked for
		return nil, usage(err)
	}
	dir, err := a.home.NativeRuntime(a.config.Device)
	if err != nil {
		return nil, err
	}
	o.LibraryDir = dir
	env, err := runtime.Start(ctx, o)
	if err != nil {
		return nil, err
	}
	a.onClose(env.Close)
	a.env = env
	return env, nil
}

// sides says what a mix of adapters is for: all for queries, all for both sides, or some of each. The base is for both.
func (a *app) sides(ctx context.Context, m adapters.Mix) (query, both bool, err error) {
	lib, err := a.library()
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

// wrapFlag names the flag that an error is about, and keeps its code and hint.
func wrapFlag(flag string, err error) error {
	return fault.Wrap(fault.CodeOf(err), err, "--%s", flag)
}

// hasCode tells whether err carries a code.
func hasCode(err error, code fault.Code) bool {
	var f *fault.Error
	return errors.As(err, &f) && f.Code == code
}
