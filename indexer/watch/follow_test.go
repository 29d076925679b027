package watch

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"

	"loradex/internal/fault"
)

// bound is how long a test waits for what must come. It says nothing about speed.
const bound = 30 * time.Second

// folder is a tree of everything below a folder but what is called "skip".
type folder string

func (f folder) Root() string { return string(f) }

func (f folder) Folders(ctx context.Context, visit func(string) error) (func(string) bool, error) {
	err := filepath.WalkDir(string(f), func(path string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist), err == nil && !d.IsDir():
			return ctx.Err()
		case err != nil:
			return err
		case d.Name() == "skip":
			return fs.SkipDir
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return func(path string) bool { return !strings.Contains(path, "skip") }, f.walk(string(f), visit)
}

// walk visits a folder before it reads it, as filepath.WalkDir does not.
func (f folder) walk(dir string, visit func(string) error) error {
	if err := visit(dir); err != nil {
		return err
	}
	list, err := os.ReadDir(dir)
	if err != nil {
		return nil //nolint:nilerr // it went meanwhile
	}
	for _, item := range list {
		if item.IsDir() && item.Name() != "skip" {
			if err := f.walk(filepath.Join(dir, item.Name()), visit); err != nil {
				return err
			}
		}
	}
	return nil
}

// contents is what an update of the test sees: every file with its text.
func (f folder) contents() string {
	var lines []string
	_ = filepath.WalkDir(string(f), func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			data, _ := os.ReadFile(path)
			lines = append(lines, path+"="+string(data))
		}
		return nil
	})
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// following is a Follow in the background whose updates read the tree.
type following struct {
	t       *testing.T
	tree    folder
	seen    chan string
	end     context.CancelFunc
	ended   chan error
	updates atomic.Int64

	mu    sync.Mutex // guards notes
	notes []string
}

func start(t *testing.T, o Options) *following {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	f := &following{t: t, tree: folder(t.TempDir()), seen: make(chan string, 1), end: cancel, ended: make(chan error, 1)}
	o.quiet, o.longest = 10*time.Millisecond, 50*time.Millisecond
	o.Note = func(text string) {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.notes = append(f.notes, text)
	}
	go func() {
		f.ended <- Follow(ctx, f.tree, o, func(context.Context, Update) error {
			f.updates.Add(1)
			now := f.tree.contents()
			select { // only the newest counts
			case <-f.seen:
			default:
			}
			f.seen <- now
			return nil
		})
	}()
	t.Cleanup(cancel)
	f.catchUp("start")
	return f
}

// catchUp waits for an update that saw the tree as it is now.
func (f *following) catchUp(after string) {
	f.t.Helper()
	want := f.tree.contents()
	deadline := time.After(bound)
	got := ""
	for {
		select {
		case got = <-f.seen:
			if got == want {
				return
			}
		case err := <-f.ended:
			f.t.Fatalf("%s: it ended: %v", after, err)
		case <-deadline:
			f.t.Fatalf("%s: the last update saw\n%s\nand not\n%s", after, got, want)
		}
	}
}

func (f *following) stop() {
	f.t.Helper()
	f.end()
	select {
	case err := <-f.ended:
		if err != nil {
			f.t.Errorf("ended by its context: %v", err)
		}
	case <-time.After(bound):
		f.t.Fatal("it does not end")
	}
}

func (f *following) path(name string) string {
	return filepath.Join(string(f.tree), filepath.FromSlash(name))
}

func (f *following) write(name, text string) {
	f.t.Helper()
	must(f.t, os.MkdirAll(filepath.Dir(f.path(name)), 0o750))
	must(f.t, os.WriteFile(f.path(name), []byte(text), 0o600))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestFollow(t *testing.T) {
	for name, o := range map[string]Options{"events": {}, "polling": {Poll: 5 * time.Millisecond}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := start(t, o)
			rename := func(from, to string) func() {
				return func() { must(t, os.Rename(f.path(from), f.path(to))) }
			}
			for _, step := range []struct {
				what string
				do   func()
			}{
				{"a file", func() { f.write("a.txt", "one") }},
				{"another text", func() { f.write("a.txt", "three") }},
				{"folders with a file", func() { f.write("d/e/f/g.txt", "deep") }},
				{"a change in a new folder", func() { f.write("d/e/f/g.txt", "deeper") }},
				{"a file replaced", func() { f.write("new", "swapped"); rename("new", "a.txt")() }},
				{"a folder renamed", rename("d", "x")},
				{"a change in the renamed folder", func() { f.write("x/e/f/g.txt", "after") }},
				{"a new folder of the old name", func() { f.write("d/e/f/g.txt", "again") }},
				{"both changed", func() { f.write("d/e/f/g.txt", "again 2"); f.write("x/e/f/g.txt", "after 2") }},
				{"names exchanged", func() { rename("d", "t")(); rename("x", "d")(); rename("t", "x")() }},
				{"both changed again", func() { f.write("d/e/f/g.txt", "again 30"); f.write("x/e/f/g.txt", "after 30") }},
				{"a folder removed", func() { must(t, os.RemoveAll(f.path("x"))) }},
				{"and made anew", func() { f.write("x/e/f/g.txt", "reborn") }},
				{"and changed", func() { f.write("x/e/f/g.txt", "reborn and changed") }},
				{"a file removed", func() { must(t, os.Remove(f.path("a.txt"))) }},
			} {
				step.do()
				f.catchUp(step.what)
			}
			f.stop()
		})
	}
}

