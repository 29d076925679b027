package indexer_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"loradex/indexer"
	"loradex/indexer/gitrepo"
	"loradex/indexer/indexertest"
)

// This file runs the whole indexer over repositories that the git program makes.

// gitFolder is a folder in which tests run the git program, without settings from outside.
type gitFolder struct {
	*testing.T
	dir string
}

// newGitFolder makes a repository with these files in one commit.
func newGitFolder(t *testing.T, files map[string]string) gitFolder {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("no git program")
	}
	g := gitFolder{t, t.TempDir()}
	g.git("init", "-q", "-b", "main")
	g.write(files)
	g.commit("first")
	return g
}

func (g gitFolder) git(args ...string) string {
	g.Helper()
	cmd := exec.Command("git", append([]string{"-C", g.dir, "-c", "user.name=a", "-c", "user.email=a@b"}, args...)...) //nolint:gosec // arguments of this test
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_SYSTEM="+os.DevNull)
	out, err := cmd.CombinedOutput()
	if err != nil {
		g.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

func (g gitFolder) commit(message string) string {
	g.Helper()
	g.git("add", "-A")
	g.git("commit", "-q", "--allow-empty", "-m", message)
	return strings.TrimSpace(g.git("rev-parse", "HEAD"))
}

func (g gitFolder) write(files map[string]string) {
	g.Helper()
	for path, content := range files {
		full := filepath.Join(g.dir, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(full), 0o750); err != nil {
			g.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(content), 0o600); err != nil {
			g.Fatal(err)
		}
	}
}

func (g gitFolder) open() *gitrepo.Repo {
	g.Helper()
	r, err := gitrepo.Open(g.Context(), g.dir, gitrepo.Options{})
	if err != nil {
		g.Fatal(err)
	}
	g.Cleanup(func() {
		if err := r.Close(); err != nil {
			g.Error(err)
		}
	})
	return r
}

func (g gitFolder) index(src indexer.Source, store *memory, enc *indexertest.Encoder) indexer.Report {
	g.Helper()
	report, err := indexer.Index(g.Context(), src, store, enc, indexer.Options{Spaces: indexertest.Spaces("none")})
	if err != nil {
		g.Fatal(err)
	}
	return report
}

func TestIndexRepository(t *testing.T) {
	s := newGitFolder(t, map[string]string{
		"calc/add.go": "package calc\n\n// Add adds two numbers.\nfunc Add(a, b int) int {\n\tc := a\n\tc += b\n\treturn c\n}\n\n" +
			"// Sub subtracts.\nfunc Sub(a, b int) int {\n\tc := a\n\tc -= b\n\treturn c\n}\n",
		"README.md": "# Calc\n\nIt counts.\n", "logo.png": "\x89PNG", "latin.c": "// \x81\x8d\n",
	})
	if err := os.Symlink("nowhere", filepath.Join(s.dir, "link")); err != nil {
		t.Fatal(err)
	}
	head := s.commit("second")
	if err := os.WriteFile(filepath.Join(s.dir, "huge.go"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(filepath.Join(s.dir, "huge.go"), 200<<20); err != nil {
		t.Fatal(err)
	}
	r, store, enc := s.open(), newMemory(), &indexertest.Encoder{}
	got := s.index(r.Source(""), store, enc)
	want := map[string]int{"binary": 1, "invalid_utf8": 1, "symlink": 1, "huge": 1}
	if got.Rev != head || !got.Dirty || got.Files.Indexed != 2 || !maps.Equal(got.Files.Skipped, want) || got.Coverage != 1 {
		t.Errorf("%+v", got)
	}
	again := s.index(r.Source(""), store, enc)
	if again.Files.Unchanged != 2 || again.Chunks.Encoded != 0 || again.Chunks.Cached != got.Chunks.Total {
		t.Errorf("again: %+v", again)
	}
	// The same files as a revision: nothing to cut or encode.
	rev := s.index(r.Source("HEAD"), store, enc)
	if rev.Dirty || rev.Files.Unchanged != 2 || rev.Chunks.Encoded != 0 {
		t.Errorf("revision: %+v", rev)
	}
	// One function of one file changes, in a commit.
	if err := os.Remove(filepath.Join(s.dir, "huge.go")); err != nil { // git itself would take long over it
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(s.dir, "calc", "add.go"))
	if err != nil {
		t.Fatal(err)
	}
	s.write(map[string]string{"calc/add.go": strings.Replace(string(data), "c -= b", "c = a - b", 1)})
	s.commit("third")
	before := len(enc.Texts)
	one := s.index(r.Source(""), store, enc)
	if one.Files.Indexed != 1 || one.Chunks.Encoded != len(enc.Texts)-before || one.Chunks.Encoded == 0 {
		t.Errorf("one change: %+v", one)
	}
	for _, text := range enc.Texts[before:] {
		if !strings.Contains(text, "c = a - b") {
			t.Errorf("encoded without need: %q", text)
		}
	}
}

// TestIndexHistory walks a repository through random commits, edits and switches of branch; after each step the index
// must equal one made from nothing.
func TestIndexHistory(t *testing.T) {
	s := newGitFolder(t, map[string]string{"a.go": "package a\n"})
	s.git("branch", "other")
	rng := rand.New(rand.NewPCG(5, 5))
	store, enc := newMemory(), &indexertest.Encoder{}
	r := s.open()
	branch := "main"
	for step := range 14 {
		for range 1 + rng.IntN(3) {
			path := fmt.Sprintf("d%d/f%d.go", rng.IntN(2), rng.IntN(4))
			full := filepath.Join(s.dir, path)
			switch rng.IntN(4) {
			case 0:
				_ = os.Remove(full)
			case 1:
				_ = os.MkdirAll(filepath.Join(s.dir, "d0"), 0o750)
				_ = os.Rename(full, filepath.Join(s.dir, fmt.Sprintf("d0/m%d.go", rng.IntN(3))))
			default:
				s.write(map[string]string{path: fmt.Sprintf("package a\n\nfunc F%d() int {\n\treturn %d\n}\n", rng.IntN(9), rng.IntN(9))})
			}
		}
		src := r.Source("")
		if rng.IntN(2) == 0 {
			s.commit("step")
			if rng.IntN(2) == 0 {
				branch = map[string]string{"main": "other", "other": "main"}[branch]
				s.git("checkout", "-q", branch)
			}
			if rng.IntN(3) == 0 {
				src = r.Source("HEAD")
			}
		}
		s.index(src, store, enc)
		fresh := newMemory()
		s.index(src, fresh, &indexertest.Encoder{})
		if got, want := store.Dump(), fresh.Dump(); got != want {
			t.Fatalf("step %d:\n%s\nfrom nothing:\n%s", step, got, want)
		}
	}
	if n := len(enc.Texts); n != len(slices.Compact(slices.Sorted(slices.Values(enc.Texts)))) {
		t.Error("a text was encoded twice")
	}
}

// BenchmarkIndex measures lexical indexing of the repository in LORADEX_BENCH_REPO into memory: from nothing, again,
// and as a revision.
func BenchmarkIndex(b *testing.B) {
	dir := os.Getenv("LORADEX_BENCH_REPO")
	if dir == "" {
		b.Skip("LORADEX_BENCH_REPO names no repository")
	}
	r, err := gitrepo.Open(b.Context(), dir, gitrepo.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	warm := newMemory()
	run := func(b *testing.B, src indexer.Source, store *memory) {
		report, err := indexer.Index(context.Background(), src, store, nil, indexer.Options{})
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(report.Seconds.Scan, "scan-s")
		b.ReportMetric(report.Seconds.Chunk, "chunk-s")
		b.ReportMetric(float64(report.Chunks.Total), "chunks")
	}
	b.Run("first", func(b *testing.B) {
		for b.Loop() {
			warm = newMemory()
			run(b, r.Source(""), warm)
		}
	})
	b.Run("unchanged", func(b *testing.B) {
		for b.Loop() {
			run(b, r.Source(""), warm)
		}
	})
	b.Run("revision", func(b *testing.B) {
		for b.Loop() {
			run(b, r.Source("HEAD"), newMemory())
		}
	})
}
