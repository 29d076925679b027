package hub

// This file loads one file, and goes on with one that was interrupted.

import (
	"context"
	"crypto/sha1" //nolint:gosec // git's digest of a file
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"loradex/internal/fault"
)

// download makes a blob of a file: what is in DIGEST.incomplete, and the rest from the server. The caller holds the lock.
func (c *client) download(ctx context.Context, commit string, f file, blob string) (err error) {
	path := blob + ".incomplete"
	out, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644) //nolint:gosec // in the cache, by a digest
	if err != nil {
		return c.unwritable(err)
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	p := &part{client: c, file: f, out: out}
	if err := p.resume(ctx); err != nil {
		return err
	}
	where := c.endpoint() + "/" + c.name.Owner + "/" + c.name.Repo + "/resolve/" + commit + "/" + escape(f.path)
	if p.have < f.size {
		if err := c.retry(ctx, func() error { return p.fetch(ctx, where) }); err != nil {
			return err
		}
	}
	if sum := hex.EncodeToString(p.hash.Sum(nil)); sum != f.digest {
		// What is wrong from its first byte on must not be gone on with.
		return errors.Join(fault.New(fault.Corrupt, "%s of %s: its digest is %s, not %s: the file was changed on its way", f.path, c.name, sum, f.digest).
			WithHint("run it again; if that does not help, the server or a proxy hands out another file"), os.Remove(path))
	}
	if err := errors.Join(out.Sync(), out.Chmod(0o644)); err != nil {
		return c.unwritable(err)
	}
	if err := os.Rename(path, blob); err != nil {
		return c.unwritable(err)
	}
	return nil
}

func (c *client) unwritable(err error) error {
	return fault.Wrap(fault.Unavailable, err, "the hub's cache cannot be written").WithHint("make room in %s, or set HF_HUB_CACHE", c.Cache)
}

// escape is a path as part of an address.
func escape(path string) string {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		parts[i] = url.PathEscape(part)
	}
	return strings.Join(parts, "/")
}

// part is a file of which some is there.
type part struct {
	*client
	file file
	out  *os.File
	hash hash.Hash
	have int64
}

// begin starts at the first byte.
func (p *part) begin() error {
	p.add(-p.have)
	p.have, p.hash = 0, p.file.hash()
	err := p.out.Truncate(0)
	if err == nil {
		_, err = p.out.Seek(0, io.SeekStart)
	}
	if err != nil {
		return p.unwritable(err)
	}
	return nil
}

// hash is what a file's bytes are written to for its digest.
func (f file) hash() hash.Hash {
	if len(f.digest) == hex.EncodedLen(sha256.Size) {
		return sha256.New()
	}
	h := sha1.New()                              //nolint:gosec // as above
	_, _ = fmt.Fprintf(h, "blob %d\x00", f.size) // a hash never fails
	return h
}

// resume takes over what an earlier download left.
func (p *part) resume(ctx context.Context) error {
	info, err := p.out.Stat()
	if err != nil {
		return p.unwritable(err)
	}
	left := info.Size()
	if left > p.file.size {
		return p.begin()
	}
	p.hash = p.file.hash()
	for p.have < left {
		if ctx.Err() != nil {
			return p.broken(ctx, ctx.Err())
		}
		n, err := io.CopyN(p.hash, p.out, min(left-p.have, 64<<20))
		p.have += n
		p.add(n)
		if err != nil {
			return p.unwritable(err)
		}
	}
	return nil // and the file stands at its end
}

// fetch asks for what is missing, and appends it. An answer that ends early is an error that may pass, with what came kept.
func (p *part) fetch(ctx context.Context, where string) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	alive := time.AfterFunc(maxSilence, func() { stop(errSilent) })
	defer alive.Stop()
	resp, err := p.get(ctx, where, p.have)
	if err != nil {
		return err
	}
	defer drop(resp)
	switch {
	case resp.StatusCode == http.StatusPartialContent && startsAt(resp, p.have):
	case resp.StatusCode == http.StatusOK: // the server knows no ranges: all of it comes again
		if p.have > 0 {
			if err := p.begin(); err != nil {
				return err
			}
		}
	case resp.StatusCode == http.StatusRequestedRangeNotSatisfiable || resp.StatusCode == http.StatusPartialContent:
		if err := p.begin(); err != nil {
			return err
		}
		return passing{error: fault.New(fault.Unavailable, "%s of %s: %s does not give the rest of it", p.file.path, p.name, p.Host())}
	default:
		return p.refusal(resp, p.file.path)
	}
	if n := resp.ContentLength; n >= 0 && n != p.file.size-p.have {
		return p.wrongSize(p.have + n)
	}
	heard := writer(func(b []byte) { alive.Reset(maxSilence); p.add(int64(len(b))) })
	// One byte more than there may be: a server that sends on without end is not listened to.
	n, err := io.Copy(io.MultiWriter(p.out, p.hash, heard), io.LimitReader(resp.Body, p.file.size-p.have+1))
	p.have += n
	var disk *fs.PathError
	switch {
	case p.have > p.file.size:
		return errors.Join(p.wrongSize(p.have), p.begin())
	case errors.As(err, &disk):
		return p.unwritable(err)
	case err != nil:
		return p.broken(ctx, err)
	case p.have < p.file.size:
		return p.broken(ctx, io.ErrUnexpectedEOF)
	}
	return nil
}

// writer is a function that is told what is written.
type writer func(b []byte)

func (w writer) Write(b []byte) (int, error) {
	w(b)
	return len(b), nil
}

func (p *part) wrongSize(n int64) error {
	return fault.New(fault.Corrupt, "%s of %s: %s sends %d bytes, but says that it has %d", p.file.path, p.name, p.Host(), n, p.file.size).
		WithHint("run it again; if that does not help, the server or a proxy hands out another file")
}

// startsAt tells whether a part of a file begins where it was asked for.
func startsAt(resp *http.Response, from int64) bool {
	var start int64
	_, err := fmt.Sscanf(resp.Header.Get("Content-Range"), "bytes %d-", &start)
	return err == nil && start == from
}
