package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"

	driver "modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"

	"loradex/internal/fault"
	"loradex/search"
)

// Store is an open index in a folder.
type Store interface {
	search.Backend
	// Check verifies the database's structure, that its tables agree with each other, and that the derived files hold what
	// the database says. It reads everything once.
	Check(ctx context.Context) (report, error)
	// Repair makes everything that is derived anew: the files of vectors and of words. What only the database knows it cannot
	// bring back; for that, `loradex clean` and `loradex index`.
	Repair(ctx context.Context) error
	// Flush brings the derived files, those of every space and of the words, up to date. Searches work without it; they only start slower.
	Flush(ctx context.Context) error
}

// store is a Store. It is safe for concurrent use; other processes may read and write the same index.
type store struct {
	dir     string
	opts    Options
	writer  *sql.DB // one connection; nil where the index is read-only
	readers *sql.DB

	catalog atomic.Pointer[catalog]

	viewsMu sync.Mutex // guards views, words and closed
	views   map[string]*view
	words   *wordView // the newest one, nil for none
	closed  bool

	loading      sync.Mutex   // held while a view is loaded: one load serves all who wait
	loadingWords sync.Mutex   // the same for words
	unfiled      atomic.Int64 // chunks that were stored since word files were written

	fillingMu sync.Mutex // guards filling
	filling   chan error // gives the error of who writes words beside a run; nil for nobody
}

const (
	databaseName = "index.db"
	vectorsName  = "vectors"
)

func (s *store) path() string       { return filepath.Join(s.dir, databaseName) }
func (s *store) vectorsDir() string { return filepath.Join(s.dir, vectorsName) }

// Open opens the index in a folder, and creates folder and index where there are none. NotFound where Options.ReadOnly
// asks for an existing one; Corrupt for a file that is no index; Unsupported for an index of a newer format.
func Open(ctx context.Context, dir string, o Options) (Store, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	s := &store{dir: dir, opts: o.withDefaults(), views: map[string]*view{}}
	if err := s.open(ctx); err != nil {
		return nil, errors.Join(s.explain(ctx, err, "open"), s.Close())
	}
	return s, nil
}

func (s *store) open(ctx context.Context) error {
	if s.opts.ReadOnly {
		return s.openReader(ctx)
	}
	err := s.openWriter(ctx)
	if err == nil {
		return s.openReaders(ctx, "mode=ro")
	}
	if s.writer != nil {
		err = errors.Join(err, s.writer.Close())
		s.writer = nil
	}
	if !isDenied(err) {
		return err
	}
	if readErr := s.openReader(ctx); fault.CodeOf(readErr) != fault.NotFound {
		return readErr
	}
	return err // there is nothing to read either, so what matters is that it cannot be made
}

func (s *store) openWriter(ctx context.Context) error {
	if err := os.MkdirAll(s.vectorsDir(), 0o755); err != nil { //nolint:gosec // an index is as readable as the code it indexes
		return err
	}
	var err error
	if s.writer, err = s.connect("mode=rwc", 1); err != nil {
		return err
	}
	if err := prepare(ctx, s.writer, s.path()); err != nil {
		return err
	}
	// A database on a read-only file opens for writing without complaint; only a write tells.
	tx, err := s.writer.BeginTx(ctx, nil)
	if hasCode(err, codes.SQLITE_BUSY) {
		return nil // somebody writes, so writing is possible
	}
	if err != nil {
		return err
	}
	return tx.Rollback()
}

func (s *store) openReaders(ctx context.Context, query string) error {
	var err error
	if s.readers, err = s.connect(query, 4); err != nil {
		return err
	}
	version, err := checkFormat(ctx, s.readers, s.path())
	if err == nil && version < formatVersion {
		err = fault.New(fault.Unsupported, "%s has index format %d, this loradex reads format %d and may not write here", s.path(), version, formatVersion).
			WithHint("run `loradex index` where the index can be written")
	}
	return err
}

// openReader opens an existing index without writing to it.
func (s *store) openReader(ctx context.Context) error {
	info, err := os.Stat(s.path())
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() == 0 {
		return fault.New(fault.NotFound, "no index at %s", s.path()).WithHint("run `loradex index` first")
	}
	if err != nil {
		return err
	}
	err = s.openReaders(ctx, "mode=ro")
	if isDenied(err) && emptyWAL(s.path()) {
		// WAL needs a shared-memory file beside the database. In a folder that allows none nobody can be writing either.
		if err := s.readers.Close(); err != nil {
			return err
		}
		return s.openReaders(ctx, "mode=ro&immutable=1")
	}
	return err
}

func emptyWAL(path string) bool {
	info, err := os.Stat(path + "-wal")
	return errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() == 0
}

// isDenied says whether writing failed because the folder does not allow it.
func isDenied(err error) bool {
	return errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) ||
		hasCode(err, codes.SQLITE_READONLY) || hasCode(err, codes.SQLITE_CANTOPEN) || hasCode(err, codes.SQLITE_PERM)
}

// connect returns a pool of connections that all have the same settings.
func (s *store) connect(query string, conns int) (*sql.DB, error) {
	abs, err := filepath.Abs(s.path())
	if err != nil {
		return nil, err
	}
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(abs)}
	v := url.Values{}
	v.Set("_busy_timeout", strconv.FormatInt(s.opts.BusyTimeout.Milliseconds(), 10))
	v.Set("_txlock", "deferred")
	v.Set("_defensive", "1")
	v.Set("_dqs", "0")
	v.Add("_pragma", "cache_size(-32768)")
	if query == "mode=rwc" {
		v.Set("_txlock", "immediate")
		// FULL: a call is durable when it returns. NORMAL would lose the last ones with the power.
		v.Add("_pragma", "journal_mode(WAL)")
		v.Add("_pragma", "synchronous(FULL)")
	} else {
		v.Set("_query_only", "1")
	}
	u.RawQuery = query + "&" + v.Encode()
	c, err := driver.NewConnector(u.String())
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(c)
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db, nil
}

// Close releases the index. Searches that run in other goroutines finish first; the store is not usable afterwards.
func (s *store) Close() error {
	err := s.filled(nil)
	if fault.CodeOf(err) == fault.Canceled {
		err = nil // whoever stopped the run knows
	}
	s.viewsMu.Lock()
	s.closed = true
	for name, v := range s.views {
		delete(s.views, name)
		err = errors.Join(err, v.release())
	}
	err = errors.Join(err, s.words.release())
	s.words = nil
	s.viewsMu.Unlock()
	if s.readers != nil {
		err = errors.Join(err, s.readers.Close())
	}
	if s.writer != nil {
		// Last: closing the last connection of all folds the WAL into the database.
		err = errors.Join(err, s.writer.Close())
	}
	return err
}
