package hub

// This file asks the server: the list of a repository's files, and one of them.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"

	"loradex/internal/fault"
)

// Bounds of one exchange.
const (
	maxListing = 32 << 20 // bytes of the list of files
	maxListed  = 100_000  // files in it
	maxPath    = 1024     // bytes of a path
	maxHops    = 10       // redirects
	tries      = 4        // of a request that fails for a reason that passes
)

// client asks for the files of one repository.
type client struct {
	Options
	name        Name
	http        *http.Client
	done, total int64 // bytes, for the progress
}

// add moves the progress.
func (c *client) add(n int64) {
	c.done += n
	if c.Progress != nil {
		c.Progress(c.done, c.total)
	}
}

// file is one of a repository's.
type file struct {
	path   string
	size   int64  // -1 where the server tells none
	digest string // SHA-256 in hex of a file in LFS, else git's SHA-1; "" where the server tells none
}

type listing struct {
	commit string
	files  []file
}

// list asks which files a revision has.
func (c *client) list(ctx context.Context) (listing, error) {
	where := c.endpoint() + "/api/models/" + c.name.Owner + "/" + c.name.Repo + "/revision/" + url.PathEscape(c.name.Revision) + "?blobs=true"
	var text []byte
	err := c.retry(ctx, func() error {
		ctx, stop := context.WithTimeoutCause(ctx, maxSilence, errSilent)
		defer stop()
		resp, err := c.get(ctx, where, 0)
		if err != nil {
			return err
		}
		defer drop(resp)
		if resp.StatusCode != http.StatusOK {
			return c.refusal(resp, "")
		}
		if text, err = io.ReadAll(io.LimitReader(resp.Body, maxListing+1)); err != nil {
			return c.broken(ctx, err)
		}
		return nil
	})
	if err != nil {
		return listing{}, err
	}
	return c.read(text)
}

// read checks what the server says of the files.
func (c *client) read(text []byte) (listing, error) {
	var raw struct {
		SHA      string `json:"sha"`
		Siblings []struct {
			Name string `json:"rfilename"`
			Size *int64 `json:"size"`
			Blob string `json:"blobId"`
			LFS  *struct {
				SHA256 string `json:"sha256"`
				Size   *int64 `json:"size"`
			} `json:"lfs"`
		} `json:"siblings"`
	}
	bad := func(format string, args ...any) error {
		return fault.New(fault.Corrupt, "%s: what %s says of it cannot be used: %s", c.name, c.Host(), fmt.Sprintf(format, args...)).
			WithHint("check that HF_ENDPOINT is a server of the hub's protocol")
	}
	switch err := json.Unmarshal(text, &raw); {
	case len(text) > maxListing:
		return listing{}, bad("more than %d bytes", maxListing)
	case err != nil:
		return listing{}, bad("it is not the JSON that is expected")
	case !isCommit(raw.SHA):
		return listing{}, bad("%.80q is no commit", raw.SHA)
	case len(raw.Siblings) > maxListed:
		return listing{}, bad("%d files", len(raw.Siblings))
	}
	l := listing{commit: raw.SHA}
	seen := map[string]bool{}
	for _, s := range raw.Siblings {
		f := file{path: s.Name, digest: s.Blob, size: -1}
		size := s.Size
		if s.LFS != nil {
			f.digest = s.LFS.SHA256
			if s.LFS.Size != nil {
				size = s.LFS.Size
			}
		}
		if size != nil {
			f.size = *size
		}
		if wanted := map[bool]int{true: 64, false: 40}[s.LFS != nil]; len(f.digest) != wanted || !isHex(f.digest) {
			f.digest = "" // it matters where the file is wanted
		}
		switch {
		case !isPath(f.path):
			return listing{}, bad("the name %.80q", f.path)
		case seen[f.path]:
			return listing{}, bad("%s twice", f.path)
		}
		seen[f.path] = true
		l.files = append(l.files, f)
	}
	return l, nil
}

// isPath tells whether a name of the server is a path below a folder.
func isPath(s string) bool {
	bad := s == "" || s == "." || len(s) > maxPath || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f || strings.ContainsRune(`\:`, r) })
	return !bad && filepath.IsLocal(filepath.FromSlash(s)) && s == pathClean(s)
}

// pathClean is path.Clean of a path, by which `a//b` and `a/./b` are other names of `a/b`.
func pathClean(s string) string { return filepath.ToSlash(filepath.Clean(filepath.FromSlash(s))) }

// get asks for something, from a byte on. The caller drops the answer.
func (c *client) get(ctx context.Context, where string, from int64) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, where, nil)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "%s cannot be asked for", c.name)
	}
	req.Header.Set("User-Agent", "loradex")
	req.Header.Set("Accept-Encoding", "identity") // sizes and digests are those of the file itself
	if c.Token != "" {
		req.Header.Set("Authorization", "Bearer "+c.Token)
	}
	if from > 0 {
		req.Header.Set("Range", "bytes="+strconv.FormatInt(from, 10)+"-")
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, c.broken(ctx, err)
	}
	return resp, nil
}

// sameHost follows redirects, and takes the token off for another host than the one that was asked: large files lie elsewhere, behind
// addresses that are signed by themselves.
func sameHost(req *http.Request, via []*http.Request) error {
	if len(via) >= maxHops {
		return errors.New("it is redirected without end")
	}
	if first := via[0].URL; req.URL.Scheme != first.Scheme || req.URL.Host != first.Host {
		req.Header.Del("Authorization")
		if first.Scheme == "https" && req.URL.Scheme != "https" {
			return errors.New("it is redirected from https to " + req.URL.Scheme)
		}
	}
	return nil
}

// drop ends an answer. What is left of a short one is read, so that the connection is used again.
func drop(resp *http.Response) {
	_, _ = io.CopyN(io.Discard, resp.Body, 4096)
	_ = resp.Body.Close() // it was read
}
