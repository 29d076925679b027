package main

// This file is the one place that turns an error into what the user sees: exit code, JSON or two lines of text.

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"loradex/internal/commandline"
	"loradex/internal/fault"
)

// The exit codes.
const (
	exitOK      = 0
	exitFailure = 1
	exitUsage   = 2
)

// errReported ends a command that failed after it has printed a result which says so itself.
var errReported = errors.New("the result says what is wrong")

// usage marks err as wrong use; nil stays nil.
func usage(err error) error { return fault.Usage(err) }

// usagef makes an error of wrong use with a hint.
func usagef(hint, format string, args ...any) error { return fault.Usagef(hint, format, args...) }

// wrapFlag names the flag that an error is about, and keeps its code and hint.
func wrapFlag(flag string, err error) error {
	return fault.Prefix(err, "--%s", flag)
}

// errorDocument is what --json prints for an error.
type errorDocument struct {
	Error struct {
		Code    fault.Code `json:"code"`
		Message string     `json:"message"`
		Hint    string     `json:"hint"`
	} `json:"error"`
}

// exit closes what is open, shows the error and returns the exit code.
func (a *app) exit(err error, args []string) int {
	err = errors.Join(err, a.Close(), a.flush())
	if err == nil {
		return exitOK
	}
	if errors.Is(err, errReported) {
		return exitFailure
	}
	code, kind := exitFailure, fault.CodeOf(err)
	// Before a command has begun, only the command line itself can be at fault: cobra's errors carry no code.
	if fault.IsUsage(err) || !a.began {
		code = exitUsage
		if kind == fault.Internal {
			kind = fault.Invalid
		}
	}
	message, hint := strings.ReplaceAll(err.Error(), "\n", "; "), commandline.HintOf(err)
	if (a.json || !a.began && jsonAsked(args)) && !a.plainErrors {
		var doc errorDocument
		doc.Error.Code, doc.Error.Message, doc.Error.Hint = kind, message, hint
		if a.printJSON(doc) == nil && a.out.Flush() == nil {
			return code
		}
	}
	fmt.Fprintf(a.err, "loradex: %s\n", message)
	if hint != "" {
		fmt.Fprintf(a.err, "hint: %s\n", hint)
	}
	return code
}

// jsonAsked tells whether --json is among arguments that could not be parsed.
func jsonAsked(args []string) bool {
	if end := slices.Index(args, "--"); end >= 0 {
		args = args[:end]
	}
	return slices.Contains(args, "--json") || slices.Contains(args, "--json=true")
}
