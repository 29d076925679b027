package gitrepo

import (
	"context"
	"slices"
	"strings"

	"loradex/internal/fault"
)

// Takes tells whether the work tree would list a regular file at a slash path if it were there: it is tracked, or
// neither ignored nor inside another repository. Never in a bare repository. It reads git's index and the ignore files
// above the path.
func (r *Repo) Takes(ctx context.Context, path string) (bool, error) {
	if r.bare || !validPath(path) || slices.ContainsFunc(strings.Split(path, "/"), isOwnFolder) {
		return false, ctx.Err()
	}
	s, err := r.newScan(ctx)
	if err != nil {
		return false, err
	}
	parent, name := splitPath(path)
	dir := s.ignore.dir(parent)
	if s.ignore.ignores(byLoradex, dir, name, false) {
		return false, ctx.Err()
	}
	if e := s.tracked[path]; e != nil {
		return e.mode&modeMask != modeGitlink, ctx.Err()
	}
	for at := parent; at != ""; at, _ = splitPath(at) {
		if e := s.tracked[at]; e != nil && e.mode&modeMask == modeGitlink || s.isRepository(at) {
			return false, ctx.Err()
		}
	}
	return !s.ignore.ignores(byGit, dir, name, false), ctx.Err()
}

// Wants returns what tells whether the work tree would list a regular file that is there, or look into a folder, by the
// ignore files and by what is another repository. It does not read git's index, which takes long where it is large: what is
// tracked although it is ignored is not wanted. It is for one goroutine at a time.
func (r *Repo) Wants(ctx context.Context) (func(path string, isDir bool) bool, error) {
	if r.bare {
		return nil, fault.New(fault.Invalid, "%s is a bare repository: it has no work tree", r.root)
	}
	s := r.scanOf(ctx, &dircache{})
	return func(path string, isDir bool) bool {
		if !validPath(path) || slices.ContainsFunc(strings.Split(path, "/"), isOwnFolder) {
			return false
		}
		parent, name := splitPath(path)
		dir := s.ignore.dir(parent)
		return !s.ignore.ignores(byLoradex, dir, name, isDir) && !s.ignore.ignores(byGit, dir, name, isDir) &&
			(!isDir || !s.isRepository(path))
	}, nil
}
