// Package fault defines the one error type of Loradex: a code for machines, a message for people, a hint that
// names the fix, and the cause. Every package returns it (wrapped with %w where that adds context); the command
// line, the HTTP API and the language server each map its code once.
//
//	if err != nil {
//		return fault.Wrap(fault.Corrupt, err, "model.safetensors: header is cut short").
//			WithHint("run `loradex model pull` again")
//	}
package fault

import (
	"context"
	"errors"
	"fmt"

	"loradex/internal/plural"
)

// Code says what kind of failure an error is. It is part of the JSON contract: names never change.
type Code string

const (
	// Invalid is input that can never work: a malformed mix, a negative k, a bad file given by the user.
	Invalid Code = "invalid"
	// NotFound is a name or path that does not exist: an unknown adapter, revision, repository, model.
	NotFound Code = "not_found"
	// Conflict is a state that forbids the request: another writer, a name that is taken, a base that does not match.
	Conflict Code = "conflict"
	// Corrupt is stored data that fails its own checks: truncated safetensors, a damaged index.
	Corrupt Code = "corrupt"
	// Unsupported is valid input that this build or version cannot serve: an adapter method it does not know, no ONNX Runtime.
	Unsupported Code = "unsupported"
	// Unavailable is a resource that is missing or failing now: disk full, server down, native library absent.
	Unavailable Code = "unavailable"
	// Canceled is work stopped by its caller.
	Canceled Code = "canceled"
	// Internal is a bug of ours, and fatal in tests. It is the code of every error that carries none.
	Internal Code = "internal"
)

// Error is the error type of Loradex.
type Error struct {
	Code    Code
	Message string // for people; names the thing that failed
	Hint    string // the fix, one line; may be empty
	Err     error  // the cause; may be nil
}

// New returns an error with a formatted message.
func New(code Code, format string, args ...any) *Error {
	return noteBug(&Error{Code: code, Message: plural.Sprintf(format, args...)})
}

// Wrap returns an error with a formatted message and a cause.
func Wrap(code Code, err error, format string, args ...any) *Error {
	return noteBug(&Error{Code: code, Message: plural.Sprintf(format, args...), Err: err})
}

// Prefix returns an error that says in front what err is about, and keeps its code.
func Prefix(err error, format string, args ...any) *Error {
	return Wrap(CodeOf(err), err, format, args...)
}

// WithHint sets the hint and returns e.
func (e *Error) WithHint(format string, args ...any) *Error {
	e.Hint = fmt.Sprintf(format, args...)
	return e
}

// Error is the message followed by the cause.
func (e *Error) Error() string {
	if e.Err == nil {
		return e.Message
	}
	return e.Message + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// CodeOf returns the code of the outermost [Error] in err's chain; Canceled for context errors; else Internal.
func CodeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return Canceled
	}
	return Internal
}

// HintOf returns the first hint found in err's tree.
func HintOf(err error) string {
	switch e := err.(type) { //nolint:errorlint // walks the tree itself
	case nil:
		return ""
	case *Error:
		if e.Hint != "" {
			return e.Hint
		}
	case interface{ Unwrap() []error }:
		for _, one := range e.Unwrap() {
			if hint := HintOf(one); hint != "" {
				return hint
			}
		}
		return ""
	}
	return HintOf(errors.Unwrap(err))
}