func TestBurst(t *testing.T) {
	t.Parallel()
	f := start(t, Options{})
	const files = 10_000
	for i := range files {
		f.write(fmt.Sprintf("d%d/e%d/f%d", i%10, i%100, i), "x")
	}
	f.catchUp("a burst")
	if n := f.updates.Load(); n > files/10 {
		t.Errorf("%d updates for one burst", n)
	}
	must(t, os.RemoveAll(f.path("d3")))
	f.catchUp("a folder of the burst removed")
	f.stop()
}

func TestLimit(t *testing.T) {
	t.Parallel()
	f := start(t, Options{maxFolders: 2})
	f.write("a/b/c.txt", "deep")
	f.catchUp("more folders than the limit")
	f.write("a/b/c.txt", "deeper")
	f.catchUp("a change after the limit")
	f.stop()
	if len(f.notes) != 1 || !strings.Contains(f.notes[0], "limit") || !strings.Contains(f.notes[0], "max_user_watches") {
		t.Errorf("notes: %q", f.notes)
	}
}

func TestRootGone(t *testing.T) {
	for name, o := range map[string]Options{"events": {}, "polling": {Poll: 5 * time.Millisecond}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := start(t, o)
			must(t, os.RemoveAll(string(f.tree)))
			select {
			case err := <-f.ended:
				if fault.CodeOf(err) != fault.NotFound || !strings.Contains(err.Error(), string(f.tree)) {
					t.Errorf("%v", err)
				}
			case <-time.After(bound):
				t.Fatal("it goes on without its folder")
			}
		})
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	full := fault.New(fault.Unavailable, "the disk is full")
	wrong := fault.New(fault.Corrupt, "the index is damaged")
	tests := []struct {
		name  string
		errs  []error // of the updates, in order
		want  error
		calls int
		notes int
	}{
		{"the first cannot be made", []error{full}, full, 1, 0},
		{"a later one is tried again", []error{nil, full, wrong}, wrong, 3, 1},
		{"another error ends it", []error{nil, wrong}, wrong, 2, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tree, calls, notes := folder(t.TempDir()), 0, 0
			o := Options{Note: func(string) { notes++ }}
			err := Follow(t.Context(), tree, o, func(_ context.Context, u Update) error {
				if u.First != (calls == 0) {
					t.Errorf("call %d: first is %v", calls, u.First)
				}
				calls++
				if u.First { // so that there is a second one
					must(t, os.WriteFile(filepath.Join(string(tree), "x"), nil, 0o600))
				}
				return tt.errs[calls-1]
			})
			if !errors.Is(err, tt.want) || calls != tt.calls || notes != tt.notes {
				t.Errorf("%v after %d calls and %d notes", err, calls, notes)
			}
		})
	}
	if err := Follow(t.Context(), folder("x"), Options{Poll: -1}, nil); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("a negative time: %v", err)
	}
	missing := folder(filepath.Join(t.TempDir(), "missing"))
	if err := Follow(t.Context(), missing, Options{}, nil); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("no folder: %v", err)
	}
}

// TestChanged: an update is told that it is out of date while it runs, and ends with its context.
func TestChanged(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), bound)
	defer cancel()
	tree, calls := folder(t.TempDir()), 0
	err := Follow(ctx, tree, Options{}, func(ctx context.Context, u Update) error {
		if calls++; calls == 2 {
			cancel()
			return fault.Wrap(fault.Canceled, ctx.Err(), "stopped")
		}
		select {
		case <-u.Changed:
			t.Error("changed before anything did")
		default:
		}
		must(t, os.WriteFile(filepath.Join(string(tree), "x"), nil, 0o600))
		select {
		case <-u.Changed:
		case <-ctx.Done():
		}
		return nil
	})
	if err != nil || calls != 2 {
		t.Errorf("%v after %d calls", err, calls)
	}
}

// TestOverflow: when the system has lost events, the tree is looked at, and watched anew.
func TestOverflow(t *testing.T) {
	t.Parallel()
	f := &follower{signal: make(chan struct{}, 1)}
	e := &events{follower: f}
	e.view.Store(&view{map[string]bool{"/d": true}, func(path string) bool { return path != "/d/skip" }})
	w := &fsnotify.Watcher{Events: make(chan fsnotify.Event), Errors: make(chan error)}
	done := make(chan struct{})
	go e.take(w, done)
	w.Events <- fsnotify.Event{Name: "/d/skip", Op: fsnotify.Write}
	w.Events <- fsnotify.Event{Name: "/d/x", Op: fsnotify.Chmod}
	w.Events <- fsnotify.Event{Name: "/d/skip", Op: fsnotify.Remove} // the one before has been dealt with
	if len(f.signal) > 0 {
		t.Error("what does not matter is reported")
	}
	w.Events <- fsnotify.Event{Name: "/d/x", Op: fsnotify.Write}
	w.Events <- fsnotify.Event{Name: "/d/skip", Op: fsnotify.Write}
	if len(f.signal) != 1 {
		t.Error("a change is not reported")
	}
	<-f.signal
	w.Errors <- fsnotify.ErrEventOverflow
	close(w.Events)
	<-done
	if len(f.signal) != 1 {
		t.Error("lost events are not reported")
	}
	if !e.stale.Load() {
		t.Error("the watches are taken for complete")
	}
}
