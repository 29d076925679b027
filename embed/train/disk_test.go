//go:build cgo && ORT && unix

package train

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"loradex/embed"
	"loradex/internal/fault"
)

// inChild runs the test in a process of its own, since a limit on the size of files holds for the log of the tests, too. It
// is true in that process.
func inChild(t *testing.T) bool {
	t.Helper()
	const mark = "LORADEX_TEST_FULL_DISK"
	if os.Getenv(mark) != "" {
		return true
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v") //nolint:gosec // the test itself
	cmd.Env = append(os.Environ(), mark+"=1")
	out, err := cmd.CombinedOutput()
	switch {
	case err != nil:
		t.Errorf("%v\n%s", err, out)
	case bytes.Contains(out, []byte("--- SKIP")):
		t.Skipf("%s", out)
	case !bytes.Contains(out, []byte("--- PASS: "+t.Name())):
		t.Errorf("the test did not run\n%s", out)
	}
	return false
}

// fillDisk makes writing beyond some bytes of any file fail, as on a full disk, until the function that it returns is
// called.
func fillDisk(t *testing.T, limit uint64) (free func()) {
	t.Helper()
	signal.Ignore(syscall.SIGXFSZ) // else the limit ends the process
	var old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
		t.Fatal(err)
	}
	set := func(l syscall.Rlimit) {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &l); err != nil {
			t.Fatal(err)
		}
	}
	set(syscall.Rlimit{Cur: limit, Max: old.Max})
	return func() { set(old) }
}

// A disk that is full at a checkpoint ends the run with an error that names the file; the checkpoint before stays whole,
// and the run goes on from it with the numbers of one that was never stopped.
func TestDiskFullAtCheckpoint(t *testing.T) {
	if !inChild(t) {
		return
	}
	enc := openEncoder(t, embed.Options{})
	set := task(40, 0)
	job := Job{Data: set, Score: closeness(set)}
	whole := newTrainer(t, enc, job, resumable())
	want := outcomeOf(whole, run(t, whole))

	o := resumable()
	o.Checkpoint, o.CheckpointEvery = filepath.Join(t.TempDir(), "checkpoint"), 3
	var before []byte
	free := func() {}
	o.Progress = func(p Progress) {
		if p.Step == 5 {
			var err error
			if before, err = os.ReadFile(o.Checkpoint); err != nil {
				t.Fatal(err)
			}
			free = fillDisk(t, 4096)
		}
	}
	tr := newTrainer(t, enc, job, o)
	_, err := tr.Run(t.Context())
	free()
	if fault.CodeOf(err) != fault.Unavailable || !errors.Is(err, syscall.EFBIG) || !strings.Contains(err.Error(), o.Checkpoint) {
		t.Fatalf("%v, want Unavailable with the file's name", err)
	}
	if len(before) <= 4096 {
		t.Fatalf("a checkpoint of %d bytes tests nothing", len(before))
	}
	after, err := os.ReadFile(o.Checkpoint)
	if err != nil || !bytes.Equal(before, after) {
		t.Fatalf("the checkpoint was changed: %v", err)
	}
	if entries, err := os.ReadDir(filepath.Dir(o.Checkpoint)); err != nil || len(entries) != 1 {
		t.Errorf("files were left behind: %v, %v", entries, err)
	}
	o.Resume, o.Progress = true, nil
	rest := newTrainer(t, enc, job, o)
	if rest.state.Step != 3 {
		t.Fatalf("goes on from step %d", rest.state.Step)
	}
	outcomeOf(rest, run(t, rest)).mustEqual(t, want)
}

// A run that was stopped and cannot save says both.
func TestDiskFullWhenStopped(t *testing.T) {
	if !inChild(t) {
		return
	}
	enc := openEncoder(t, embed.Options{})
	set := task(40, 0)
	o := resumable()
	o.Checkpoint = filepath.Join(t.TempDir(), "checkpoint")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	free := func() {}
	o.Progress = func(p Progress) {
		if p.Step == 2 {
			free = fillDisk(t, 4096)
			cancel()
		}
	}
	tr := newTrainer(t, enc, Job{Data: set}, o)
	_, err := tr.Run(ctx)
	free()
	if !errors.Is(err, context.Canceled) || fault.CodeOf(err) != fault.Unavailable || !strings.Contains(err.Error(), o.Checkpoint) {
		t.Errorf("%v, want Unavailable, and that the run was stopped", err)
	}
	if entries, err := os.ReadDir(filepath.Dir(o.Checkpoint)); err != nil || len(entries) != 0 {
		t.Errorf("files were left behind: %v, %v", entries, err)
	}
}

// The folder of the checkpoint is made. Where that cannot be, the run does not begin.
func TestCheckpointFolder(t *testing.T) {
	enc := openEncoder(t, embed.Options{})
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	o := resumable()
	for path, want := range map[string]fault.Code{filepath.Join(file, "checkpoint"): fault.Unavailable, dir: fault.Invalid} {
		o.Checkpoint = path
		if _, err := New(t.Context(), enc, Job{Data: task(40, 0)}, o); fault.CodeOf(err) != want || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v, want %s with the path", path, err, want)
		}
	}
	o.Checkpoint, o.CheckpointEvery, o.Steps = filepath.Join(dir, "a", "b", "checkpoint"), 1, 2
	tr := newTrainer(t, enc, Job{Data: task(40, 0)}, o)
	run(t, tr)
	if _, err := os.Stat(o.Checkpoint); err != nil {
		t.Error(err)
	}
	// Who removes the folder meanwhile is told.
	if err := os.RemoveAll(filepath.Join(dir, "a")); err != nil {
		t.Fatal(err)
	}
	if err := tr.save(o.Checkpoint); fault.CodeOf(err) != fault.Unavailable || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v, want Unavailable", err)
	}
}
