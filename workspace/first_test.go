package workspace

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"loradex/indexer"
	"loradex/internal/home"
	"loradex/search"
)

// aRepository makes a repository with a file.
func aRepository(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "repo")
	if err := os.Mkdir(dir, 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "lock.go"), []byte("package lock\n\n// Acquire takes the lock.\nfunc Acquire() {}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	gitIn(t, dir, "init", "-q")
	gitIn(t, dir, "add", ".")
	gitIn(t, dir, "-c", "user.name=t", "-c", "user.email=t@localhost", "commit", "-qm", "file")
	return dir
}

func gitIn(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", append([]string{"-C", dir}, args...)...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git %v: %v: %s", args, err, out)
	}
}

// TestFirstAnswer: whoever asks first, an editor or several requests at once, gets an answer by words; who asks how things are does not
// index.
func TestFirstAnswer(t *testing.T) {
	dir := aRepository(t)
	s := New(Settings{Home: home.Home{Dir: t.TempDir()}})
	s.Config.Model, s.Config.Index.Store = noModel, InSQLite
	defer s.Close() //nolint:errcheck // the test is about something else
	if _, err := s.Open(dir).Status(t.Context()); err == nil {
		t.Error("there is a status without an index")
	}
	editor := s.Open("")
	if err := editor.OpenFor(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	if hits, err := editor.Symbols(t.Context(), "Acquire", 3); err != nil || len(hits) != 1 {
		t.Errorf("%v, %v", hits, err)
	}
	if err := os.RemoveAll(filepath.Join(dir, indexer.FolderOf)); err != nil {
		t.Fatal(err)
	}
	ws := s.Open(dir)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			answer, err := ws.Search(t.Context(), search.Request{Query: "acquire the lock", K: 1, Mode: search.Lexical})
			if err != nil || len(answer.Hits) != 1 {
				t.Errorf("%+v, %v", answer, err)
			}
		})
	}
	group.Wait()
}

// TestModelBeforeLock: a run that waits for the index of linked work trees has its model open when it gets the lock.
func TestModelBeforeLock(t *testing.T) {
	s := withEncoder(t)
	s.Config.Index.Store = InSQLite
	dir := aRepository(t)
	side := filepath.Join(filepath.Dir(dir), "side")
	gitIn(t, dir, "worktree", "add", "-q", side)
	at := filepath.Join(dir, indexer.FolderOf)
	if err := os.Mkdir(at, 0o750); err != nil {
		t.Fatal(err)
	}
	release, err := indexer.Lock(at)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	done := make(chan error, 1)
	go func() {
		_, err := s.Index(ctx, side, IndexOptions{Store: InSQLite})
		done <- err
	}()
	for !indexer.Wanted(at) && ctx.Err() == nil {
		time.Sleep(time.Millisecond)
	}
	s.opening.Lock()
	open := len(s.encoders)
	s.opening.Unlock()
	if open != 1 {
		t.Errorf("%d encoders are open while it waits for the lock", open)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}
