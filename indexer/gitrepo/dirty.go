package gitrepo

import (
	"bytes"
	"io/fs"
	"math"
	"os"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"

	"loradex/indexer"
	"loradex/internal/fault"
)

// This file tells whether a work tree differs from its commit, as cheaply as git does: by stat data, and by content
// only where that differs. When in doubt the answer is "dirty".

// maxCompareBytes bounds what is read to compare a file with its blob. A larger one whose stat data differ is dirty.
const maxCompareBytes = 8 << 20

// noteChange sets dirty where a tracked file is not what git's index says. It reads nothing once dirty is set.
func (s *scan) noteChange(e *cacheEntry, info fs.FileInfo) {
	if s.dirty || e.assumeValid {
		return
	}
	link := info.Mode()&fs.ModeSymlink != 0
	switch {
	case e.intentToAdd, link != (e.mode&modeMask == modeSymlink), !link && !info.Mode().IsRegular():
		s.dirty = true
		return
	case uint32(info.Size()&math.MaxUint32) != e.size && e.size != 0: //nolint:gosec // git keeps the low 32 bits
		s.dirty = true
		return
	case info.ModTime().UnixNano() == e.mtime && e.mtime < s.cache.mtime && e.size != 0:
		return
	case link:
		target, err := os.Readlink(s.disk(e.path))
		s.dirty = err != nil || indexer.BlobHash([]byte(target)) != e.hash
		return
	}
	// A size of zero in the index means "compare": git writes it for files that changed while it looked.
	if was, ok := s.known[e.path]; ok && was.Stat != (indexer.Stat{}) && was.Stat == StatOf(info, s.started) &&
		was.Blob == e.hash {
		return
	}
	content, err := ReadFile(s.repo.root, e.path, maxCompareBytes)
	s.dirty = err != nil || !sameBlob(content.Data, e.hash)
}

// sameBlob compares a content with a blob's hash, also as git would store it with its line ends converted.
func sameBlob(data []byte, hash string) bool {
	if indexer.BlobHash(data) == hash {
		return true
	}
	return bytes.Contains(data, []byte("\r\n")) &&
		indexer.BlobHash(bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))) == hash
}

// staged tells whether git's index differs from the tree of a commit.
func (s *scan) staged(rev string) (bool, error) {
	if rev == "" {
		return len(s.cache.entries) > 0, nil
	}
	s.repo.mu.Lock()
	defer s.repo.mu.Unlock()
	commit, err := s.repo.commit(plumbing.NewHash(rev))
	if err != nil {
		return false, err
	}
	if s.cache.root == commit.TreeHash.String() {
		return false, nil
	}
	i, same := 0, true
	err = s.repo.walkTrees(s.ctx, plumbing.ZeroHash, commit.TreeHash, func(path string, _, entry object.TreeEntry) (bool, error) {
		if entry.Mode == filemode.Dir {
			path += "/" // as a sparse index has folders outside the checkout
		}
		whole := i < len(s.cache.entries) && s.cache.entries[i].path == path
		if entry.Mode == filemode.Dir && !whole {
			return same, nil
		}
		same = same && whole && s.cache.entries[i].hash == entry.Hash.String() &&
			s.cache.entries[i].mode == uint32(entry.Mode)
		i++
		return false, nil
	})
	if fault.CodeOf(err) == fault.Canceled {
		return false, err
	}
	// A tree that is not here cannot be shown equal.
	return err != nil || !same || i != len(s.cache.entries), nil
}
