package gitrepo

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"loradex/indexer"
	"loradex/internal/fault"
)

func TestDirty(t *testing.T) {
	base := map[string]string{"a.go": "1", "b/c.go": "2", ".gitignore": "*.tmp\n"}
	for name, c := range map[string]struct {
		do   func(s *sandbox)
		want bool
	}{
		"clean":              {func(*sandbox) {}, false},
		"ignored file":       {func(s *sandbox) { s.write(s.dir, map[string]string{"x.tmp": "1"}) }, false},
		"changed":            {func(s *sandbox) { s.write(s.dir, map[string]string{"a.go": "9"}) }, true},
		"changed and staged": {func(s *sandbox) { s.write(s.dir, map[string]string{"a.go": "9"}); s.git(s.dir, "add", "-A") }, true},
		"untracked":          {func(s *sandbox) { s.write(s.dir, map[string]string{"n.go": "9"}) }, true},
		"deleted":            {func(s *sandbox) { s.git(s.dir, "rm", "-q", "a.go") }, true},
		"deleted, unstaged":  {func(s *sandbox) { _ = os.Remove(filepath.Join(s.dir, "a.go")) }, true},
		"touched":            {func(s *sandbox) { s.write(s.dir, map[string]string{"a.go": "1"}) }, false},
		"touched long ago": {func(s *sandbox) {
			old := time.Now().Add(-time.Hour)
			_ = os.Chtimes(filepath.Join(s.dir, "a.go"), old, old)
		}, false},
		"intent to add": {func(s *sandbox) { s.write(s.dir, map[string]string{"n.go": "9"}); s.git(s.dir, "add", "-N", "n.go") }, true},
		"line ends": {func(s *sandbox) {
			s.write(s.dir, map[string]string{"crlf.txt": "x\n"})
			s.commit(s.dir, "x")
			s.write(s.dir, map[string]string{"crlf.txt": "x\r\n"})
			s.git(s.dir, "-c", "core.autocrlf=true", "add", "-A")
		}, false},
		"a folder became a link": {func(s *sandbox) {
			_ = os.Rename(filepath.Join(s.dir, "b"), filepath.Join(s.home, "b"))
			_ = os.Symlink(filepath.Join(s.home, "b"), filepath.Join(s.dir, "b"))
		}, true},
		"index version 4": {func(s *sandbox) { s.git(s.dir, "update-index", "--index-version", "4") }, false},
		"no index":        {func(s *sandbox) { _ = os.Remove(filepath.Join(s.dir, ".git", "index")) }, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSandbox(t)
			s.repo(s.dir, base)
			c.do(s)
			if snap := s.scan(workTree{s.open(s.dir)}); snap.Dirty != c.want {
				t.Errorf("dirty %v; git says %q", snap.Dirty, s.git(s.dir, "status", "--porcelain"))
			}
		})
	}
}

