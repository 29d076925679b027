package main

// This file defines the state that the commands share: streams, places, settings, logging.

import (
	"bufio"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"loradex/internal/config"
	"loradex/internal/home"
	"loradex/internal/hub"
	"loradex/internal/plural"
	lines "loradex/internal/progress"
	"loradex/workspace"
)

// app is one invocation: what the command line says, where its output goes, and the session that it works in.
type app struct {
	*workspace.Session
	*printer
	in     io.Reader
	err    io.Writer // everything but results
	getenv func(string) string
	flags  globalFlags
	args   []string // of the command line, for what records how it came about

	terminal, errTerminal bool // what standard output and standard error are

	// began is set when a command's own code runs: errors before it are those of the command line.
	began bool
	// plainErrors is set by commands whose standard output is a stream of rows, not one document.
	plainErrors bool
}

// globalFlags are the flags of every command.
type globalFlags struct {
	quiet, verbose bool
	config         string
	model, device  string
	threads        int
	index          string // folder of an index that several repositories share
}

func newApp(getenv func(string) string, stdin io.Reader, stdout, stderr io.Writer) *app {
	a := &app{printer: &printer{out: bufio.NewWriter(stdout)}, in: stdin, err: stderr, getenv: getenv, terminal: isTerminal(stdout), errTerminal: isTerminal(stderr)}
	if !a.errTerminal {
		a.err = lines.Shared(stderr)
	}
	a.Session = workspace.New(workspace.Settings{Config: config.Default(), Note: a.note})
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
	places, err := home.Resolve(a.getenv)
	if err != nil {
		return err
	}
	c, err := config.Load(config.Places{Home: places.Dir, Start: ".", File: a.flags.config, Getenv: a.getenv})
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
	o := workspace.Settings{
		Home: places, Config: c, ModelNamed: changed("model"), Shared: a.flags.index, UserHome: a.getenv("HOME"), ConfigHome: a.getenv("XDG_CONFIG_HOME"),
		Log: newLogger(a.err, a.flags), Note: a.note, Hub: func() (hub.Options, error) { return hub.Resolve(a.getenv) },
	}
	if !a.json && !a.flags.quiet {
		o.Progress = &lines.Lines{Out: a.err}
		if a.errTerminal {
			o.Fetching = a.err
			if a.getenv("TERM") != "dumb" {
				o.Progress = &progress{out: a.err}
			}
		}
	}
	a.Session = workspace.New(o)
	a.Log.Debug("settings", "files", c.Files, "home", places.Dir)
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
		fmt.Fprintln(a.err, "note: "+plural.Sprintf(format, args...))
	}
}

// commandLine is what an adapter's card says of how it came about.
func (a *app) commandLine() string { return strings.Join(append([]string{"loradex"}, a.args...), " ") }

// indexFlag adds the flag that names an index of several repositories.
func (a *app) indexFlag(c *cobra.Command) {
	c.Flags().StringVar(&a.flags.index, "index", "", "the folder of an index that several repositories share (default the repository's own index)")
	_ = c.MarkFlagDirname("index") //nolint:errcheck // the flag is there
}
