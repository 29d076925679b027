package endpoint

// This file defines one request with its attempts.

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"

	"loradex/internal/fault"
)

// post sends a request until it is answered, refused, or tried often enough, and returns the body of the answer.
func (c *client) post(ctx context.Context, req request) ([]byte, error) {
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
		switch {
		case ctx.Err() != nil: // not the limit of one attempt: the caller's
			return nil, fault.Wrap(fault.Canceled, ctx.Err(), "embeddings of %s", c.address)
		case asked < 0:
			return nil, err
		case attempt >= c.opts.Retries: // -1 never tries again
			return nil, fault.Wrap(fault.Unavailable, err, "%s does not answer, after %d attempts", c.address, attempt+1).
				WithHint("try again later; vectors that have come are kept")
		}
		select {
		case <-ctx.Done():
			return nil, fault.Wrap(fault.Canceled, ctx.Err(), "embeddings of %s", c.address)
		case <-time.After(min(maxWait, max(wait, asked))):
		}
		wait = min(2*wait, maxWait)
	}
}

// never is how long to wait after a failure that another attempt does not mend.
const never = -1

// try makes one attempt. asked is how long the server wants to be left alone where it failed, or never.
func (c *client) try(ctx context.Context, body []byte) (answer []byte, asked time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, c.opts.Timeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.address, bytes.NewReader(body))
	if err != nil {
		return nil, never, fault.Wrap(fault.Invalid, err, "%s", c.address)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json")
	if c.opts.Key != "" {
		r.Header.Set("Authorization", "Bearer "+c.opts.Key)
	}
	res, err := c.http.Do(r)
	if err != nil {
		return nil, 0, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, retryAfter(res), c.refused(res)
	}
	answer, err = io.ReadAll(io.LimitReader(res.Body, c.opts.MaxResponse+1))
	if err != nil {
		return nil, 0, err
	}
	if int64(len(answer)) > c.opts.MaxResponse {
		return nil, never, fault.New(fault.Unavailable, "%s answers with more than %d bytes", c.address, c.opts.MaxResponse)
	}
	return answer, 0, nil
}

// refused makes the error of an answer that is none.
func (c *client) refused(res *http.Response) error {
	says := saying(res.Body)
	err := func(code fault.Code) *fault.Error {
		return fault.New(code, "%s answers %s%s", c.address, res.Status, says)
	}
	switch s := res.StatusCode; {
	case mayPass(s):
		return err(fault.Unavailable)
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

// mayPass tells whether another attempt may be answered otherwise.
func mayPass(status int) bool {
	return status == http.StatusTooManyRequests || status == http.StatusRequestTimeout || status >= 500
}

// retryAfter is how long to wait after an answer that is none: the header of that name where it is a number of seconds.
func retryAfter(res *http.Response) time.Duration {
	if !mayPass(res.StatusCode) {
		return never
	}
	seconds, _ := strconv.Atoi(res.Header.Get("Retry-After")) // a date, or nothing: the own wait serves
	return time.Duration(min(max(seconds, 0), int(maxWait/time.Second))) * time.Second
}
