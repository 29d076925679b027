package indexer

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strconv"
	"time"

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
	for range 3 { // [Writer] holds it for a moment
		if ok || err != nil {
			break
		}
		time.Sleep(10 * time.Millisecond)
		ok, err = lock.TryLock()
	}
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "the lock %s cannot be taken", path)
	}
	if !ok {
		return nil, fault.New(fault.Conflict, "%s is writing the index in %s", holderOf(path), dir).
			WithHint("wait until it is done, or search by words meanwhile (--mode lexical): what it has made can be searched")
	}
	if err := os.WriteFile(path, []byte(strconv.Itoa(os.Getpid())+"\n"), 0o600); err != nil {
		_ = lock.Unlock()
		return nil, fault.Wrap(fault.Unavailable, err, "the lock %s cannot be written", path)
	}
	return lock.Unlock, nil
}

// wantedFile is held, shared, by those who wait for the writer's lock; vectorsFile by the one process that makes vectors, which
// gives the writer's lock to them and takes it again.
const (
	wantedFile  = "lock.wanted"
	vectorsFile = "lock.vectors"
)

// lockPoll is how long one rests who waits for a lock.
const lockPoll = 20 * time.Millisecond

// WaitLock takes the writer's lock as [Lock] does, and waits for it: who makes vectors gives it up meanwhile (see [Wanted]).
// Canceled when ctx ends.
func WaitLock(ctx context.Context, dir string) (release func() error, err error) {
	if release, err = Lock(dir); fault.CodeOf(err) != fault.Conflict {
		return release, err
	}
	want := flock.New(filepath.Join(dir, wantedFile))
	defer want.Unlock() //nolint:errcheck // it is closed with the file
	for fault.CodeOf(err) == fault.Conflict {
		if !want.RLocked() {
			if _, err := want.TryRLock(); err != nil {
				return nil, fault.Wrap(fault.Unavailable, err, "the lock %s cannot be taken", want.Path())
			}
		}
		select {
		case <-ctx.Done():
			return nil, fault.Wrap(fault.Canceled, ctx.Err(), "waiting for the lock of the index")
		case <-time.After(lockPoll):
		}
		release, err = Lock(dir)
	}
	return release, err
}

// Wanted tells whether somebody waits for the writer's lock of an index folder, with [WaitLock].
func Wanted(dir string) bool {
	path := filepath.Join(dir, wantedFile)
	if _, err := os.Stat(path); err != nil {
		return false
	}
	lock := flock.New(path)
	ok, err := lock.TryLock()
	_ = lock.Unlock() //nolint:errcheck // it is closed with the file
	return !ok && err == nil
}

// LockVectors takes the right to make the vectors of an index, without waiting: one process has it, also while it gives the
// writer's lock to others. nil where another process has it.
func LockVectors(dir string) (release func() error, err error) {
	lock := flock.New(filepath.Join(dir, vectorsFile))
	ok, err := lock.TryLock()
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "the lock %s cannot be taken", lock.Path())
	}
	if !ok {
		return nil, nil //nolint:nilnil // documented
	}
	return lock.Unlock, nil
}

// Writer says who is writing an index, "process 12"; "" where nobody is, and where that cannot be told.
func Writer(dir string) string {
	path := filepath.Join(dir, lockFile)
	if _, err := os.Stat(path); err != nil {
		return ""
	}
	lock := flock.New(path)
	if ok, err := lock.TryRLock(); ok || err != nil {
		_ = lock.Unlock() //nolint:errcheck // it is closed with the file
		return ""
	}
	return holderOf(path)
}

func holderOf(path string) string {
	if data, err := os.ReadFile(path); err == nil { //nolint:gosec // our own file
		if pid, err := strconv.Atoi(string(bytes.TrimSpace(data))); err == nil {
			return "process " + strconv.Itoa(pid)
		}
	}
	return "another process"
}
