package main

// This file lets `search` answer where nothing is indexed yet, by words, and start what makes the vectors.

import (
	"context"
	"errors"
	"path/filepath"
	"strconv"

	"loradex/indexer"
	"loradex/search"
	"loradex/workspace"
)

// answerDocument is what `search --json` prints.
type answerDocument struct {
	*search.Response
	// Indexing is there where words were indexed for this search, and with --background.
	Indexing *workspace.Indexing `json:"indexing,omitempty"`
}

// indexing is what a workspace does for it.
type indexing interface {
	IndexWords(ctx context.Context) (*workspace.Indexing, error)
	MakesVectors(ctx context.Context) string
	WriterText(ctx context.Context) string
}

// indexesFor indexes words where nothing is indexed, and starts in the background what makes the vectors, where that is asked for. nil
// where it had nothing to do.
func (f *searchFlags) indexesFor(ctx context.Context, a *app, ws indexing) (*workspace.Indexing, error) {
	did, err := ws.IndexWords(ctx)
	if err != nil || did == nil && !f.background {
		return nil, err
	}
	if did == nil {
		did = &workspace.Indexing{}
	}
	if did.Command = ws.MakesVectors(ctx); !f.background || did.Command == "" {
		return did, nil
	}
	dir, err := a.FindIndex(ctx, f.repo)
	if err != nil {
		return nil, err
	}
	if ws.WriterText(ctx) != "" {
		return did, nil // the search says who it is
	}
	hold, running, err := indexer.HoldBackground(dir)
	if did.PID, did.Log = running, filepath.Join(dir, logFile); hold == nil || err != nil {
		return did, err // one at a time
	}
	defer hold.Close() //nolint:errcheck // who was started has it too
	args := append(a.flags.again(), "index", f.repo)
	if a.Shared != "" {
		args = append(args, "--index", a.Shared)
	}
	cmd, ready, _, err := startBehind(ctx, dir, args, hold)
	if err != nil {
		return nil, err
	}
	did.PID = cmd.Process.Pid
	_ = ready.Close() //nolint:errcheck // nobody waits for it
	_, err = hold.WriteString(strconv.Itoa(did.PID))
	return did, errors.Join(err, cmd.Process.Release())
}

// again are the global flags as another process of this command needs them.
func (f *globalFlags) again() []string {
	var out []string
	for _, o := range []struct{ name, value string }{{"config", f.config}, {"model", f.model}, {"device", f.device}} {
		if o.value != "" {
			out = append(out, "--"+o.name+"="+o.value)
		}
	}
	if f.threads != 0 {
		out = append(out, "--threads="+strconv.Itoa(f.threads))
	}
	return out
}

// noteIndexing says what was indexed for a search, and how the vectors come.
func noteIndexing(note func(format string, args ...any), did *workspace.Indexing, writer string) {
	if did == nil {
		return
	}
	if did.Files > 0 {
		note("answered by words, which were indexed just now: %s files, %.1f s", thousands(did.Files), did.Seconds)
	}
	switch {
	case did.PID > 0:
		note("process %d makes the vectors; see `loradex status`, and %s when it is done", did.PID, did.Log)
	case did.Command != "" && writer != "":
		note("%s", writer)
	case did.Command != "":
		note("vectors follow with `%s`; `loradex search --background` starts that", did.Command)
	}
}
