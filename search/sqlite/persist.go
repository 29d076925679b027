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

// errLocked says that another process or goroutine is writing vector files.
var errLocked = errors.New("vector files are being written")

// patience is how long an indexing run waits for the lock. Files that are behind do no harm, so it is not long.
const patience = 3 * time.Second

// locked runs fn while no other process writes vector files. A process that dies gives the lock back.
func (s *Store) locked(ctx context.Context, wait time.Duration, fn func() error) (err error) {
	lock := flock.New(filepath.Join(s.vectorsDir(), "lock"))
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

// Flush brings the derived files of every space up to date. Searches work without it; they only start slower.
func (s *Store) Flush(ctx context.Context) error {
	if s.writer == nil {
		return nil
	}
	var names []string
	err := each(ctx, s.readers, func(rows *sql.Rows) error {
		var name string
		err := rows.Scan(&name)
		names = append(names, name)
		return err
	}, "SELECT name FROM spaces ORDER BY id")
	for _, name := range names {
		if err == nil {
			err = s.flushSpace(ctx, name)
		}
	}
	return s.explain(ctx, err, "write vector files")
}

func (s *Store) flushSpace(ctx context.Context, name string) error {
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

// slack is how many slots without a chunk a rows file may hold before a new build drops them.
const slack = 4096

// persist writes the files of a space at the state of tx and returns the view that they hold, with a reference for
// the caller. Files that are at that state already stay as they are.
func (s *Store) persist(ctx context.Context, tx *sql.Tx, row spaceRow, st state, wait time.Duration) (v *view, err error) {
	if err := os.MkdirAll(s.vectorsDir(), 0o755); err != nil { //nolint:gosec // an index is as readable as the code it indexes
		return nil, err
	}
	err = s.locked(ctx, wait, func() error {
		v, err = s.persistLocked(ctx, tx, row, st)
		return err
	})
	return v, err
}

func (s *Store) persistLocked(ctx context.Context, tx *sql.Tx, row spaceRow, st state) (*view, error) {
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
	err = s.writeFiles(ctx, tx, row, st, old)
	if old != nil {
		err = errors.Join(err, old.release())
	}
	if err != nil {
		return nil, err
	}
	v, err := s.fromFiles(row)
	if err == nil && v == nil {
		err = fmt.Errorf("vector files of space %s are unusable right after they were written", row.name)
	}
	return v, err
}

func (s *Store) writeFiles(ctx context.Context, tx *sql.Tx, row spaceRow, st state, old *view) error {
	d, err := readDifference(ctx, tx, row, old)
	if err != nil {
		return err
	}
	if old != nil && len(old.Texts) > 2*(d.kept(old)+len(d.rows))+slack {
		old = nil // mostly dead slots
		if d, err = readDifference(ctx, tx, row, nil); err != nil {
			return err
		}
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
	c, err := d.build(ctx, tx, row, old, a)
	if err != nil {
		return errors.Join(err, a.Abort())
	}
	return a.Commit(vecfile.Header{Generation: st.generation, Stamp: st.stamp, Seq: d.seq}, c)
}
