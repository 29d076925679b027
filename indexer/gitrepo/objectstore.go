package gitrepo

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/go-git/go-billy/v5/osfs"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/cache"
	"github.com/go-git/go-git/v5/storage/filesystem"
	"github.com/go-git/go-git/v5/storage/filesystem/dotgit"

	"loradex/internal/fault"
)

const (
	objectCacheBytes = 64 << 20
	// largeObjectBytes is from where on blobs are not kept in memory while they are unpacked.
	largeObjectBytes = 8 << 20
	// maxAlternates bounds the object folders that a repository borrows from, chains included.
	maxAlternates = 32
)

// objectStore is go-git's storage of a repository, and those of the repositories that it borrows objects from
// (objects/info/alternates, as `git clone --shared` and `--reference` leave it). go-git knows alternates for reading
// objects only, not for their sizes, and opens them anew for each object. Not safe for concurrent use.
type objectStore struct {
	*filesystem.Storage
	lenders []*filesystem.Storage
}

func openStore(gitDir, commonDir string) (*objectStore, error) {
	lenders, err := alternates(filepath.Join(commonDir, "objects"), map[string]bool{})
	if err != nil {
		return nil, err
	}
	s := &objectStore{Storage: newStorage(gitDir, commonDir)}
	for _, objects := range lenders {
		dir := filepath.Dir(objects)
		s.lenders = append(s.lenders, newStorage(dir, dir))
	}
	return s, nil
}

// newStorage opens a git folder whose objects and references lie in commonDir.
func newStorage(gitDir, commonDir string) *filesystem.Storage {
	layout := dotgit.NewRepositoryFilesystem(osfs.New(gitDir), nil)
	if commonDir != gitDir {
		layout = dotgit.NewRepositoryFilesystem(osfs.New(gitDir), osfs.New(commonDir))
	}
	return filesystem.NewStorageWithOptions(layout, cache.NewObjectLRU(objectCacheBytes),
		filesystem.Options{KeepDescriptors: true, LargeObjectThreshold: largeObjectBytes})
}

// alternates lists the object folders that an object folder borrows from, and those that they borrow from.
func alternates(objects string, seen map[string]bool) ([]string, error) {
	file := filepath.Join(objects, "info", "alternates")
	data, err := readBounded(file, 1<<20)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "%s cannot be read", file)
	}
	var out []string
	for line := range strings.SplitSeq(string(data), "\n") {
		if line = strings.TrimSuffix(line, "\r"); line == "" || line[0] == '#' {
			continue
		}
		path := absoluteTo(objects, line)
		if seen[path] || len(seen) >= maxAlternates {
			continue
		}
		seen[path] = true
		if info, err := os.Stat(path); err != nil || !info.IsDir() {
			return nil, fault.New(fault.NotFound, "%s names %s, which is not a folder", file, path).
				WithHint("bring that repository back, or run `git repack -a` before it goes")
		}
		if filepath.Base(path) != "objects" {
			return nil, fault.New(fault.Unsupported, "%s names %s: only folders called objects are supported", file, path)
		}
		more, err := alternates(path, seen)
		if err != nil {
			return nil, err
		}
		out = append(append(out, path), more...)
	}
	return out, nil
}

// holder returns the storage that has an object; the repository's own where none has it.
func (s *objectStore) holder(h plumbing.Hash) *filesystem.Storage {
	if len(s.lenders) == 0 || s.Storage.HasEncodedObject(h) == nil {
		return s.Storage
	}
	for _, lender := range s.lenders {
		if lender.HasEncodedObject(h) == nil {
			return lender
		}
	}
	return s.Storage
}

// EncodedObject reads an object.
func (s *objectStore) EncodedObject(t plumbing.ObjectType, h plumbing.Hash) (plumbing.EncodedObject, error) {
	return s.holder(h).EncodedObject(t, h)
}

// EncodedObjectSize returns an object's size without reading it.
func (s *objectStore) EncodedObjectSize(h plumbing.Hash) (int64, error) {
	return s.holder(h).EncodedObjectSize(h)
}

// hashesWithPrefix returns the objects whose hash begins with these bytes.
func (s *objectStore) hashesWithPrefix(prefix []byte) ([]plumbing.Hash, error) {
	hashes, err := s.Storage.HashesWithPrefix(prefix)
	for _, lender := range s.lenders {
		if err != nil {
			return nil, err
		}
		var more []plumbing.Hash
		more, err = lender.HashesWithPrefix(prefix)
		hashes = append(hashes, more...)
	}
	return hashes, err
}

// Close frees the file descriptors.
func (s *objectStore) Close() error {
	err := s.Storage.Close()
	for _, lender := range s.lenders {
		err = errors.Join(err, lender.Close())
	}
	return err
}
