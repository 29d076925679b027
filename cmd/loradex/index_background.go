package main

// This file lets the first `index` of a large repository return as soon as words can be searched: the vectors are made
// by a process of its own, which leaves the cores to whoever asks something.

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"loradex/internal/fault"
	"loradex/workspace"
)

// logFile, in the folder of an index, is what the process in the background printed: its report, or its error.
const logFile = "index.log"

// readyPipe is the descriptor on which that process says that words can be searched.
const readyPipe = 3

// searchable is what it says then. It marshals to what `index --background --json` prints.
type searchable struct {
	PID    int    `json:"pid"` // of the process that makes the vectors; 0 where there are none to make
	Log    string `json:"log"`
	Files  int    `json:"files"`
	Chunks int    `json:"chunks"`
}

// indexInBackground starts this command again, without --background, and waits until words can be searched.
func indexInBackground(ctx context.Context, a *app, where string, o workspace.IndexOptions) error {
	if err := o.Validate(); err != nil {
		return err
	}
	dir, err := a.PrepareIndex(ctx, where)
	if err != nil {
		return err
	}
	args := slices.DeleteFunc(slices.Clone(a.args), func(arg string) bool {
		return arg == "--background" || strings.HasPrefix(arg, "--background=") || arg == "--json"
	})
	cmd, ready, log, err := startBehind(ctx, dir, args)
	if err != nil {
		return err
	}
	defer ready.Close()
	var said searchable
	done := make(chan error, 1)
	go func() { done <- json.NewDecoder(ready).Decode(&said) }()
	select {
	case err = <-done:
	case <-ctx.Done():
		err = errors.Join(ctx.Err(), cmd.Process.Signal(os.Interrupt), cmd.Wait())
		return indexStopped(fault.Wrap(fault.Canceled, err, "indexing stopped"))
	}
	if err != nil { // it ended before it had anything to say
		return failedBehind(cmd.Wait(), log)
	}
	said.PID, said.Log = cmd.Process.Pid, log
	if err := cmd.Process.Release(); err != nil {
		return fault.Wrap(fault.Unavailable, err, "the process in the background")
	}
	return a.result(said, func() {
		a.printf("words can be searched: %s files, %s chunks\n", thousands(said.Files), thousands(said.Chunks))
		a.printf("process %d makes the vectors, the most useful files first; see `loradex status`, and %s when it is done\n", said.PID, said.Log)
	})
}

// startBehind starts a command of this program that outlives it and writes to the log of an index. ready tells when words can be
// searched; what else is given, the process has open until it ends.
func startBehind(ctx context.Context, dir string, args []string, open ...*os.File) (cmd *exec.Cmd, ready *os.File, log string, err error) {
	program, err := os.Executable()
	if err != nil {
		return nil, nil, "", fault.Wrap(fault.Unavailable, err, "the program cannot start itself again")
	}
	file, err := os.Create(filepath.Join(dir, logFile)) //nolint:gosec // the folder of an index
	if err != nil {
		return nil, nil, "", fault.Wrap(fault.Unavailable, err, "the log of the background cannot be written")
	}
	defer file.Close()
	ready, writer, err := os.Pipe()
	if err != nil {
		return nil, nil, "", fault.Wrap(fault.Unavailable, err, "the process in the background cannot be watched")
	}
	// Not of our context: it lives on after us.
	cmd = exec.CommandContext(context.WithoutCancel(ctx), program, append(args, "--json", fmt.Sprintf("--ready-fd=%d", readyPipe))...) //nolint:gosec // ourselves
	cmd.Stdout, cmd.Stderr, cmd.ExtraFiles, cmd.SysProcAttr = file, file, append([]*os.File{writer}, open...), detached()
	err = cmd.Start()
	if err = errors.Join(err, writer.Close()); err != nil {
		return nil, nil, "", fault.Wrap(fault.Unavailable, errors.Join(err, ready.Close()), "the process in the background cannot be started")
	}
	return cmd, ready, file.Name(), nil
}

// failedBehind is the error with which the process ended, as it wrote it.
func failedBehind(waited error, log string) error {
	text, err := os.ReadFile(log) //nolint:gosec // as above
	if err != nil {
		return fault.Wrap(fault.Unavailable, err, "the log of the background cannot be read")
	}
	if at := bytes.Index(text, []byte("{\n")); at >= 0 {
		var doc errorDocument
		if json.Unmarshal(text[at:], &doc) == nil && doc.Error.Message != "" {
			return fault.New(doc.Error.Code, "%s", doc.Error.Message).WithHint("%s", doc.Error.Hint)
		}
	}
	return fault.Wrap(fault.Internal, waited, "the process in the background ended without a word").WithHint("read %s", log)
}

// searchableOn is the other end: it tells the one who waits at a descriptor that words can be searched. From then on the
// process is polite: a query has the cores when it wants them. nil where nobody waits.
func searchableOn(fd int) func(files, chunks int) error {
	if fd == 0 {
		return nil
	}
	pipe := os.NewFile(uintptr(fd), "ready") //nolint:gosec // a small number of our own
	return func(files, chunks int) error {
		defer pipe.Close() //nolint:errcheck // what counts is the write
		// Whoever waited may have gone; that is no reason to stop.
		_ = json.NewEncoder(pipe).Encode(searchable{Files: files, Chunks: chunks}) //nolint:errcheck,errchkjson // see above
		if err := stepBack(); err != nil {
			return fault.Wrap(fault.Unavailable, err, "the priority of the background cannot be lowered")
		}
		return nil
	}
}
