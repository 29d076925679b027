package sqlite

import (
	"context"
	"errors"
	"io/fs"
	"syscall"

	driver "modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"

	"loradex/internal/fault"
)

// This file maps what SQLite and the file system answer to the error type of Loradex, in one place.

const cleanHint = "run `loradex doctor --fix`; if that does not help, `loradex clean` and `loradex index`"

// explain gives an error its code, message and hint. op says what was being done.
func (s *store) explain(ctx context.Context, err error, op string) error {
	var ours *fault.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &ours):
		return err
	case ctx.Err() != nil:
		// SQLite reports an interrupted statement in its own words; the caller asked for it and wants to see that.
		return fault.Wrap(fault.Canceled, ctx.Err(), "%s", op)
	case isFull(err):
		return fault.Wrap(fault.Unavailable, err, "disk full: %s in %s", op, s.dir).
			WithHint("free some space (or raise the file-size limit), then run the command again")
	}
	var e *driver.Error
	if !errors.As(err, &e) {
		if path := (*fs.PathError)(nil); errors.As(err, &path) {
			return fault.Wrap(fault.Unavailable, err, "%s in %s", op, s.dir)
		}
		return fault.Wrap(fault.Internal, err, "%s in %s", op, s.dir)
	}
	switch e.Code() & 0xff { // the primary code
	case codes.SQLITE_CORRUPT, codes.SQLITE_NOTADB:
		return fault.Wrap(fault.Corrupt, err, "index %s is damaged: %s", s.path(), op).WithHint(cleanHint)
	case codes.SQLITE_BUSY, codes.SQLITE_LOCKED:
		return fault.Wrap(fault.Conflict, err, "another process is writing to %s: %s", s.path(), op).
			WithHint("wait for the other loradex to finish")
	case codes.SQLITE_READONLY, codes.SQLITE_PERM, codes.SQLITE_CANTOPEN, codes.SQLITE_AUTH:
		return fault.Wrap(fault.Unavailable, err, "cannot open or write %s: %s", s.path(), op)
	case codes.SQLITE_IOERR:
		return fault.Wrap(fault.Unavailable, err, "input or output error at %s: %s", s.path(), op)
	}
	return fault.Wrap(fault.Internal, err, "%s in %s", op, s.path())
}

// isFull says whether a write failed for lack of room: no space, quota, or a limit on the size of a file. SQLite says
// SQLITE_FULL for the first only, and reports the others as a failed write.
func isFull(err error) bool {
	for _, errno := range []error{syscall.ENOSPC, syscall.EFBIG, syscall.EDQUOT} {
		if errors.Is(err, errno) {
			return true
		}
	}
	var e *driver.Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Code() {
	case codes.SQLITE_FULL, codes.SQLITE_IOERR_WRITE, codes.SQLITE_IOERR_SHMSIZE, codes.SQLITE_IOERR_TRUNCATE:
		return true
	}
	return false
}

func hasCode(err error, primary int) bool {
	var e *driver.Error
	return errors.As(err, &e) && e.Code()&0xff == primary
}
