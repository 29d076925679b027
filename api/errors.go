package api

// This file is the one place that turns an error into an HTTP status and a problem document (RFC 9457).

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"loradex/internal/fault"
)

// problem is an RFC 9457 problem document with three members of ours: code, hint and message.
type problem struct {
	Type   string     `json:"type"` // "urn:loradex:problem:" and the code; "about:blank" for what HTTP itself refuses
	Title  string     `json:"title"`
	Status int        `json:"status"`
	Detail string     `json:"detail,omitempty"`
	Code   fault.Code `json:"code"`
	Hint   string     `json:"hint,omitempty"`
	// Message is title, or detail and hint, in one line: what OpenAI's clients show of an error.
	Message string `json:"message"`
}

// problems maps every code of package fault.
var problems = map[fault.Code]struct {
	status int
	title  string
}{
	fault.Invalid:     {http.StatusBadRequest, "The request is not valid"},
	fault.NotFound:    {http.StatusNotFound, "What the request names does not exist"},
	fault.Conflict:    {http.StatusConflict, "The state of the index or library forbids the request"},
	fault.Corrupt:     {http.StatusInternalServerError, "Stored data is damaged"},
	fault.Unsupported: {http.StatusUnprocessableEntity, "This build does not support the request"},
	fault.Unavailable: {http.StatusServiceUnavailable, "A part that the request needs is not available"},
	fault.Canceled:    {http.StatusServiceUnavailable, "The request was ended before it was answered"},
	fault.Internal:    {http.StatusInternalServerError, "Internal error"},
}

// statusError is what HTTP itself refuses: an unknown path, a body that is too long.
type statusError struct {
	status int
	code   fault.Code
	detail string
	hint   string
}

func (e *statusError) Error() string { return e.detail }

// problemOf describes err. Of bugs it tells nothing but that they are; the log has the rest.
func problemOf(err error) problem {
	var refused *statusError
	if errors.As(err, &refused) {
		return problem{
			Type: "about:blank", Title: http.StatusText(refused.status), Status: refused.status,
			Detail: refused.detail, Code: refused.code, Hint: refused.hint,
		}
	}
	var tooLong *http.MaxBytesError
	if errors.As(err, &tooLong) {
		return problemOf(&statusError{
			status: http.StatusRequestEntityTooLarge, code: fault.Invalid,
			detail: "the body is longer than " + itoa(tooLong.Limit) + " bytes", hint: "send fewer texts at a time, or raise serve.max_body_bytes",
		})
	}
	code := fault.CodeOf(err)
	kind, ok := problems[code]
	if !ok {
		code, kind = fault.Internal, problems[fault.Internal]
	}
	p := problem{Type: "urn:loradex:problem:" + string(code), Title: kind.title, Status: kind.status, Code: code}
	if code != fault.Internal {
		p.Detail, p.Hint = err.Error(), fault.HintOf(err)
	}
	return p
}

// routeError words the refusals of echo's router: no such path, or another method.
func (s *server) routeError(err error) error {
	var known *fault.Error
	var routed *echo.HTTPError
	if errors.As(err, &known) || !errors.As(err, &routed) {
		return err
	}
	switch status := routed.Code; status {
	case http.StatusNotFound:
		return &statusError{
			status: status, code: fault.NotFound, detail: "no such path",
			hint: "there are " + s.paths,
		}
	case http.StatusMethodNotAllowed:
		return &statusError{
			status: status, code: fault.Invalid, detail: "the path does not take this method",
			hint: "the Allow header lists those that it takes",
		}
	default:
		return &statusError{status: status, code: fault.Invalid, detail: "the request cannot be routed"}
	}
}

// handleError is echo's HTTPErrorHandler.
func (s *server) handleError(err error, c echo.Context) {
	p := problemOf(s.routeError(err))
	p.Message = cmp.Or(p.Detail, p.Title)
	if p.Hint != "" {
		p.Message += " (" + p.Hint + ")"
	}
	if p.Code == fault.Internal {
		s.log.Error("bug", "method", c.Request().Method, "path", c.Path(), "error", err)
	}
	if c.Response().Committed {
		return // the answer has begun; all that is left is to end it
	}
	body, err := json.Marshal(p)
	if err != nil {
		s.log.Error("bug", "error", err)
		return
	}
	h := c.Response().Header()
	switch p.Status {
	case http.StatusServiceUnavailable:
		h.Set(echo.HeaderRetryAfter, "1")
	case http.StatusConflict, http.StatusInternalServerError:
		// OpenAI's clients try these again; the answer would be the same.
		h.Set("X-Should-Retry", "false")
	}
	if err := c.Blob(p.Status, "application/problem+json", body); err != nil {
		s.log.Debug("the client is gone", "error", err)
	}
}
