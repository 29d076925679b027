package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/gofrs/flock"

	"loradex/internal/fault"
	"loradex/search/sqlite/vecfile"
)

// This file defines when and how the derived vector files are written.

// errBadVector is a vector in the database that cannot be one.
var errBadVector = fault.New(fault.Corrupt, "a stored vector is damaged").WithHint(cleanHint)

func fileName(space int64) string { return strconv.FormatInt(space, 10) }

// errLocked says that another process or goroutine is writing derived files.
var errLocked = errors.New("derived files are being written")

// patience is how long an indexing run waits for the lock. Files that are behind do no harm, so it is not long.
const patience = 3 * time.Second

// locked runs fn while no other process writes derived files in a folder. A process that dies gives the lock back.
func (s *store) locked(ctx context.Context, dir string, wait time.Duration, fn func() error) (err error) {
	lock := flock.New(filepath.Join(dir, "lock"))
	ok, err := lock.TryLock()
	if !ok && err == nil && wait > 0 {
		waiting, cancel := context.WithTimeout(ctx, wait)
		defer cancel()
		if ok, err = lock.TryLockContext(waiting, 20*time.Millisecond); errors.Is(err, context.DeadlineExceeded) {
			err = nil
		}
	}
	if err != nil {
		return err
	}
	if !ok {
		return errLocked
	}
	defer func() { err = errors.Join(err, lock.Unlock()) }()
	return fn()
}

// Flush implements Store.
func (s *store) Flush(ctx context.Context) error {
	if s.writer == nil {
		return nil
	}
	if err := s.filled(nil); err != nil {
		return err
	}
	names, err := column[string](ctx, s.readers, "SELECT name FROM spaces ORDER BY id")
	for _, name := range names {
		if err == nil {
			err = s.flushSpace(ctx, name)
		}
	}
	if err == nil {
		err = s.flushWords(ctx, patience, true)
	}
	return s.explain(ctx, err, "write derived files")
}

func (s *store) flushSpace(ctx context.Context, name string) error {
	s.loading.Lock()
	defer s.loading.Unlock()
	return s.snapshot(ctx, func(tx *sql.Tx) error {
		st, err := currentState(ctx, tx)
		if err != nil {
			return err
		}
		row, err := findSpace(ctx, tx, name)
		if fault.CodeOf(err) == fault.NotFound {
			return nil // dropped just now
		}
		if err != nil {
			return err
		}
		v, err := s.persist(ctx, tx, row, st, patience)
		if errors.Is(err, errLocked) {
			return nil // whoever holds the lock writes them
		}
		if err != nil {
			return err
		}
		return errors.Join(s.remember(v), v.release())
	})
}

// A small change writes a delta. Where delta and dead rows come to a quarter of a map, or to a few thousand, a new map
// takes them in; so each row is written to a map a bounded number of times. Where most slots have no chunk, a new build
// of the rows leaves them out.
const (
	// deltaShare is the share of the map's rows that the delta may reach: one in so many.
	deltaShare = 4
	// slack is how many rows, or slots without a chunk, are no reason to write anything anew.
	slack = 4096
)

// persist writes the files of a space at the state of tx and returns the view that they hold, with a reference for
// the caller. Files that are at that state already stay as they are.
func (s *store) persist(ctx context.Context, tx *sql.Tx, row spaceRow, st state, wait time.Duration) (v *view, err error) {
	if err := os.MkdirAll(s.vectorsDir(), 0o755); err != nil { //nolint:gosec // an index is as readable as the code it indexes
		return nil, err
	}
	err = s.locked(ctx, s.vectorsDir(), wait, func() error {
		v, err = s.persistLocked(ctx, tx, row, st)
		return err
	})
	return v, err
}

