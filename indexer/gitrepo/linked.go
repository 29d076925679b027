package gitrepo

import (
	"os"
	"path/filepath"
	"strings"

	"loradex/indexer"
)

// This file finds the repository that a linked work tree, of `git worktree add`, belongs to.

// Linked returns the top of the linked work tree that a folder lies in, and the place of its common repository: the main work
// tree, or the bare repository. "" where the folder is in no linked work tree, or where git does not say which its main one is.
func Linked(path string) (top string, main indexer.Place) {
	at, err := filepath.Abs(path)
	if err != nil || IsURL(path) {
		return "", main
	}
	if resolved, err := filepath.EvalSymlinks(at); err == nil {
		at = resolved
	}
	for ; ; at = filepath.Dir(at) {
		if isTop(at) {
			break
		}
		if at == filepath.Dir(at) {
			return "", main
		}
	}
	if dot, err := os.Lstat(filepath.Join(at, ".git")); err != nil || !dot.Mode().IsRegular() {
		return "", main // the main work tree itself, at no further cost
	}
	r, err := openAt(at, Options{})
	if err != nil || r == nil {
		return "", main
	}
	defer r.Close() //nolint:errcheck // only read
	if main = r.Main(); main.Root == "" {
		return "", main
	}
	return at, main
}

// Main is the place of the common repository of a linked work tree; the zero Place where this is none, or where git does not say.
func (r *Repo) Main() indexer.Place {
	if r.bare || r.url != "" || r.commonDir == r.gitDir {
		return indexer.Place{}
	}
	at := r.commonDir
	if resolved, err := filepath.EvalSymlinks(at); err == nil {
		at = resolved
	}
	switch tree, _ := r.settings.get("core", "worktree"); {
	case filepath.Base(at) == ".git":
		at = filepath.Dir(at)
	case tree != "": // a submodule's
		at = absoluteTo(at, strings.TrimSpace(tree))
	case !r.settings.isTrue("core", "bare"):
		return indexer.Place{}
	}
	main, err := openAt(at, r.opts)
	if err != nil || main == nil {
		return indexer.Place{}
	}
	defer main.Close() //nolint:errcheck // only read
	return main.Place()
}

// HasLinked tells whether the repository has linked work trees, or is one.
func (r *Repo) HasLinked() bool {
	if r.commonDir != r.gitDir {
		return true
	}
	list, err := os.ReadDir(filepath.Join(r.commonDir, "worktrees"))
	return err == nil && len(list) > 0
}
