package gitrepo

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"loradex/internal/fault"
)

// This file says which folders a program has to watch that wants to know when the work tree changes: package watch.

// gitStateFiles are the files of the git folder that say which commit is checked out and which files are tracked, or
// that git writes when that changes.
var gitStateFiles = []string{"HEAD", "ORIG_HEAD", "COMMIT_EDITMSG", "index", "packed-refs", "config", "config.worktree"}

// Folders calls visit for each folder that the work tree is read from, and for those of git's own state, before
// it reads them. Paths are absolute. What is ignored is left out, unless it holds tracked files. An error of visit ends
// the walk and is returned; a folder that goes meanwhile is passed over.
//
// matters tells whether a file or folder at an absolute path that was made, changed or removed may change what
// is listed. It knows the ignore files as they were at the walk, and is for one goroutine at a time. Invalid for a
// bare repository.
func (r *Repo) Folders(ctx context.Context, visit func(dir string) error) (matters func(path string) bool, err error) {
	if r.bare {
		return nil, fault.New(fault.Invalid, "%s is a bare repository: it has no work tree to follow", r.root)
	}
	info := filepath.Join(r.commonDir, "info") // its file exclude is an ignore file
	for _, dir := range []string{r.gitDir, r.commonDir, info} {
		if stat, err := os.Stat(dir); err != nil || !stat.IsDir() {
			continue
		}
		if err := visit(dir); err != nil {
			return nil, err
		}
	}
	s, err := r.newScan(ctx)
	if err != nil {
		return nil, err
	}
	w := &folderWalk{scan: s, visit: visit, holds: map[string]bool{}}
	for _, e := range s.tracked {
		for dir, _ := splitPath(e.path); dir != "" && !w.holds[dir]; dir, _ = splitPath(dir) {
			w.holds[dir] = e.mode&modeMask != modeGitlink
		}
	}
	if err := w.walk(""); err != nil {
		return nil, err
	}
	return w.matters, nil
}

// folderWalk is one walk over the folders of a work tree.
type folderWalk struct {
	*scan
	visit func(dir string) error
	holds map[string]bool // folders with tracked files, at any depth
}

func (w *folderWalk) walk(path string) error {
	if err := w.tick(); err != nil {
		return err
	}
	if err := w.visit(w.disk(path)); err != nil {
		return err
	}
	dir := w.ignore.dir(path) // after visit: the folder's own ignore files count
	list, err := os.ReadDir(w.disk(path))
	if err != nil {
		if path == "" && !errors.Is(err, fs.ErrNotExist) {
			return fault.Wrap(fault.Unavailable, err, "%s cannot be read", w.repo.root)
		}
		return nil
	}
	for _, item := range list {
		name, full := item.Name(), joinPath(path, item.Name())
		if !item.IsDir() || isOwnFolder(name) || !validPath(full) || w.leftOut(dir, full, name) {
			continue
		}
		if err := w.walk(full); err != nil {
			return err
		}
	}
	return nil
}

// leftOut tells whether nothing below a folder is indexed.
func (w *folderWalk) leftOut(dir *ignoreDir, full, name string) bool {
	if w.ignore.ignores(byLoradex, dir, name, true) {
		return true
	}
	if w.holds[full] {
		return false
	}
	e := w.tracked[full]
	return e != nil && e.mode&modeMask == modeGitlink || w.ignore.ignores(byGit, dir, name, true) || w.isRepository(full)
}

// isOwnFolder tells whether a folder belongs to git or to us.
func isOwnFolder(name string) bool { return name == ".git" || name == ".loradex" }

// matters is described at [Repo.Folders].
func (w *folderWalk) matters(path string) bool {
	parent, name := filepath.Split(path)
	switch parent = filepath.Clean(parent); parent {
	case w.repo.gitDir, w.repo.commonDir:
		return slices.Contains(gitStateFiles, name)
	case filepath.Join(w.repo.commonDir, "info"):
		return name == "exclude"
	}
	rel, err := filepath.Rel(w.repo.root, path)
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return false
	}
	if rel == "." {
		return true // the whole tree moved or went
	}
	rel = filepath.ToSlash(rel)
	if !validPath(rel) || slices.ContainsFunc(strings.Split(rel, "/"), isOwnFolder) {
		return false
	}
	at, name := splitPath(rel)
	dir := w.ignore.dir(at)
	if w.tracked[rel] != nil || w.holds[rel] {
		return !w.ignore.ignores(byLoradex, dir, name, w.holds[rel])
	}
	if name == gitIgnoreName || name == loradexIgnoreName {
		return true
	}
	asFile := w.ignore.ignores(byGit, dir, name, false) || w.ignore.ignores(byLoradex, dir, name, false)
	asFolder := w.ignore.ignores(byGit, dir, name, true) || w.ignore.ignores(byLoradex, dir, name, true)
	if asFile == asFolder {
		return !asFile
	}
	info, err := os.Lstat(path)
	if err != nil {
		return true // gone: nobody knows which it was
	}
	return (info.IsDir() && !asFolder) || (!info.IsDir() && !asFile)
}
