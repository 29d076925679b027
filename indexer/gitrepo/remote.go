package gitrepo

import (
	"context"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	git "github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/config"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/transport"
	"github.com/go-git/go-git/v5/storage/filesystem"
	"github.com/gofrs/flock"

	"loradex/indexer"
	"loradex/internal/fault"
)

// This file keeps a bare copy of a URL's repository in the cache folder. The first run and later ones do the same:
// fetch all branches and tags, then point HEAD where the server's points. So a run that was killed is simply repeated.

var (
	urlScheme = regexp.MustCompile(`^(https?|ssh|git|file)://`)
	scpLike   = regexp.MustCompile(`^[A-Za-z0-9._-]+@[A-Za-z0-9.-]+:[^\\]`)
)

// IsURL tells whether a PATH|URL argument is a URL: https, http, ssh, git or file, or user@host:path.
func IsURL(s string) bool { return urlScheme.MatchString(s) || scpLike.MatchString(s) }

// CleanURL returns a URL without user name, password, query and fragment: what may be shown and stored, and what
// identifies the repository.
func CleanURL(s string) (string, error) {
	if !urlScheme.MatchString(s) {
		return strings.TrimSuffix(s, "/"), nil
	}
	u, err := url.Parse(s)
	if err != nil {
		// The error of url.Parse repeats the URL, which may hold a password.
		return "", fault.New(fault.Invalid, "the URL of the repository is malformed")
	}
	if u.Scheme != "ssh" { // there the user name is part of the address
		u.User = nil
	} else if u.User != nil {
		u.User = url.User(u.User.Username())
	}
	u.RawQuery, u.Fragment = "", ""
	return strings.TrimSuffix(u.String(), "/"), nil
}

// openURL fetches a URL into its cache folder and opens that.
func openURL(ctx context.Context, address string, opts Options) (*Repo, error) {
	clean, err := CleanURL(address)
	if err != nil {
		return nil, err
	}
	if opts.CacheDir == "" {
		return nil, fault.New(fault.Invalid, "%s: no cache folder is set for clones", clean)
	}
	dir := filepath.Join(opts.CacheDir, indexer.FolderName(clean)+".git")
	if opts.Offline {
		if !isGitDir(dir) {
			return nil, fault.New(fault.NotFound, "%s is not in the cache", clean).WithHint("run it once online")
		}
	} else if err := fetch(ctx, address, clean, dir, opts); err != nil {
		return nil, err
	}
	r := &Repo{root: dir, url: clean, bare: true, gitDir: dir, opts: opts}
	if err := r.load(); err != nil {
		return nil, err
	}
	return r, nil
}

// fetch brings the bare repository in dir up to date.
func fetch(ctx context.Context, address, clean, dir string, opts Options) error {
	if err := os.MkdirAll(opts.CacheDir, 0o750); err != nil {
		return fault.Wrap(fault.Unavailable, err, "%s cannot be made", opts.CacheDir)
	}
	lock := flock.New(dir + ".lock")
	if _, err := lock.TryLockContext(ctx, 100*time.Millisecond); err != nil {
		return fault.Prefix(err, "waiting for another fetch of %s", clean)
	}
	defer lock.Unlock() //nolint:errcheck // the process's end would free it too
	store := newStorage(dir, dir)
	defer store.Close() //nolint:errcheck // only descriptors
	if err := initBare(store); err != nil {
		return fault.Wrap(fault.Unavailable, err, "%s cannot be written", dir)
	}
	remote := git.NewRemote(store, &config.RemoteConfig{Name: "origin", URLs: []string{address}})
	err := remote.FetchContext(ctx, &git.FetchOptions{
		RefSpecs: []config.RefSpec{"+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"},
		Progress: opts.Progress, Tags: git.NoTags, Prune: true, Force: true,
	})
	switch {
	case errors.Is(err, transport.ErrEmptyRemoteRepository):
		return nil // no commits yet: HEAD points to nothing
	case err != nil && !errors.Is(err, git.NoErrAlreadyUpToDate):
		return remoteError(ctx, err, clean)
	}
	return followHead(ctx, remote, store, clean)
}

// initBare makes an empty bare repository, or completes one.
func initBare(store *filesystem.Storage) error {
	_, err := store.Reference(plumbing.HEAD)
	if !errors.Is(err, plumbing.ErrReferenceNotFound) {
		return err
	}
	if err := store.Init(); err != nil {
		return err
	}
	cfg := config.NewConfig()
	cfg.Core.IsBare = true
	if err := store.SetConfig(cfg); err != nil {
		return err
	}
	return store.SetReference(plumbing.NewSymbolicReference(plumbing.HEAD, "refs/heads/main"))
}

// followHead points HEAD to the branch that the server's HEAD names.
func followHead(ctx context.Context, remote *git.Remote, store *filesystem.Storage, clean string) error {
	refs, err := remote.ListContext(ctx, &git.ListOptions{})
	if err != nil {
		return remoteError(ctx, err, clean)
	}
	for _, ref := range refs {
		if ref.Name() != plumbing.HEAD {
			continue
		}
		if err := store.SetReference(ref); err != nil {
			return fault.Wrap(fault.Unavailable, err, "HEAD of %s cannot be written", clean)
		}
	}
	return nil
}

// remoteError names the URL and never repeats a password: go-git's errors can hold the address.
func remoteError(ctx context.Context, err error, clean string) error {
	switch {
	case ctx.Err() != nil:
		return fault.Wrap(fault.Canceled, ctx.Err(), "fetching %s", clean)
	case errors.Is(err, transport.ErrRepositoryNotFound):
		return fault.New(fault.NotFound, "%s is not a git repository", clean).WithHint("check the URL")
	case errors.Is(err, transport.ErrAuthenticationRequired), errors.Is(err, transport.ErrAuthorizationFailed):
		return fault.New(fault.Unavailable, "%s asks for a password", clean).
			WithHint("use an ssh URL with an agent, or clone it yourself and index the clone")
	case errors.Is(err, os.ErrPermission), errors.Is(err, os.ErrNotExist):
		return fault.Wrap(fault.Unavailable, err, "fetching %s", clean)
	}
	text := err.Error()
	if strings.Contains(text, "@") && urlScheme.MatchString(clean) {
		text = "the server cannot be reached, or the connection broke"
	}
	return fault.New(fault.Unavailable, "fetching %s: %s", clean, text).WithHint("check the URL and the network")
}
