package gitrepo

import (
	"context"
	"os"
	"path/filepath"
	"strings"
)

// Apart says why a folder inside a work tree is not part of it.
type Apart string

// The reasons.
const (
	Inner   Apart = "a repository of its own" // a submodule, or another repository
	Ignored Apart = "ignored"
)

// IsRepository tells whether a folder is the top of a work tree, or a bare repository.
func IsRepository(dir string) bool { return isTop(dir) || isGitDir(dir) }

// InnerTop returns the innermost top of another repository between the top of a work tree and a folder below it; "" where
// there is none. Paths are absolute.
func InnerTop(root, dir string) string {
	for at := dir; len(at) > len(root); at = filepath.Dir(at) {
		if isTop(at) {
			return at
		}
	}
	return ""
}

// Covers tells whether the work tree holds what lies in a folder below its top, a slash path: at is the folder from where on
// it does not, and why. A folder that git ignores is covered where something in it is tracked. [InnerTop] is looked for apart.
func (r *Repo) Covers(ctx context.Context, path string) (at string, why Apart, err error) {
	if r.bare || !validPath(path) {
		return "", "", ctx.Err()
	}
	s := r.scanOf(ctx, &dircache{})
	list, err := os.ReadDir(s.disk(path))
	isEmpty := err != nil || len(list) == 0 // a submodule that was not fetched
	for _, dir := range foldersTo(path) {
		parent, name := splitPath(dir)
		up := s.ignore.dir(parent)
		mine := s.ignore.ignores(byLoradex, up, name, true)
		if !mine && !s.ignore.ignores(byGit, up, name, true) && !isEmpty {
			continue
		}
		if len(s.tracked) == 0 { // git's index is not read for nothing
			if s, err = r.newScan(ctx); err != nil {
				return "", "", err
			}
		}
		e := s.tracked[dir]
		switch {
		case e != nil && e.mode&modeMask == modeGitlink:
			return dir, Inner, nil
		case mine, s.ignore.ignores(byGit, up, name, true) && !s.tracks(path):
			return dir, Ignored, nil
		}
	}
	return "", "", ctx.Err()
}

// tracks tells whether git's index has something below a folder.
func (s *scan) tracks(dir string) bool {
	for path := range s.tracked {
		if strings.HasPrefix(path, dir+"/") {
			return true
		}
	}
	return false
}

// foldersTo lists the folders above a slash path and itself, from the top.
func foldersTo(path string) []string {
	var out []string
	for i, c := range path {
		if c == '/' {
			out = append(out, path[:i])
		}
	}
	return append(out, path)
}
