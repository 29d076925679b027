package training

// This file defines where an adapter is measured from before it has a place of its own.

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"loradex/adapters"
	"loradex/embed"
	"loradex/internal/fault"
)

// trialName stands for the adapter that is being trained.
const trialName = "trained-just-now"

// Trial is an encoder's adapters: those of a library and, while a training measures it, the one that was just trained. An
// encoder and its trial serve one training after another.
type Trial struct {
	inner embed.AdapterSource
	lib   *adapters.Library // holds the adapter of the moment; nil while there is none
}

// NewTrial returns the trial over a library.
func NewTrial(inner embed.AdapterSource) *Trial { return &Trial{inner: inner} }

// Resolve implements embed.AdapterSource.
func (t *Trial) Resolve(ctx context.Context, m adapters.Mix) ([]adapters.Weighted, error) {
	return t.source(m).Resolve(ctx, m)
}

// MixDigest implements embed.AdapterSource.
func (t *Trial) MixDigest(ctx context.Context, m adapters.Mix) (string, error) {
	return t.source(m).MixDigest(ctx, m)
}

func (t *Trial) source(m adapters.Mix) embed.AdapterSource {
	if t.lib != nil && m.String() == trialName {
		return t.lib
	}
	return t.inner
}

// hold takes an adapter that write puts into a folder, and returns its mix. done lets it go.
func (t *Trial) hold(write func(dir string) error) (mix adapters.Mix, done func() error, err error) {
	dir, err := os.MkdirTemp("", "loradex-train-*")
	if err != nil {
		return mix, nil, fault.Wrap(fault.Unavailable, err, "a temporary folder")
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(dir))
		}
	}()
	if err := write(filepath.Join(dir, trialName)); err != nil {
		return mix, nil, err
	}
	if t.lib, err = adapters.OpenLibrary(dir, adapters.LibraryOptions{}); err != nil {
		return mix, nil, err
	}
	done = func() error {
		lib := t.lib
		t.lib = nil
		return errors.Join(lib.Close(), os.RemoveAll(dir))
	}
	mix, err = adapters.ParseMix(trialName)
	return mix, done, err
}
