package workspace

// This file opens the store of an index: SQLite in its folder, or a Qdrant server. The folder remembers which.

import (
	"context"
	"net"
	"path/filepath"
	"slices"

	"loradex/indexer"
	"loradex/internal/config"
	"loradex/internal/fault"
	"loradex/search"
	"loradex/search/qdrant"
	"loradex/search/sqlite"
)

// The stores, as config.Stores lists them.
const (
	InSQLite = "sqlite"
	InQdrant = "qdrant"
)

// openStore opens the index of a folder; it is closed at the end.
func (s *Session) openStore(ctx context.Context, dir, kind string, readOnly bool) (search.Backend, error) {
	if kind == InQdrant {
		return s.openQdrant(ctx, dir, readOnly)
	}
	store, err := sqlite.Open(ctx, dir, sqlite.Options{ReadOnly: readOnly})
	if readOnly && fault.CodeOf(err) == fault.Unsupported {
		store, err = upgraded(ctx, dir, err)
	}
	if err != nil {
		return nil, err
	}
	s.OnClose(store.Close)
	return store, nil
}

// upgraded opens an index of an older format for reading, after it was brought up to date: the first search of a new version must
// not fail for want of a run. Where the folder cannot be written, or the format is a newer one, the error stays.
func upgraded(ctx context.Context, dir string, old error) (sqlite.Store, error) {
	writer, err := sqlite.Open(ctx, dir, sqlite.Options{})
	if err != nil {
		return nil, old
	}
	if err := writer.Close(); err != nil {
		return nil, err
	}
	return sqlite.Open(ctx, dir, sqlite.Options{ReadOnly: true})
}

// openQdrant opens the index that the server has under the name of the folder.
func (s *Session) openQdrant(ctx context.Context, dir string, readOnly bool) (search.Backend, error) {
	name, err := qdrantName(dir)
	if err != nil {
		return nil, err
	}
	store, err := s.qdrantNamed(ctx, name, readOnly)
	if err != nil {
		return nil, err
	}
	s.OnClose(store.Close)
	return store, nil
}

func (s *Session) qdrantNamed(ctx context.Context, name string, readOnly bool) (search.Backend, error) {
	o := s.qdrantOptions()
	o.ReadOnly = readOnly
	store, err := qdrant.Open(ctx, name, o)
	if err != nil {
		return nil, qdrantError(err)
	}
	return store, nil
}

// OpenScratch opens an index that is filled to be measured, which the caller closes. A server knows it by the folder as it is
// given; candidates are those of SQLite, 0 for its own number.
func (s *Session) OpenScratch(ctx context.Context, dir, kind string, candidates int, readOnly bool) (search.Backend, error) {
	if kind == InQdrant {
		return s.qdrantNamed(ctx, filepath.ToSlash(dir), readOnly)
	}
	return sqlite.Open(ctx, dir, sqlite.Options{ReadOnly: readOnly, Candidates: candidates})
}

// DropScratch deletes such an index from the server.
func (s *Session) DropScratch(ctx context.Context, dir string) error {
	return qdrant.Destroy(ctx, filepath.ToSlash(dir), s.qdrantOptions())
}

// qdrantOptions are the settings of the server.
func (s *Session) qdrantOptions() qdrant.Options {
	c := s.Config.Qdrant
	return qdrant.Options{
		Address: c.Address, APIKey: string(c.APIKey), TLS: c.TLS, Prefix: c.Prefix,
		Shards: c.Shards, Replicas: c.Replicas, WriteConsistency: c.WriteConsistency,
		Quantization: c.Quantization, Oversampling: c.Oversampling, Timeout: c.Timeout,
	}
}

// qdrantName is what the server knows the index of a folder by.
func qdrantName(dir string) (string, error) {
	name, err := filepath.Abs(dir)
	if err == nil {
		name, err = filepath.EvalSymlinks(name)
	}
	if err != nil {
		return "", fault.Wrap(fault.Unavailable, err, "the index folder %s", dir)
	}
	return filepath.ToSlash(name), nil
}

