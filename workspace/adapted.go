package workspace

// This file remembers which mix searches of a repository use when they name none: what `loradex adapt` installed.

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"loradex/adapters"
	"loradex/internal/atomicfile"
	"loradex/internal/fault"
)

// adaptedFile, in the folder of an index, names the mix.
const adaptedFile = "adapter.json"

type adapted struct {
	Adapter string `json:"adapter"`
}

// AdaptedTo reads the mix of an index's folder; nil where there is none.
func AdaptedTo(dir string) (*adapters.Mix, error) {
	path := filepath.Join(dir, adaptedFile)
	text, err := os.ReadFile(path) //nolint:gosec // the folder of an index
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil //nolint:nilnil // no adapter, and nothing is wrong
	}
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "the repository's adapter cannot be read")
	}
	var doc adapted
	err = json.Unmarshal(text, &doc)
	var mix adapters.Mix
	if err == nil {
		mix, err = adapters.ParseMix(doc.Adapter)
	}
	if err != nil {
		return nil, fault.Wrap(fault.Corrupt, err, "%s", path).WithHint("run `loradex adapt --forget`")
	}
	return &mix, nil
}

// Adapt makes a mix what searches of an index use.
func Adapt(dir, mix string) error {
	text, err := json.Marshal(adapted{mix})
	if err != nil {
		return err
	}
	return writeMark(filepath.Join(dir, adaptedFile), text)
}

// ForgetAdapted makes searches of an index use the base again.
func ForgetAdapted(dir string) error {
	if err := os.Remove(filepath.Join(dir, adaptedFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fault.Wrap(fault.Unavailable, err, "the repository's adapter cannot be forgotten")
	}
	return nil
}

// writeMark replaces a small file in the folder of an index in one step.
func writeMark(path string, text []byte) error {
	err := atomicfile.Write(path, 0o640, func(w io.Writer) error {
		_, err := w.Write(append(text, '\n'))
		return err
	})
	if err != nil {
		return fault.Wrap(fault.Unavailable, err, "%s cannot be written", path).
			WithHint("check that you may write to its folder, and the space on its disk")
	}
	return nil
}
