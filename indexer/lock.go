package indexer

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"

	"github.com/gofrs/flock"

	"loradex/internal/fault"
)

// lockFile is the name of the lock file in an index folder. Its content is the process ID of its holder, for people;
// the lock itself is the operating system's, so a dead process does not keep it.
const lockFile = "lock"

// Lock takes the writer's lock of an index folder, without waiting. Conflict, naming the holder's process ID, where
// another process (or this one) has it. release gives it back; the file stays, so that there is never a moment with
// two of them.
func Lock(dir string) (release func() error, err error) {
	path := filepath.Join(dir, lockFile)
	lock := flock.New(path)
	ok, err := lock.TryLock()
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "the lock %s cannot be taken", path)
	}
	if !ok {
		holder := "another process"
		if data, err := os.ReadFile(path); err == nil { //nolint:gosec // our own file
			if pid, err := strconv.Atoi(string(bytes.TrimSpace(data))); err == nil {
				holder = "process " + strconv.Itoa(pid)
			}
		}
		return nil, fault.New(fault.Conflict, "%s is writing the index in %s", holder, dir).
			WithHint("wait until it is done, or stop it")
	}
	if err := os.WriteFile(path, []byte(strconv.Itoa(os.Getpid())+"\n"), 0o600); err != nil {
		_ = lock.Unlock()
		return nil, fault.Wrap(fault.Unavailable, err, "the lock %s cannot be written", path)
	}
	return lock.Unlock, nil
}
