package endpoint

// This file defines one request with its attempts.

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"

	"loradex/internal/fault"
)

// post sends a request until it is answered, refused, or tried often enough, and returns the body of the answer.
func (c *Client) post(ctx context.Context, req request) ([]byte, error) {
	body, err := json.Marshal(req)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, err, "request for %d embeddings", len(req.Input))
	}
	wait := c.opts.Backoff
	for attempt := 0; ; attempt++ {
		answer, asked, err := c.try(ctx, body)
		if err == nil {
			return answer, nil
		}
		var again *temporary
		switch {
		case ctx.Err() != nil: // not the limit of one attempt: the caller's
			return nil, fault.Wrap(fault.Canceled, ctx.Err(), "embeddings of %s", c.address)
		case !errors.As(err, &again):
			return nil, err
		case attempt >= c.opts.Retries: // -1 never tries again
			return nil, fault.Wrap(fault.Unavailable, again.err, "%s does not answer, after %d attempts", c.address, attempt+1).
				WithHint("try again later; vectors that have come are kept")
		}
		if err := sleep(ctx, min(maxWait, max(wait, asked))); err != nil {
			return nil, fault.Wrap(fault.Canceled, err, "embeddings of %s", c.address)
		}
		wait = min(2*wait, maxWait)
	}
}

// temporary marks a failure that another attempt may mend.
type temporary struct{ err error }

func (t *temporary) Error() string { return t.err.Error() }
func (t *temporary) Unwrap() error { return t.err }

// try makes one attempt. asked is how long the server wants to be left alone.
func (c *Client) try(ctx context.Context, body []byte) (answer []byte, asked time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, c.opts.Timeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.address, bytes.NewReader(body))
	if err != nil {
		return nil, 0, fault.Wrap(fault.Invalid, err, "%s", c.address)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json")
	if c.opts.Key != "" {
		r.Header.Set("Authorization", "Bearer "+c.opts.Key)
	}
	res, err := c.http.Do(r)
	if err != nil {
		return nil, 0, &temporary{err}
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, retryAfter(res.Header), c.refused(res)
	}
	answer, err = io.ReadAll(io.LimitReader(res.Body, c.opts.MaxResponse+1))
	if err != nil {
		return nil, 0, &temporary{err}
	}
	if int64(len(answer)) > c.opts.MaxResponse {
		return nil, 0, fault.New(fault.Unavailable, "%s answers with more than %d bytes", c.address, c.opts.MaxResponse)
	}
	return answer, 0, nil
}

// refused makes the error of an answer that is none.
func (c *Client) refused(res *http.Response) error {
	says := saying(res.Body)
	err := func(code fault.Code) *fault.Error {
		return fault.New(code, "%s answers %s%s", c.address, res.Status, says)
	}
	switch s := res.StatusCode; {
	case s == http.StatusTooManyRequests || s == http.StatusRequestTimeout || s >= 500:
		return &temporary{err(fault.Unavailable)}
	case s == http.StatusUnauthorized || s == http.StatusForbidden:
		return err(fault.Invalid).WithHint("give --system-key-env with the name of the environment variable that holds the API key")
	case s == http.StatusNotFound:
		return err(fault.NotFound).WithHint("check --system, which %s was made of, and --system-model", c.address)
	case s >= 300 && s < 400:
		return err(fault.Invalid).WithHint("the address leads elsewhere, and texts are not sent to where nobody named; give --system with that address")
	default:
		return err(fault.Invalid).WithHint("the endpoint refuses the request: check --system-model, and whether a text is empty or too long for it")
	}
}

// saying is the beginning of what a server says, on one line, for people.
func saying(body io.Reader) string {
	text, _ := io.ReadAll(io.LimitReader(body, 300)) //nolint:errcheck // it only explains an error that is reported anyway
	line := strings.Join(strings.FieldsFunc(strings.ToValidUTF8(string(text), ""), func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r)
	}), " ")
	if line == "" {
		return ""
	}
	return ": " + line
}

// retryAfter reads the header of that name where it is a number of seconds.
func retryAfter(h http.Header) time.Duration {
	seconds, err := strconv.Atoi(h.Get("Retry-After"))
	if err != nil || seconds < 0 {
		return 0 // a date, or nothing: the own wait serves
	}
	return time.Duration(min(seconds, int(maxWait/time.Second))) * time.Second
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
