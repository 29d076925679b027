package adapters

import (
	"errors"
	"io/fs"
	"os"
)

// publish makes the folder temp visible as path. Where path exists, the two are exchanged in one step if the system
// can, so that a crash cannot lose the adapter; else the old folder is moved aside first, and readers who
// find nothing in that moment look again under the lock (see [Library.Get]).
func publish(temp, path string) error { return publishBy(exchange, temp, path) }

// publishBy is publish with a given way to exchange two folders.
func publishBy(exchange func(a, b string) error, temp, path string) error {
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return os.Rename(temp, path)
	}
	if err := exchange(temp, path); !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	old := temp + ".old" // keeps the prefix that sweep looks for
	if err := os.Rename(path, old); err != nil {
		return err
	}
	if err := os.Rename(temp, path); err != nil {
		return errors.Join(err, os.Rename(old, path))
	}
	return os.RemoveAll(old)
}