func TestOddFiles(t *testing.T) {
	s := newSandbox(t)
	s.repo(s.dir, map[string]string{"a.go": "1", "dir/x.go": "2"})
	for link, target := range map[string]string{"broken": "nowhere", "loop": "loop", "up": "..", "file": "a.go", "out": s.home} {
		if err := os.Symlink(target, filepath.Join(s.dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	s.git(s.dir, "add", "file", "loop")
	s.write(s.home, map[string]string{"secret.go": "outside"})
	s.write(s.dir, map[string]string{"bell\a.go": "x", "bad\xff.go": "x", ".loradex/index.db": "x", ".git2/x": "1"})
	if err := syscall.Mkfifo(filepath.Join(s.dir, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	snap := s.scan(workTree{s.open(s.dir)})
	s.wantPaths(snap, "a.go", "dir/x.go", ".git2/x", "symlink broken", "symlink loop", "symlink up", "symlink file", "symlink out",
		"bad_path bell?.go", "bad_path bad?.go")

	// A tracked folder is replaced by a link to the outside: its files are gone, and never read.
	if err := os.RemoveAll(filepath.Join(s.dir, "dir")); err != nil {
		t.Fatal(err)
	}
	s.write(s.home, map[string]string{"x.go": "outside"})
	if err := os.Symlink(s.home, filepath.Join(s.dir, "dir")); err != nil {
		t.Fatal(err)
	}
	for _, p := range paths(s.scan(workTree{s.open(s.dir)})) {
		if p == "dir/x.go" {
			t.Error("a file was reached through a link")
		}
	}
	// The same after the scan.
	for _, e := range snap.Entries {
		if e.Path == "dir/x.go" {
			if c, err := e.Read(t.Context(), 100); err == nil {
				t.Errorf("read %q from outside", c.Data)
			}
		}
	}
}

func TestHostileTree(t *testing.T) {
	s := newSandbox(t)
	s.repo(s.dir, map[string]string{"a.go": "1"})
	blob := strings.TrimSpace(s.git(s.dir, "rev-parse", "HEAD:a.go"))
	raw := bytes.NewBuffer(nil)
	id := make([]byte, 20)
	if _, err := fmt.Sscanf(blob, "%x", &id); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"..", ".git", "a\nb", "ok"} {
		fmt.Fprintf(raw, "100644 %s\x00%s", name, id)
	}
	file := filepath.Join(s.home, "tree")
	if err := os.WriteFile(file, raw.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	tree := strings.TrimSpace(s.git(s.dir, "hash-object", "-t", "tree", "-w", "--literally", file))
	commit := strings.TrimSpace(s.git(s.dir, "commit-tree", "-m", "x", tree))
	s.wantPaths(s.scan(revision{s.open(s.dir), commit}), "ok", "bad_path ..", "bad_path .git", "bad_path a?b")
}

func TestReadLimits(t *testing.T) {
	s := newSandbox(t)
	s.repo(s.dir, map[string]string{"a.go": "12345"})
	huge := filepath.Join(s.dir, "huge.go")
	if err := os.WriteFile(huge, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(huge, 200<<20); err != nil {
		t.Fatal(err)
	}
	r := s.open(s.dir)
	for _, src := range []indexer.Source{workTree{r}, revision{r, "HEAD"}} {
		for _, e := range s.scan(src).Entries {
			if _, err := e.Read(t.Context(), 4); !errors.Is(err, indexer.SkipError{Reason: indexer.Huge}) {
				t.Errorf("%s: %v", e.Path, err)
			}
		}
	}
	e := s.scan(workTree{r}).Entries[0]
	if err := os.Remove(filepath.Join(s.dir, "a.go")); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Read(t.Context(), 10); !errors.Is(err, indexer.ErrGone) {
		t.Errorf("deleted after the scan: %v", err)
	}
}

func TestStatShortcut(t *testing.T) {
	s := newSandbox(t)
	s.repo(s.dir, map[string]string{"a.go": "1", "b.go": "2"})
	time.Sleep(60 * time.Millisecond) // beyond the step of the clock
	r := s.open(s.dir)
	known := map[string]indexer.FileState{}
	for _, e := range s.scan(workTree{r}).Entries {
		if e.Blob != "" {
			t.Errorf("%s has a blob without being read", e.Path)
		}
		c, err := e.Read(t.Context(), 10)
		if err != nil || c.Stat == (indexer.Stat{}) {
			t.Fatalf("%+v %v", c, err)
		}
		known[e.Path] = indexer.FileState{Path: e.Path, Blob: indexer.BlobHash(c.Data), Stat: c.Stat}
	}
	// Same size, same modification time: only the change time gives it away.
	info, err := os.Stat(filepath.Join(s.dir, "a.go"))
	if err != nil {
		t.Fatal(err)
	}
	s.write(s.dir, map[string]string{"a.go": "9"})
	if err := os.Chtimes(filepath.Join(s.dir, "a.go"), info.ModTime(), info.ModTime()); err != nil {
		t.Fatal(err)
	}
	snap, err := workTree{r}.Scan(t.Context(), known, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range snap.Entries {
		if (e.Blob == "") != (e.Path == "a.go") {
			t.Errorf("%s: blob %q", e.Path, e.Blob)
		}
	}
}

func TestMergeConflict(t *testing.T) {
	s := newSandbox(t)
	s.repo(s.dir, map[string]string{"a.go": "1\n"})
	s.git(s.dir, "checkout", "-q", "-b", "side")
	s.write(s.dir, map[string]string{"a.go": "2\n"})
	s.commit(s.dir, "side")
	s.git(s.dir, "checkout", "-q", "main")
	s.write(s.dir, map[string]string{"a.go": "3\n"})
	s.commit(s.dir, "main")
	s.git(s.dir, "config", "alias.try", "!git merge -q side >/dev/null || true")
	s.git(s.dir, "try")
	snap := s.scan(workTree{s.open(s.dir)})
	s.wantPaths(snap, "a.go")
	if !snap.Dirty {
		t.Error("an unresolved merge is clean")
	}
}

// An index that cannot be read is a note: the files are there, and ignore files hold.
func TestUnreadableIndex(t *testing.T) {
	s := newSandbox(t)
	s.repo(s.dir, map[string]string{"a.go": "1", ".gitignore": "*.log\n"})
	s.write(s.dir, map[string]string{"x.log": "1", "b.go": "2"})
	s.git(s.dir, "update-index", "--split-index")
	r := s.open(s.dir)
	s.wantPaths(s.scan(workTree{r}), ".gitignore", "a.go", "b.go")
	if notes := strings.Join(r.Notes(), "\n"); !strings.Contains(notes, "--no-split-index") {
		t.Errorf("notes: %q", notes)
	}
	s.write(s.dir, map[string]string{".git/index": "DIRC and no more"})
	r = s.open(s.dir)
	s.wantPaths(s.scan(workTree{r}), ".gitignore", "a.go", "b.go")
	if notes := r.Notes(); len(notes) != 1 || !strings.Contains(notes[0], "index") {
		t.Errorf("notes: %q", notes)
	}
}

func FuzzDircache(f *testing.F) {
	f.Add([]byte("DIRC\x00\x00\x00\x02\x00\x00\x00\x00"))
	f.Add(append([]byte("DIRC\x00\x00\x00\x04\x00\x00\x00\x02"), make([]byte, 200)...))
	f.Add(append([]byte("DIRC\x00\x00\x00\x02\x00\x00\x00\x00TREE\x00\x00\x00\x06\x00-1 0\n"), make([]byte, 20)...))
	f.Fuzz(func(t *testing.T, data []byte) {
		dc, err := parseDircache(data, 20)
		if err != nil && fault.CodeOf(err) == fault.Internal {
			t.Errorf("an error without a code: %v", err)
		}
		if err == nil && len(dc.entries) > len(data)/62 {
			t.Error("more entries than bytes for them")
		}
	})
}

// BenchmarkScan measures a scan of 5,000 files in 500 folders with unchanged stat data.
func BenchmarkScan(b *testing.B) {
	dir := os.Getenv("LORADEX_BENCH_REPO")
	if dir == "" {
		b.Skip("LORADEX_BENCH_REPO names no repository")
	}
	r, err := Open(b.Context(), dir, Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	for b.Loop() {
		snap, err := workTree{r}.Scan(b.Context(), nil, nil)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(len(snap.Entries)), "files")
	}
}
