package gitrepo

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	git "github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"

	"loradex/indexer"
	"loradex/internal/fault"
)

// Bounds of what Export writes: a tree can name one blob a million times.
const (
	maxExported     = 2 << 30
	maxExportedFile = 64 << 20
)

// Export makes a folder that is not there yet into a repository whose work tree holds the files of a revision below root, or all
// of them with "", at their own paths. Links, submodules and files beyond 64 MiB are left out. NotFound for an unknown revision;
// Invalid where the files have more than 2 GiB; Unavailable where it cannot write.
func (r *Repo) Export(ctx context.Context, rev, root, dir string) error {
	commit, err := r.resolve(rev)
	if err != nil {
		return err
	}
	if _, err := git.PlainInit(dir, false); err != nil {
		return fault.Wrap(fault.Unavailable, err, "cannot make a repository in %s", dir)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	left := int64(maxExported)
	return r.walkTrees(ctx, plumbing.ZeroHash, commit.TreeHash, func(path string, _, item object.TreeEntry) (bool, error) {
		inside := root == "" || path == root || strings.HasPrefix(path, root+"/")
		switch {
		case !validPath(path):
			return false, nil
		case item.Mode == filemode.Dir:
			return inside || strings.HasPrefix(root, path+"/"), nil
		case !inside || item.Mode == filemode.Submodule || item.Mode == filemode.Symlink:
			return false, nil
		}
		data, err := r.blob(item.Hash, maxExportedFile)
		if errors.Is(err, indexer.SkipError{Reason: indexer.Huge}) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		if left -= int64(len(data)); left < 0 {
			return false, fault.New(fault.Invalid, "%s has more than %d bytes at %s", r.Name(), maxExported, rev)
		}
		to := filepath.Join(dir, filepath.FromSlash(path))
		if err = os.MkdirAll(filepath.Dir(to), 0o750); err == nil {
			err = os.WriteFile(to, data, 0o600)
		}
		if err != nil {
			return false, fault.Wrap(fault.Unavailable, err, "export of %s", r.Name())
		}
		return false, nil
	})
}
