package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"loradex/indexer"
	"loradex/internal/home"
)

// patience is how long a test waits for what must come. It says nothing about speed.
const patience = 60 * time.Second

// lockedBuffer is written by one goroutine and read by another.
type lockedBuffer struct {
	mu   sync.Mutex // guards text
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// watcher is an `index --watch` in this process.
type watcher struct {
	place    *place
	dir      string
	out, err lockedBuffer
	stop     context.CancelFunc
	code     chan int
}

func (p *place) watch(dir string, args ...string) *watcher {
	p.t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	w := &watcher{place: p, dir: dir, stop: stop, code: make(chan int, 1)}
	args = append([]string{"index", dir, "--watch", "--model", "none"}, args...)
	go func() { w.code <- run(ctx, args, p.getenv, strings.NewReader(""), &w.out, &w.err) }()
	p.t.Cleanup(stop)
	w.until("the first run", func() bool { return strings.Contains(w.err.String(), "Ctrl-C") })
	return w
}

// until waits for something to be true.
func (w *watcher) until(what string, is func() bool) {
	w.place.t.Helper()
	for deadline := time.Now().Add(patience); !is(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			w.place.t.Fatalf("%s: not seen\n%s%s", what, w.out.String(), w.err.String())
		}
	}
}

// finds waits until a search has a path as its first hit, or where that is "" no hit.
func (w *watcher) finds(query, path string) {
	w.place.t.Helper()
	began := time.Now()
	w.until(query, func() bool {
		hits, ok := w.place.json("search", query, "--repo", w.dir, "--mode", "lexical")["hits"].([]any)
		if !ok || len(hits) == 0 {
			return path == ""
		}
		first, ok := hits[0].(map[string]any)
		return ok && first["path"] == path
	})
	w.promptly(query, began)
}

// promptly wants what was waited for within five times of what is promised, since tests of other packages run beside.
func (w *watcher) promptly(what string, began time.Time) {
	w.place.t.Helper()
	if took := time.Since(began); took > 10*time.Second {
		w.place.t.Errorf("%s: %v after the edit", what, took.Round(time.Millisecond))
	}
}

// ends stops it and wants an exit code.
func (w *watcher) ends(code int) {
	w.place.t.Helper()
	select {
	case got := <-w.code:
		if got != code {
			w.place.t.Errorf("exit %d, want %d\n%s%s", got, code, w.out.String(), w.err.String())
		}
	case <-time.After(patience):
		w.place.t.Fatal("it does not end")
	}
}

func TestWatch(t *testing.T) {
	p := newPlace(t)
	dir := repo(t, sample())
	w := p.watch(dir)
	write(t, dir, map[string]string{"lock/lock.go": "package lock\n\n// Zebra counts stripes.\nfunc Zebra() {}\n"})
	w.finds("zebra stripes", "lock/lock.go")
	write(t, dir, map[string]string{"a/b/c/new.go": "package c\n\n// Giraffe is tall.\nfunc Giraffe() {}\n"})
	w.finds("giraffe tall", "a/b/c/new.go")
	write(t, dir, map[string]string{"a/b/c/new.go": "package c\n\n// Okapi is shy.\nfunc Okapi() {}\n"})
	w.finds("okapi shy", "a/b/c/new.go")
	must(t, os.RemoveAll(filepath.Join(dir, "a")))
	w.finds("okapi shy", "")

	commitAll(t, dir)
	git(t, dir, "checkout", "-q", "-b", "other")
	write(t, dir, map[string]string{"gnu.go": "package gnu\n\n// Gnu wanders.\nfunc Gnu() {}\n"})
	commitAll(t, dir)
	rev := git(t, dir, "rev-parse", "HEAD")
	w.until("the commit", func() bool {
		return strings.Contains(w.out.String(), "at "+shortRev(rev)+"; ")
	})
	w.finds("gnu wanders", "gnu.go")
	git(t, dir, "checkout", "-q", "main")
	w.finds("gnu wanders", "")

	// Another writer is waited for.
	var release func() error
	w.until("a free lock", func() bool {
		var err error
		release, err = indexer.Lock(filepath.Join(dir, ".loradex"))
		return err == nil
	})
	write(t, dir, map[string]string{"lock/lock.go": "package lock\n\n// Lemur jumps.\nfunc Lemur() {}\n"})
	w.until("the wait", func() bool { return strings.Contains(w.err.String(), "waiting") })
	must(t, release())
	w.finds("lemur jumps", "lock/lock.go")
	// Between updates the lock is free.
	w.until("a run beside it", func() bool { return p.run("index", dir, "--model", "none").code == exitOK })

	if n := strings.Count(w.err.String(), "no vectors are made"); n != 1 {
		t.Errorf("the note was written %d times", n)
	}
	w.stop()
	w.ends(exitOK)
}

