//go:build unix

package indexer

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"loradex/internal/fault"
)

// backgroundFile is locked by the process that a search has started to make the vectors, and holds its number.
const backgroundFile = "lock.background"

// HoldBackground takes the right to start that process, without waiting: one at a time has it. It lies in the file, and goes to
// a process that inherits it; whoever starts it writes its number. nil where another one has it, with its number, or 0
// where that is not known.
func HoldBackground(dir string) (file *os.File, pid int, err error) {
	path := filepath.Join(dir, backgroundFile)
	file, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600) //nolint:gosec // in the folder of the index
	if err == nil {
		err = unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB) //nolint:gosec // a descriptor
	}
	if err == nil {
		err = file.Truncate(0)
	}
	if err == nil {
		return file, 0, nil
	}
	if file != nil {
		_ = file.Close() //nolint:errcheck // nothing was written
	}
	if !errors.Is(err, unix.EWOULDBLOCK) {
		return nil, 0, fault.Wrap(fault.Unavailable, err, "the lock %s cannot be taken", path)
	}
	for range 50 { // it is just being started
		data, err := os.ReadFile(path) //nolint:gosec // as above
		if pid, bad := strconv.Atoi(string(bytes.TrimSpace(data))); err == nil && bad == nil {
			return nil, pid, nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	return nil, 0, nil
}
