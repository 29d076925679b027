package gitrepo

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"loradex/indexer"
	"loradex/internal/fault"
)

// Repo is an open repository. Safe for concurrent use.
type Repo struct {
	root      string // top of the work tree; of a bare repository, its own folder
	url       string // where it was cloned from, without secrets; "" for local repositories
	bare      bool
	gitDir    string // HEAD and index
	commonDir string // objects, references, configuration; differs from gitDir in a linked work tree
	settings  settings
	opts      Options

	foreign, foreignHint string // what of its format cannot be read, and what helps: only the work tree is there

	noting sync.Mutex // guards notes
	notes  []string

	mu    sync.Mutex // guards store: go-git's storage is not safe for concurrent use
	store *objectStore
}

// Open opens the repository at path: a folder in a work tree (its top is looked for upwards), a bare repository, or a
// URL (see [IsURL]), which is cloned into, or fetched in, a cache folder. NotFound where there is no repository.
func Open(ctx context.Context, path string, opts Options) (*Repo, error) {
	if IsURL(path) {
		return openURL(ctx, path, opts)
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "%s is not a path", path)
	}
	if resolved, err := filepath.EvalSymlinks(abs); err == nil {
		abs = resolved // so that a repository has one name, however it is reached
	}
	if _, err := os.Stat(abs); err != nil {
		return nil, fault.New(fault.NotFound, "%s does not exist", path)
	}
	for dir := abs; ; dir = filepath.Dir(dir) {
		repo, err := openAt(dir, opts)
		if repo != nil || err != nil {
			return repo, err
		}
		if dir == filepath.Dir(dir) {
			return nil, fault.New(fault.NotFound, "%s is not a git repository", path).
				WithHint("run `git init` there, or name a folder inside a repository")
		}
	}
}

// openAt opens the repository whose top is dir, and returns nil where there is none.
func openAt(dir string, opts Options) (*Repo, error) {
	r := &Repo{root: dir, opts: opts}
	dot := filepath.Join(dir, ".git")
	switch info, err := os.Stat(dot); {
	case err == nil && info.IsDir() && isGitDir(dot):
		r.gitDir = dot
	case err == nil && info.Mode().IsRegular():
		target, err := readLink(dot)
		if err != nil {
			return nil, err
		}
		r.gitDir = target
	case isGitDir(dir):
		r.gitDir, r.bare = dir, true
	default:
		return nil, nil
	}
	if err := r.load(); err != nil {
		return nil, err
	}
	return r, nil
}

// isGitDir tells whether dir has the parts of a git folder. A linked work tree's has no objects of its own.
func isGitDir(dir string) bool {
	if _, err := os.Lstat(filepath.Join(dir, "HEAD")); err != nil {
		return false
	}
	if _, err := os.Stat(filepath.Join(dir, "commondir")); err == nil {
		return true
	}
	for _, part := range []string{"objects", "refs"} {
		if info, err := os.Stat(filepath.Join(dir, part)); err != nil || !info.IsDir() {
			return false
		}
	}
	return true
}

// readLink follows a .git file: "gitdir: PATH", as linked work trees and submodules have it.
func readLink(dot string) (string, error) {
	data, err := readBounded(dot, 64<<10)
	if err != nil {
		return "", fault.Wrap(fault.Unavailable, err, "%s cannot be read", dot)
	}
	target, ok := strings.CutPrefix(strings.TrimSpace(string(data)), "gitdir:")
	if !ok {
		return "", fault.New(fault.Corrupt, "%s is not a link to a git folder", dot)
	}
	target = absoluteTo(filepath.Dir(dot), strings.TrimSpace(target))
	if !isGitDir(target) {
		return "", fault.New(fault.NotFound, "%s points to %s, which is not a git folder", dot, target).
			WithHint("run `git worktree repair`")
	}
	return target, nil
}

// absoluteTo resolves a path as written in a git file that lies in dir.
func absoluteTo(dir, path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(dir, path)
}

// load reads the settings and opens the object store.
func (r *Repo) load() error {
	r.commonDir = r.gitDir
	data, err := readBounded(filepath.Join(r.gitDir, "commondir"), 64<<10)
	switch {
	case err == nil:
		r.commonDir = absoluteTo(r.gitDir, strings.TrimSpace(string(data)))
	case !errors.Is(err, fs.ErrNotExist):
		return fault.Wrap(fault.Unavailable, err, "%s cannot be read", r.gitDir)
	}
	files := []string{filepath.Join(r.commonDir, "config")}
	if r.settings = r.readSettings(files...); r.settings.isTrue("extensions", "worktreeconfig") {
		r.settings = append(r.settings, r.readSettings(filepath.Join(r.gitDir, "config.worktree"))...)
	}
	switch {
	case r.bare && filepath.Base(r.gitDir) == ".git" && !r.settings.isTrue("core", "bare"):
		// The path named the .git folder of a work tree.
		r.bare, r.root = false, filepath.Dir(r.gitDir)
	case !r.bare && r.commonDir == r.gitDir && r.settings.isTrue("core", "bare"):
		r.bare = true // a .git folder that only holds objects for its linked work trees
	}
	if r.foreign, r.foreignHint = foreignFormat(r.settings); r.foreign != "" {
		if r.bare {
			return r.checkReadable()
		}
		r.note("%s: %s cannot be read: its work tree is indexed, without branches, revisions and history", r.root, r.foreign)
	}
	r.store, err = openStore(r.gitDir, r.commonDir)
	return err
}

// note keeps what people should know.
func (r *Repo) note(text string, args ...any) {
	r.noting.Lock()
	defer r.noting.Unlock()
	if text = fmt.Sprintf(text, args...); !slices.Contains(r.notes, text) {
		r.notes = append(r.notes, text)
	}
}

// Notes says what could not be read of the repository's settings and of git's own files, so far, and what follows from that.
func (r *Repo) Notes() []string {
	r.noting.Lock()
	defer r.noting.Unlock()
	return slices.Clone(r.notes)
}

// Root is the top of the work tree; of a bare repository its own folder; of a URL its clone.
func (r *Repo) Root() string { return r.root }

// URL is where the repository was cloned from, without user name and password; "" for local repositories.
func (r *Repo) URL() string { return r.url }

// Bare tells whether there is no work tree.
func (r *Repo) Bare() bool { return r.bare }

// Name is what the index calls the repository: the URL, or the absolute root.
func (r *Repo) Name() string {
	if r.url != "" {
		return r.url
	}
	return r.root
}

// Place says where the index of this repository belongs; see [indexer.Locate].
func (r *Repo) Place() indexer.Place { return indexer.Place{Root: r.root, URL: r.url, Bare: r.bare} }

// Source returns what `loradex index` indexes: the named revision, else the work tree, else HEAD of a bare repository.
func (r *Repo) Source(rev string) indexer.Source {
	switch {
	case rev != "":
		return revision{r, rev}
	case r.bare:
		return revision{r, "HEAD"}
	}
	return workTree{r}
}

// Close frees the file descriptors. Sources of this repository cannot be read after it.
func (r *Repo) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.store.Close(); err != nil {
		return fault.Wrap(fault.Unavailable, err, "closing %s", r.root)
	}
	return nil
}