func TestWatchLines(t *testing.T) {
	p := newPlace(t)
	dir := repo(t, sample())
	w := p.watch(dir, "--json")
	write(t, dir, map[string]string{"x.go": "package x\n\nfunc X() {}\n"})
	w.until("the second line", func() bool { return strings.Count(w.out.String(), "\n") >= 2 })
	w.stop()
	w.ends(exitOK)
	lines := strings.Split(strings.TrimSpace(w.out.String()), "\n")
	for i, line := range lines {
		doc := document(t, line)
		if i == 0 {
			wantKeys(t, doc, indexKeys+" files.skipped.binary")
		}
		if want := float64(max(1, 4*(1-i))); number(t, doc, "files.indexed") != want {
			t.Errorf("line %d: %s", i, line)
		}
	}
}

func TestWatchPollAndRemoval(t *testing.T) {
	p := newPlace(t)
	dir := repo(t, sample())
	must(t, os.Mkdir(filepath.Join(dir, "tree"), 0o755)) // t.TempDir wants its own folder
	dir = filepath.Join(dir, "tree")
	git(t, dir, "init", "-q", "-b", "main")
	w := p.watch(dir, "--watch=poll")
	write(t, dir, map[string]string{"x.go": "package x\n\n// Ibex climbs.\nfunc X() {}\n"})
	w.finds("ibex climbs", "x.go")
	must(t, os.RemoveAll(dir))
	w.ends(exitFailure)
	if !strings.Contains(w.err.String(), "is gone") {
		t.Errorf("%s", w.err.String())
	}
}

func TestWatchRefuses(t *testing.T) {
	p := newPlace(t)
	dir := repo(t, sample())
	bare := filepath.Join(t.TempDir(), "bare.git")
	git(t, dir, "clone", "-q", "--bare", dir, bare)
	p.fails(exitUsage, "invalid", "bare", "index", bare, "--watch")
	p.fails(exitUsage, "invalid", "URL", "index", "https://example.com/a/b.git", "--watch")
	p.fails(exitUsage, "invalid", "poll", "index", dir, "--watch=sometimes")
	p.fails(exitUsage, "invalid", "rev", "index", dir, "--watch", "--rev", "HEAD")
}

// TestWatchProgram follows with an encoder, from outside: what is saved is found by meaning, and an interrupt is no failure.
func TestWatchProgram(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a process with a model")
	}
	p := newPlace(t).withEncoder()
	program, err := os.Executable()
	must(t, err)
	dir := repo(t, sample())
	w := &watcher{place: p, dir: dir}
	cmd := exec.Command(program, "index", dir, "--watch")
	cmd.Env = append(os.Environ(), asProgram+"=1", home.EnvHome+"="+p.home)
	for key, value := range p.env {
		cmd.Env = append(cmd.Env, key+"="+value)
	}
	cmd.Stdout, cmd.Stderr = &w.out, &w.err
	must(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	w.until("the first run", func() bool { return strings.Contains(w.err.String(), "Ctrl-C") })
	write(t, dir, map[string]string{"zoo.go": "package zoo\n\n// Feed gives hay to the elephants.\nfunc Feed() {}\n"})
	began := time.Now()
	w.finds("elephants hay", "zoo.go")
	w.until("by meaning", func() bool {
		doc := p.json("search", "give food to large animals", "--repo", dir, "--mode", "dense")
		hits, ok := doc["hits"].([]any)
		first, named := hits[0].(map[string]any)
		return ok && named && first["path"] == "zoo.go"
	})
	w.promptly("by meaning", began)
	must(t, cmd.Process.Signal(os.Interrupt))
	if err := cmd.Wait(); err != nil {
		t.Errorf("after an interrupt: %v\n%s", err, w.err.String())
	}
}

func TestUpdateLine(t *testing.T) {
	at := time.Date(2026, 1, 2, 15, 4, 5, 0, time.UTC)
	r := indexer.Report{Rev: strings.Repeat("ab", 20), Dirty: true, Coverage: 0.999, Spaces: []indexer.SpaceReport{{}}}
	r.Files.Indexed, r.Chunks.Encoded, r.Seconds.Total = 1200, 3, 0.26
	want := "15:04:05  files: 1,200 indexed; 3 texts encoded; vectors cover 99 %; at ababababab with changes; 0.3 s"
	if got := updateLine(at, r); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