func (s *store) persistLocked(ctx context.Context, tx *sql.Tx, row spaceRow, st state) (*view, error) {
	old, err := s.fromFiles(row)
	if err != nil {
		return nil, err
	}
	if old != nil && old.state == st {
		return old, nil
	}
	if old != nil {
		if ok, err := old.precedes(ctx, tx, row); err != nil || !ok {
			if err := errors.Join(err, old.release()); err != nil {
				return nil, err
			}
			old = nil
		}
	}
	v, err := s.renew(ctx, tx, row, st, old)
	if old != nil {
		if errors.Is(err, vecfile.ErrDamaged) {
			v, err = s.renew(ctx, tx, row, st, nil)
		}
		err = errors.Join(err, old.release())
	}
	return v, err
}

// renew writes the files and returns what they hold then. ErrDamaged where old is.
func (s *store) renew(ctx context.Context, tx *sql.Tx, row spaceRow, st state, old *view) (*view, error) {
	if err := mapped(func() error { return s.writeFiles(ctx, tx, row, st, old) }); err != nil {
		return nil, err
	}
	v, err := s.reopen(row)
	if err != nil || !wasteful(v) {
		return v, err
	}
	err = mapped(func() error { return s.compactFiles(v) })
	if err = errors.Join(err, v.release()); err != nil {
		return nil, err
	}
	return s.reopen(row)
}

// reopen opens files that were just written.
func (s *store) reopen(row spaceRow) (*view, error) {
	v, err := s.fromFiles(row)
	if err == nil && v == nil {
		err = fmt.Errorf("vector files of space %s are unusable right after they were written", row.name)
	}
	return v, err
}

// writeFiles brings the files from an earlier view of them, or from nothing, to the state of tx.
func (s *store) writeFiles(ctx context.Context, tx *sql.Tx, row spaceRow, st state, old *view) error {
	d, err := readDifference(ctx, tx, row, old)
	if err != nil {
		return err
	}
	var a *vecfile.Appender
	if old == nil {
		a, err = vecfile.Create(s.vectorsDir(), row.file(), row.dims)
	} else {
		a, err = vecfile.Continue(s.vectorsDir(), row.file(), old.files.Set)
	}
	if err != nil {
		return err
	}
	delta, err := d.build(ctx, tx, row, old, a)
	if err != nil {
		return errors.Join(err, a.Abort())
	}
	h := vecfile.Header{Generation: st.generation, Stamp: st.stamp, Seq: d.seq}
	if old == nil {
		return a.Commit(h, delta)
	}
	// Rows are put together by their place alone, so the vectors that are not in files yet are not needed here.
	now := newView(st, row, old.files, delta, d.seq, nil)
	changed := len(delta.Chunks) + len(now.base.Chunks) + len(delta.Chunks) - now.live
	if changed <= max(slack, len(now.base.Chunks)/deltaShare) {
		err = a.CommitDelta(h, delta)
		return errors.Join(err, now.release())
	}
	c, err := now.flatten(func(slot uint32) (uint32, error) { return slot, nil })
	if err = errors.Join(err, now.release()); err != nil {
		return errors.Join(err, a.Abort())
	}
	return a.Commit(h, c)
}

// wasteful says whether most slots of a view have no chunk. A slot has at least one row, so counting rows is enough
// where they are many; where chunks share texts it errs on the side of leaving files alone.
func wasteful(v *view) bool { return v.slots() > 2*v.live+slack }

// compactFiles writes a new build of the rows. It copies what is in the files, which takes seconds for a million
// vectors; from the database it would be a quarter of a minute.
func (s *store) compactFiles(v *view) error {
	a, err := vecfile.Create(s.vectorsDir(), v.space.file(), v.space.dims)
	if err != nil {
		return err
	}
	moved := make(map[uint32]uint32, v.live)
	c, err := v.flatten(func(old uint32) (uint32, error) {
		if slot, ok := moved[old]; ok {
			return slot, nil
		}
		vec, err := v.slotVector(old)
		if err != nil {
			return 0, err
		}
		slot, err := a.Append(v.textOf(old), vec)
		moved[old] = slot
		return slot, err
	})
	if err != nil {
		return errors.Join(err, a.Abort())
	}
	return a.Commit(vecfile.Header{Generation: v.generation, Stamp: v.stamp, Seq: v.seq}, c)
}
