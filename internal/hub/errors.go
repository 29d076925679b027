package hub

// This file says what went wrong, and what is tried again.

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"loradex/internal/fault"
)

// passing is an error that may be gone at the next try.
type passing struct {
	error
	wait time.Duration // that the server asks for
}

func (p passing) Unwrap() error { return p.error }

// maxSilence is how long a server may send nothing.
const maxSilence = time.Minute

var errSilent = errors.New("it has sent nothing for a minute")

// broken is an exchange that failed on the way.
func (c *client) broken(ctx context.Context, err error) error {
	if context.Cause(ctx) == errSilent { //nolint:errorlint // it is never wrapped
		err = errSilent
	}
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err // its text repeats the address, which may be signed
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return fault.Wrap(fault.Canceled, err, "%s: stopped", c.name).WithHint("what was loaded is kept; the same command goes on")
	}
	return passing{error: fault.Wrap(fault.Unavailable, err, "%s: %s cannot be reached", c.name, c.Host()).
		WithHint("check the network and HF_ENDPOINT; --offline takes what the cache holds; what was loaded is kept")}
}

// maxWait bounds how long a server's wish to wait is heeded; beyond it the user is told.
const maxWait = 20 * time.Second

// refusal makes an error of an answer that is none. path is "" for the list.
func (c *client) refusal(resp *http.Response, path string) error {
	what := c.name.String()
	if path != "" {
		what = path + " of " + what
	}
	page := c.endpoint() + "/" + c.name.Owner + "/" + c.name.Repo
	code, said := resp.Header.Get("X-Error-Code"), plain(resp.Header.Get("X-Error-Message"))
	switch status := resp.StatusCode; {
	case code == "GatedRepo":
		return fault.New(fault.NotFound, "%s is given to those who accept its terms (%d)", what, status).
			WithHint("accept them at %s, then set HF_TOKEN to a token of that account", page)
	case code == "RevisionNotFound":
		return fault.New(fault.NotFound, "%s/%s has no revision %q", c.name.Owner, c.name.Repo, c.name.Revision).WithHint("see %s for its branches and tags", page)
	case code == "EntryNotFound":
		return fault.New(fault.NotFound, "%s is not there", what).WithHint("run it again: the repository may have changed")
	case code == "RepoNotFound" || status == http.StatusUnauthorized || status == http.StatusNotFound:
		if c.Token != "" {
			return fault.New(fault.NotFound, "%s is not on %s, or not for this token (%d)", what, c.Host(), status).
				WithHint("check the name, and that HF_TOKEN is valid and may read it")
		}
		return fault.New(fault.NotFound, "%s is not on %s, or is private (%d)", what, c.Host(), status).
			WithHint("check the name; for a private repository set HF_TOKEN to a token that may read it")
	case status == http.StatusForbidden:
		return fault.New(fault.NotFound, "%s is forbidden for this token (%d)%s", what, status, said).WithHint("see %s, and the rights of the token in HF_TOKEN", page)
	case status == http.StatusTooManyRequests:
		hint := "wait, then run it again: what was loaded is kept"
		if c.Token == "" {
			hint += "; with HF_TOKEN set the limit is higher"
		}
		return passing{fault.New(fault.Unavailable, "%s: %s answers no more requests for now (429)", what, c.Host()).WithHint("%s", hint), retryAfter(resp)}
	case status >= 500:
		return passing{fault.New(fault.Unavailable, "%s: %s fails (%d)%s", what, c.Host(), status, said).WithHint("run it again later: what was loaded is kept"), retryAfter(resp)}
	default:
		return fault.New(fault.Unavailable, "%s: %s answers %d%s", what, c.Host(), status, said).WithHint("check HF_ENDPOINT")
	}
}

// plain is what a server says, fit for a message.
func plain(s string) string {
	if s == "" {
		return ""
	}
	return ": " + strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s[:min(len(s), 200)])
}

func retryAfter(resp *http.Response) time.Duration {
	seconds, err := strconv.Atoi(resp.Header.Get("Retry-After"))
	if err != nil || seconds < 0 || seconds > 3600 {
		return 0
	}
	return time.Duration(seconds) * time.Second
}

// retry does something again where it failed for a reason that may pass: after a second, two, four, or what the server asks for.
func (c *client) retry(ctx context.Context, do func() error) error {
	wait := c.pause
	if wait == 0 {
		wait = time.Second
	}
	for try := 1; ; try++ {
		err := do()
		var p passing
		if err == nil || !errors.As(err, &p) {
			return err
		}
		if try == tries || p.wait > maxWait {
			return p.error
		}
		select {
		case <-ctx.Done():
			return c.broken(ctx, ctx.Err())
		case <-time.After(max(wait, p.wait)):
		}
		wait *= 2
	}
}
