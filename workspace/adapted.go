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

// adaptedTo reads the mix of an index's folder; nil where there is none.
func adaptedTo(dir string) (*adapters.Mix, error) {
	var doc adapted
	there, err := readMark(dir, adaptedFile, &doc)
	if !there {
		return nil, err //nolint:nilnil // no adapter, and nothing is wrong
	}
	var mix adapters.Mix
	if err == nil {
		mix, err = adapters.ParseMix(doc.Adapter)
	}
	if err != nil {
		return nil, fault.Wrap(fault.Corrupt, err, "%s", filepath.Join(dir, adaptedFile)).WithHint("run `loradex adapt --forget`")
	}
	return &mix, nil
}

// Adapt makes a mix what searches of an index use.
func Adapt(dir, mix string) error {
	return writeMark(dir, adaptedFile, adapted{mix})
}

// ForgetAdapted makes searches of an index use the base again.
func ForgetAdapted(dir string) error {
	if err := os.Remove(filepath.Join(dir, adaptedFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fault.Wrap(fault.Unavailable, err, "the repository's adapter cannot be forgotten")
	}
	return nil
}

// readMark reads a small file in the folder of an index. With an error, there says that it is no JSON.
func readMark(dir, file string, out any) (there bool, err error) {
	path := filepath.Join(dir, file)
	text, err := os.ReadFile(path) //nolint:gosec // the folder of an index
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fault.Wrap(fault.Unavailable, err, "%s cannot be read", path)
	}
	return true, json.Unmarshal(text, out)
}

// writeMark replaces such a file in one step.
func writeMark(dir, file string, doc any) error {
	path := filepath.Join(dir, file)
	text, err := json.Marshal(doc)
	if err == nil {
		err = atomicfile.Write(path, 0o640, func(w io.Writer) error {
			_, err := w.Write(append(text, '\n'))
			return err
		})
	}
	if err != nil {
		return fault.Wrap(fault.Unavailable, err, "%s cannot be written", path).
			WithHint("check that you may write to its folder, and the space on its disk")
	}
	return nil
}
