package workspace

// This file finds repositories and their indexes.

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"loradex/indexer"
	"loradex/indexer/gitrepo"
	"loradex/internal/fault"
	"loradex/search"
)

// openRepo opens the repository of a PATH|URL; it is closed at the end. offline takes of a URL the copy in the cache, as it is.
func (s *Session) openRepo(ctx context.Context, where string, offline bool) (*gitrepo.Repo, error) {
	repo, err := gitrepo.Open(ctx, where, gitrepo.Options{
		Offline: offline, CacheDir: s.Home.Caches(), Home: s.UserHome, ConfigHome: s.ConfigHome, Progress: s.Fetching,
	})
	if err != nil {
		return nil, err
	}
	s.OnClose(repo.Close)
	return repo, nil
}

// maxNames bounds the names that are offered of branches, and of tags.
const maxNames = 100

// RevNames lists names of branches, and of tags where they are asked for, that begin with a text, of the repository of a PATH|URL;
// of a URL as its copy in the cache has them.
func (s *Session) RevNames(ctx context.Context, where, begin string, tags bool) ([]string, error) {
	repo, err := s.openRepo(ctx, where, true)
	if err != nil {
		return nil, err
	}
	return repo.Names(ctx, begin, tags, maxNames)
}

// linked returns the top of the linked work tree that a folder lies in, and whose index it shares: that of the common
// repository. "" where the folder is in none, or in one with an index of its own.
func (s *Session) linked(where string) (top string, main indexer.Place) {
	if s.Shared != "" || gitrepo.IsURL(where) {
		return "", main
	}
	if _, err := os.Stat(where); err != nil {
		return "", main
	}
	top, main = gitrepo.Linked(where)
	if top != "" && indexer.FindAt(indexer.Place{Root: top}, s.Home.Dir) != "" {
		return "", indexer.Place{}
	}
	return top, main
}

// FindIndex returns the folder of the index for a PATH|URL: of a path the nearest one upwards, in a linked work tree without
// one the index of its common repository. NotFound where that index is of a repository that the path is no part of.
func (s *Session) FindIndex(ctx context.Context, where string) (string, error) {
	if s.Shared != "" {
		return indexer.FindShared(s.Shared)
	}
	if gitrepo.IsURL(where) {
		url, err := gitrepo.CleanURL(where)
		if err != nil {
			return "", fault.Usage(err)
		}
		return indexer.Find(indexer.Place{URL: url}, s.Home.Dir)
	}
	if top, main := s.linked(where); top != "" {
		dir := indexer.FindAt(main, s.Home.Dir)
		if dir == "" {
			return "", noIndexError{fault.New(fault.NotFound, "%s has no index", top).WithHint("run `loradex index %s`", top)}
		}
		return dir, s.covers(ctx, func(root string) bool { return root == top }, where)
	}
	dir, err := indexer.Find(indexer.Place{Root: where}, s.Home.Dir)
	isOf := func(above string) bool {
		return dir == filepath.Join(above, indexer.FolderOf) || filepath.Base(dir) == indexer.FolderName(above)
	}
	// What a mistyped name has above it is not what was meant. Of a repository that is gone, an index may have stayed.
	if _, gone := os.Stat(where); errors.Is(gone, fs.ErrNotExist) {
		if at, bad := filepath.Abs(where); err != nil || bad != nil || !isOf(at) {
			return "", fault.New(fault.NotFound, "%s does not exist", where).WithHint("name a folder of a repository")
		}
	}
	if err != nil {
		return "", noIndexError{err}
	}
	return dir, s.covers(ctx, isOf, where)
}

// noIndexError says that a place has no index, and not that it is no part of one.
type noIndexError struct{ error }

// Unwrap returns what is said of it.
func (e noIndexError) Unwrap() error { return e.error }

// covers says where a folder is no part of the repository above it that is indexed: another repository, or an ignored folder.
func (s *Session) covers(ctx context.Context, indexed func(root string) bool, where string) error {
	at, err := filepath.Abs(where)
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "%s is not a path", where)
	}
	if resolved, err := filepath.EvalSymlinks(at); err == nil {
		at = resolved
	}
	root := at
	for !indexed(root) {
		if root == filepath.Dir(root) {
			return nil
		}
		root = filepath.Dir(root)
	}
	rel, err := filepath.Rel(root, at)
	if err != nil || rel == "." {
		return nil //nolint:nilerr // it is not below
	}
	inner, why := gitrepo.InnerTop(root, at), gitrepo.Inner
	if inner == "" {
		if inner, why, err = s.leftOut(ctx, root, filepath.ToSlash(rel)); err != nil || why == "" {
			return err
		}
	}
	out := fault.New(fault.NotFound, "%s is %s, and not part of the index of %s", inner, why, root)
	if why == gitrepo.Inner {
		return out.WithHint("run `loradex index %s`; `--repo %s` names the other", inner, root)
	}
	return out.WithHint("`--repo %s` names the index; to have the folder in it, take it out of the ignore files and run `loradex index %s`", root, root)
}

// locateIndex makes the folder of a repository's index, or of the shared one.
func (s *Session) locateIndex(repo *gitrepo.Repo) (string, error) {
	if s.Shared != "" {
		return indexer.LocateShared(s.Shared)
	}
	return indexer.Locate(s.placeOf(repo), s.Home.Dir)
}

// placeOf says where the index of a repository lies: of a linked work tree with that of the common repository.
func (s *Session) placeOf(repo *gitrepo.Repo) indexer.Place {
	if top, main := s.linked(repo.Root()); top != "" {
		return main
	}
	return repo.Place()
}

// indexOf returns the folder of a repository's index; "" where there is none.
func (s *Session) indexOf(repo *gitrepo.Repo) string {
	return indexer.FindAt(s.placeOf(repo), s.Home.Dir)
}

// treeOf is what an index calls the work tree of a repository: in an index of its own it needs no name, so that the
// folder can be moved. Where several share an index it has one, linked work trees too.
func (s *Session) treeOf(repo *gitrepo.Repo) indexer.Tree {
	if s.Shared != "" {
		return indexer.Tree{Repo: repo.Name()}
	}
	top, _ := s.linked(repo.Root())
	return indexer.Tree{Repo: top}
}

// sharesLinked tells whether several work trees write to the repository's index.
func (s *Session) sharesLinked(repo *gitrepo.Repo) bool { return s.Shared == "" && repo.HasLinked() }

// familyOf is what an index calls the repository of branches and revisions: linked work trees have them in common.
func (s *Session) familyOf(repo *gitrepo.Repo) string {
	if s.Shared != "" {
		return repo.Name()
	}
	return ""
}

// openIndex opens an existing index for reading; it is closed at the end.
func (s *Session) openIndex(ctx context.Context, dir string) (search.Backend, error) {
	kind, _, err := storeOf(dir)
	if err != nil {
		return nil, err
	}
	return s.openStore(ctx, dir, kind, true)
}

// leftOut tells whether a folder is no part of the repository with a top.
func (s *Session) leftOut(ctx context.Context, root, path string) (at string, why gitrepo.Apart, err error) {
	own := s.child()
	defer func() { err = errors.Join(err, own.Close()) }()
	repo, err := own.openRepo(ctx, root, true)
	if err != nil || repo.Root() != root {
		return "", "", nil //nolint:nilerr // no repository, no folders that it leaves out
	}
	at, why, err = repo.Covers(ctx, path)
	return filepath.Join(root, filepath.FromSlash(at)), why, err
}
