package main

// This file defines the state that the commands share: streams, places, settings, logging.

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"

	"golang.org/x/term"

	"loradex/adapters"
	"loradex/embed/runtime"
	"loradex/internal/config"
	"loradex/internal/fault"
	"loradex/internal/home"
)

// app is one invocation.
type app struct {
	in     io.Reader
	out    *bufio.Writer // results; flushed at the end, and by commands that stream
	err    io.Writer     // everything else
	getenv func(string) string
	flags  globalFlags

	outTerminal, errTerminal bool
	color                    bool // results may be colored

	home   home.Home
	config config.Config
	log    *slog.Logger

	// began is set when a command's own code runs: errors before it are those of the command line.
	began bool
	// plainErrors is set by commands whose standard output is a stream of rows, not one document.
	plainErrors bool

	indexDir   string   // of an index that several repositories share; "" for the repository's own
	args       []string // of the command line, for what records how it came about
	env        *runtime.Environment
	engineOnce *engine
	trial      *trialSource // the engine's adapters, where it was opened for training
	lib        *adapters.Library
	closers    []func() error // called last first
}

// globalFlags are the flags of every command.
type globalFlags struct {
	json, quiet, verbose bool
	config               string
	model, device        string
	threads              int
}

func newApp(getenv func(string) string, stdin io.Reader, stdout, stderr io.Writer) *app {
	a := &app{
		in: stdin, out: bufio.NewWriter(stdout), err: stderr, getenv: getenv,
		outTerminal: isTerminal(stdout), errTerminal: isTerminal(stderr), config: config.Default(),
		log: slog.New(slog.DiscardHandler),
	}
	a.color = a.outTerminal && getenv("NO_COLOR") == "" && getenv("TERM") != "dumb"
	return a
}

func isTerminal(w any) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd())) //nolint:gosec // a file descriptor fits an int
}

// setup resolves places and settings, once the flags are parsed. changed tells whether a flag was given.
func (a *app) setup(changed func(flag string) bool) error {
	if a.flags.quiet && a.flags.verbose {
		return usagef("give one of them", "--quiet and --verbose contradict each other")
	}
	a.log = newLogger(a.err, a.flags)
	var err error
	if a.home, err = home.Resolve(a.getenv); err != nil {
		return err
	}
	c, err := config.Load(config.Places{Home: a.home.Dir, Start: ".", File: a.flags.config, Getenv: a.getenv})
	if err != nil {
		return err
	}
	if changed("model") {
		c.Model = a.flags.model
	}
	if changed("device") {
		c.Device = a.flags.device
	}
	if changed("threads") {
		c.Threads = a.flags.threads
	}
	a.config = c
	a.log.Debug("settings", "files", c.Files, "home", a.home.Dir)
	return usage(c.Validate())
}

// newLogger writes what happens to standard error: warnings, all with --verbose, errors alone with --quiet.
func newLogger(w io.Writer, f globalFlags) *slog.Logger {
	level := slog.LevelWarn
	switch {
	case f.verbose:
		level = slog.LevelDebug
	case f.quiet:
		level = slog.LevelError
	}
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{
		Level: level,
		ReplaceAttr: func(groups []string, at slog.Attr) slog.Attr {
			if at.Key == slog.TimeKey && len(groups) == 0 {
				return slog.Attr{} // a person watches, or a journal adds its own
			}
			return at
		},
	}))
}

// note tells people something that they should know beside the results.
func (a *app) note(format string, args ...any) {
	if !a.flags.quiet {
		fmt.Fprintf(a.err, "note: "+format+"\n", args...)
	}
}

// printJSON writes the one document of --json.
func (a *app) printJSON(v any) error {
	enc := json.NewEncoder(a.out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return fault.Wrap(fault.Unavailable, err, "the output cannot be written")
	}
	return nil
}

// printf writes results for people. A failure to write is sticky in the buffer and shown at the end.
func (a *app) printf(format string, args ...any) { fmt.Fprintf(a.out, format, args...) }

// onClose registers what to do at the end.
func (a *app) onClose(f func() error) { a.closers = append(a.closers, f) }

// close undoes in reverse order: an encoder before its runtime, a store before its lock.
func (a *app) close() error {
	var errs []error
	for len(a.closers) > 0 {
		last := len(a.closers) - 1
		f := a.closers[last]
		a.closers = a.closers[:last]
		errs = append(errs, f())
	}
	return errors.Join(errs...)
}