// qdrantError says where the settings are that an error of the store is about.
func qdrantError(err error) error {
	code := fault.CodeOf(err)
	if code != fault.Unavailable && code != fault.Invalid {
		return err
	}
	const settings = "the settings are qdrant.* in loradex.yaml, and LORADEX_QDRANT_ADDRESS and so on"
	hint := fault.HintOf(err)
	if hint != "" {
		hint += "; "
	}
	return fault.Wrap(code, err, "the store qdrant").WithHint("%s", hint+settings)
}

// storeFile, in the folder of an index, names what keeps it. A folder without one is kept in SQLite.
const storeFile = "store.json"

type storeMark struct {
	Store string `json:"store"`
}

// storeOf says what keeps the index of a folder, and whether the folder says so itself.
func storeOf(dir string) (kind string, marked bool, err error) {
	var mark storeMark
	there, err := readMark(dir, storeFile, &mark)
	if !there {
		return InSQLite, false, err
	}
	if err != nil || !slices.Contains(config.Stores(), mark.Store) {
		return "", false, fault.New(fault.Corrupt, "%s names no store that is known", filepath.Join(dir, storeFile)).
			WithHint("remove the folder %s and run `loradex index`", dir)
	}
	return mark.Store, true, nil
}

// lockIndex finds the index of a PATH|URL, keeps other writers away until the end, and says what keeps it.
func (s *Session) lockIndex(ctx context.Context, where string) (dir, kind string, err error) {
	if dir, err = s.FindIndex(ctx, where); err != nil {
		return "", "", err
	}
	release, err := indexer.Lock(dir)
	if err != nil {
		return "", "", err
	}
	s.OnClose(release)
	kind, _, err = storeOf(dir)
	return dir, kind, err
}

// markStore records what keeps an index, once it is there.
func markStore(dir, kind string) error { return writeMark(dir, storeFile, storeMark{kind}) }

// openForWriting opens the store of an index, or makes it in the one that is wanted. An index that is there stays where
// it is: a flag that says otherwise is refused, a setting only noted. The caller holds the folder's lock.
func (s *Session) openForWriting(ctx context.Context, dir, wanted string, byFlag bool) (search.Backend, error) {
	kind, marked, err := storeOf(dir)
	if err != nil {
		return nil, err
	}
	if !marked && wanted != kind {
		there, err := hasSQLite(ctx, dir)
		if err != nil {
			return nil, err
		}
		if !there {
			kind = wanted
		}
	}
	if kind != wanted && byFlag {
		return nil, fault.New(fault.Conflict, "the index in %s is kept in %s, not in %s", dir, kind, wanted).
			WithHint("`loradex store copy --to %s` moves it; `loradex clean` removes it; without --store it stays where it is", wanted)
	}
	if kind != wanted && wanted != InSQLite { // which is the default
		s.Note("the index in %s stays in %s; `loradex store copy --to %s` moves it", dir, kind, wanted)
	}
	store, err := s.openStore(ctx, dir, kind, false)
	if err != nil {
		return nil, err
	}
	if kind == InQdrant {
		s.noteRemote()
	}
	if kind != InSQLite && !marked {
		return store, markStore(dir, kind)
	}
	return store, nil
}

// hasSQLite says whether a folder has an index in SQLite.
func hasSQLite(ctx context.Context, dir string) (bool, error) {
	store, err := sqlite.Open(ctx, dir, sqlite.Options{ReadOnly: true})
	if fault.CodeOf(err) == fault.NotFound {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, store.Close()
}

// noteRemote says that code leaves the machine.
func (s *Session) noteRemote() {
	host, _, err := net.SplitHostPort(s.Config.Qdrant.Address)
	if ip := net.ParseIP(host); err != nil || host == "localhost" || ip != nil && ip.IsLoopback() {
		return
	}
	s.Note("the code and its vectors are sent to Qdrant at %s", s.Config.Qdrant.Address)
}

// destroyQdrant deletes the index of a folder from the server.
func (s *Session) destroyQdrant(ctx context.Context, dir string) error {
	name, err := qdrantName(dir)
	if err != nil {
		return err
	}
	if err := qdrant.Destroy(ctx, name, s.qdrantOptions()); err != nil {
		return qdrantError(err)
	}
	s.Note("the index is deleted from Qdrant at %s", s.Config.Qdrant.Address)
	return nil
}
