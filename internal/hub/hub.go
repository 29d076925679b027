// Package hub takes files of repositories of models from the Hugging Face hub, or a server that speaks its HTTP protocol, into the cache
// folder that Python's huggingface_hub keeps: what one has loaded, the other finds.
//
//	o, err := hub.Resolve(getenv) // HF_ENDPOINT, HF_TOKEN, HF_HUB_CACHE …
//	if err != nil {
//		return err
//	}
//	name, err := hub.ParseName("intfloat/e5-small-v2@main")
//	if err != nil {
//		return err
//	}
//	dir, err := o.Snapshot(ctx, name, func(files []string) ([]string, error) {
//		return []string{"config.json", "model.safetensors"}, nil
//	})
//
// The layout (https://huggingface.co/docs/hub/local-cache), below models--OWNER--NAME:
//
//	blobs/DIGEST                  the files by their digest: SHA-256 of those in LFS, git's SHA-1 of the others
//	refs/REVISION                 the commit of a branch or tag
//	snapshots/COMMIT/PATH         a link to the blob
//
// A download that was interrupted stays as blobs/DIGEST.incomplete, and goes on there. A blob gets its name once its digest is
// right. The server is not believed: names stay in the folder, sizes are bounded before they are loaded, and the token goes to
// the server of the settings alone, whoever it redirects to.
package hub

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"loradex/internal/atomicfile"
	"loradex/internal/fault"
)

// Bounds of what is taken of one repository.
const (
	maxFiles = 2000
	maxBytes = 64 << 30
)

// Options say where the hub and its cache are.
type Options struct {
	Endpoint string // of the server; "" is https://huggingface.co
	Token    string // for private repositories and those behind terms; "" asks without one
	Cache    string // the cache folder: an absolute path
	Offline  bool   // the network is not asked: only what the cache holds is found
	// Progress is told how many bytes of all files are there. The default tells nobody.
	Progress func(done, total int64)

	pause time.Duration // before the first retry; 0 is a second. Tests wait less.
}

const defaultEndpoint = "https://huggingface.co"

// Validate checks the options. Errors: Invalid.
func (o Options) Validate() error {
	u, err := url.Parse(o.endpoint())
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" {
		return fault.New(fault.Invalid, "the hub's address %q is no http or https URL", o.Endpoint).WithHint("set HF_ENDPOINT to one, or unset it")
	}
	if !filepath.IsAbs(o.Cache) {
		return fault.New(fault.Invalid, "the hub's cache %q is no absolute folder", o.Cache).WithHint("set HF_HUB_CACHE or HF_HOME to an absolute folder")
	}
	if strings.ContainsFunc(o.Token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return fault.New(fault.Invalid, "the hub's token has characters that no token has").WithHint("check HF_TOKEN")
	}
	return nil
}

func (o Options) endpoint() string {
	if o.Endpoint == "" {
		return defaultEndpoint
	}
	return strings.TrimRight(o.Endpoint, "/")
}

// Host is the server's name, for messages.
func (o Options) Host() string {
	if u, err := url.Parse(o.endpoint()); err == nil && u.Host != "" {
		return u.Host
	}
	return o.Endpoint
}

// Chooser chooses of all files of a repository those that are wanted. Its error says why it is not what it should be.
type Chooser = func(files []string) ([]string, error)

// Snapshot makes the files of a repository that want chooses of all its files be there, and returns the folder that holds them at
// their paths. Downloads that were interrupted, by the context too, go on at the next call.
//
// Errors: NotFound for a repository, revision or file that is not there or not for this token; Unavailable for a server that
// cannot be reached or refuses for now; Corrupt for what is not what its digest says, or a name that leaves the folder; Invalid for sizes
// beyond the bounds.
func (o Options) Snapshot(ctx context.Context, name Name, want Chooser) (dir string, err error) {
	if err := errors.Join(o.Validate(), name.check()); err != nil {
		return "", err
	}
	store := filepath.Join(o.Cache, "models--"+name.Owner+"--"+name.Repo)
	if o.Offline {
		return cached(store, name, want)
	}
	c := &client{Options: o, name: name, http: &http.Client{CheckRedirect: sameHost}}
	defer c.http.CloseIdleConnections()
	listing, err := c.list(ctx)
	if err != nil {
		return "", err
	}
	files, err := choose(name, listing, want)
	if err != nil {
		return "", err
	}
	for _, f := range files {
		c.total += f.size
	}
	snapshot := filepath.Join(store, "snapshots", listing.commit)
	for _, f := range files {
		if err := c.place(ctx, store, snapshot, listing.commit, f); err != nil {
			return "", err
		}
	}
	if name.Revision != listing.commit {
		err = writeRef(store, name.Revision, listing.commit)
	}
	return snapshot, err
}

