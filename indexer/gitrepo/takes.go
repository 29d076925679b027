package gitrepo

import (
	"context"
	"slices"
	"strings"
	"sync"

	"loradex/indexer"
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

// IsRules tells whether a file of a work tree says which others are listed, or what they are marked with.
func IsRules(path string) bool {
	_, name := splitPath(path)
	return name == gitIgnoreName || name == loradexIgnoreName || name == attributesName
}

// Rules are what ignore files and attributes say of the paths of a work tree, as they are when a folder is first asked about.
// Safe for concurrent use.
type Rules struct {
	mu sync.Mutex // guards scan
	s  *scan
}

// Rules returns the rules of a work tree as they are now. Invalid for a bare repository.
func (r *Repo) Rules(ctx context.Context) (*Rules, error) {
	if r.bare {
		return nil, fault.New(fault.Invalid, "%s is a bare repository: it has no work tree", r.root)
	}
	return &Rules{s: r.scanOf(ctx, &dircache{})}, nil
}

// Wants tells whether the work tree would list a regular file that is there, or look into a folder, by the ignore files and by
// what is another repository. It does not read git's index, which takes long where it is large: what is tracked although it
// is ignored is not wanted.
func (x *Rules) Wants(path string, isDir bool) bool {
	if !validPath(path) || slices.ContainsFunc(strings.Split(path, "/"), isOwnFolder) {
		return false
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	parent, name := splitPath(path)
	dir := x.s.ignore.dir(parent)
	return !x.s.ignore.ignores(byLoradex, dir, name, isDir) && !x.s.ignore.ignores(byGit, dir, name, isDir) &&
		(!isDir || !x.s.isRepository(path))
}

// Marks returns the marks that a scan would give a file.
func (x *Rules) Marks(path string) indexer.Marks {
	if !validPath(path) {
		return indexer.Marks{}
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	parent, name := splitPath(path)
	return x.s.ignore.marks(x.s.ignore.dir(parent), name)
}