// choose looks up what is wanted, within the bounds.
func choose(name Name, l listing, want Chooser) ([]file, error) {
	byName := make(map[string]file, len(l.files))
	names := make([]string, 0, len(l.files))
	for _, f := range l.files {
		byName[f.path], names = f, append(names, f.path)
	}
	slices.Sort(names)
	chosen, err := want(names)
	if err != nil {
		return nil, fault.Prefix(err, "%s", name).WithHint("%s", fault.HintOf(err))
	}
	if len(chosen) > maxFiles {
		return nil, fault.New(fault.Invalid, "%s has %d files that would be taken; at most %d are", name, len(chosen), maxFiles)
	}
	var files []file
	total := int64(0)
	for _, path := range chosen {
		f, ok := byName[path]
		if !ok {
			return nil, fault.New(fault.NotFound, "%s has no file %s", name, path)
		}
		if f.size < 0 || f.digest == "" {
			return nil, fault.New(fault.Corrupt, "%s: the server tells no size or no digest of %s that could be one", name, path).
				WithHint("check that HF_ENDPOINT is a server of the hub's protocol")
		}
		if f.size > maxBytes-total {
			return nil, fault.New(fault.Invalid, "%s is larger than %d GB: that is not taken", name, maxBytes>>30)
		}
		total += f.size
		files = append(files, f)
	}
	return files, nil
}

// cached finds a snapshot without the network.
func cached(store string, name Name, want Chooser) (string, error) {
	missing := func() error {
		return fault.New(fault.NotFound, "%s is not in the cache (%s), and the hub is not asked offline", name, store).
			WithHint("run it once without --offline and HF_HUB_OFFLINE")
	}
	commit := name.Revision
	if !isCommit(commit) {
		text, err := os.ReadFile(filepath.Join(store, "refs", filepath.FromSlash(name.Revision))) //nolint:gosec // a name that was checked
		if commit = strings.TrimSpace(string(text)); err != nil || !isCommit(commit) {
			return "", missing()
		}
	}
	dir := filepath.Join(store, "snapshots", commit)
	var files []string
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		return "", missing()
	}
	// What is wanted of the files that are there tells whether they were all loaded, as far as that can be told without the server.
	if chosen, err := want(files); err != nil || len(chosen) == 0 {
		return "", missing()
	}
	return dir, nil
}

// place makes one file of a snapshot be there.
func (c *client) place(ctx context.Context, store, snapshot, commit string, f file) error {
	link := filepath.Join(snapshot, filepath.FromSlash(f.path))
	blob := filepath.Join(store, "blobs", f.digest)
	locks := filepath.Join(c.Cache, ".locks", filepath.Base(store))
	for _, dir := range []string{filepath.Dir(link), filepath.Dir(blob), locks} {
		if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // shared as Python shares it
			return fault.Wrap(fault.Unavailable, err, "the hub's cache cannot be written").WithHint("make %s writable, or set HF_HUB_CACHE", c.Cache)
		}
	}
	// The lock that Python takes: two downloads of one file would write into one another.
	lock := flock.New(filepath.Join(locks, f.digest+".lock"))
	if _, err := lock.TryLockContext(ctx, 100*time.Millisecond); err != nil {
		return c.broken(ctx, err)
	}
	defer func() { _ = lock.Close() }() // the file stays, as Python's does
	if info, err := os.Stat(blob); err != nil || info.Size() != f.size {
		if err := c.download(ctx, commit, f, blob); err != nil {
			return err
		}
	} else {
		c.add(f.size)
	}
	target, err := filepath.Rel(filepath.Dir(link), blob)
	if err == nil {
		err = linkFile(target, link)
	}
	if err != nil {
		return fault.Wrap(fault.Unavailable, err, "%s of %s: cannot be put into the cache", f.path, c.name)
	}
	return nil
}

// linkFile links a name to a blob, in place of what is there.
func linkFile(target, link string) error {
	if old, err := os.Readlink(link); err == nil && old == target {
		return nil
	}
	if err := os.Remove(link); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.Symlink(target, link)
}

// writeRef notes the commit of a branch or tag.
func writeRef(store, revision, commit string) error {
	path := filepath.Join(store, "refs", filepath.FromSlash(revision))
	err := os.MkdirAll(filepath.Dir(path), 0o755) //nolint:gosec // shared as Python shares it
	if err == nil {
		err = atomicfile.WriteBytes(path, 0o644, []byte(commit))
	}
	if err != nil {
		return fault.Wrap(fault.Unavailable, err, "%s cannot be written", path)
	}
	return nil
}
