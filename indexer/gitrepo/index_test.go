package gitrepo

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"loradex/indexer"
	"loradex/indexer/indexertest"
)

// This file runs the whole indexer over repositories that the git program makes.

func (s *sandbox) index(src indexer.Source, store *indexertest.Store, enc *indexertest.Encoder) indexer.Report {
	s.Helper()
	report, err := indexer.Index(s.Context(), src, store, enc, indexer.Options{Spaces: indexertest.Spaces("none")})
	if err != nil {
		s.Fatal(err)
	}
	return report
}

func TestIndexRepository(t *testing.T) {
	s := newSandbox(t)
	s.repo(s.dir, map[string]string{
		"calc/add.go": "package calc\n\n// Add adds two numbers.\nfunc Add(a, b int) int {\n\tc := a\n\tc += b\n\treturn c\n}\n\n" +
			"// Sub subtracts.\nfunc Sub(a, b int) int {\n\tc := a\n\tc -= b\n\treturn c\n}\n",
		"README.md": "# Calc\n\nIt counts.\n", "logo.png": "\x89PNG", "latin.c": "// \xe9\n",
	})
	if err := os.Symlink("nowhere", filepath.Join(s.dir, "link")); err != nil {
		t.Fatal(err)
	}
	head := s.commit(s.dir, "second")
	if err := os.WriteFile(filepath.Join(s.dir, "huge.go"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(filepath.Join(s.dir, "huge.go"), 200<<20); err != nil {
		t.Fatal(err)
	}
	r, store, enc := s.open(s.dir), indexertest.NewStore(), &indexertest.Encoder{}
	got := s.index(r.WorkTree(), store, enc)
	want := map[string]int{"binary": 1, "invalid_utf8": 1, "symlink": 1, "huge": 1}
	if got.Rev != head || !got.Dirty || got.Files.Indexed != 2 || !maps.Equal(got.Files.Skipped, want) || got.Coverage != 1 {
		t.Errorf("%+v", got)
	}
	again := s.index(r.WorkTree(), store, enc)
	if again.Files.Unchanged != 2 || again.Chunks.Encoded != 0 || again.Chunks.Cached != got.Chunks.Total {
		t.Errorf("again: %+v", again)
	}
	// The same files as a revision: nothing to cut or encode.
	rev := s.index(r.Revision("HEAD"), store, enc)
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
	s.write(s.dir, map[string]string{"calc/add.go": strings.Replace(string(data), "c -= b", "c = a - b", 1)})
	s.commit(s.dir, "third")
	before := len(enc.Texts)
	one := s.index(r.WorkTree(), store, enc)
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
	s := newSandbox(t)
	s.repo(s.dir, map[string]string{"a.go": "package a\n"})
	s.git(s.dir, "branch", "other")
	rng := rand.New(rand.NewPCG(5, 5))
	store, enc := indexertest.NewStore(), &indexertest.Encoder{}
	r := s.open(s.dir)
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
				s.write(s.dir, map[string]string{path: fmt.Sprintf("package a\n\nfunc F%d() int {\n\treturn %d\n}\n", rng.IntN(9), rng.IntN(9))})
			}
		}
		src := r.WorkTree()
		if rng.IntN(2) == 0 {
			s.commit(s.dir, "step")
			if rng.IntN(2) == 0 {
				branch = map[string]string{"main": "other", "other": "main"}[branch]
				s.git(s.dir, "checkout", "-q", branch)
			}
			if rng.IntN(3) == 0 {
				src = r.Revision("HEAD")
			}
		}
		s.index(src, store, enc)
		fresh := indexertest.NewStore()
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
	r, err := Open(b.Context(), dir, Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	warm := indexertest.NewStore()
	run := func(b *testing.B, src indexer.Source, store *indexertest.Store) {
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
			warm = indexertest.NewStore()
			run(b, r.WorkTree(), warm)
		}
	})
	b.Run("unchanged", func(b *testing.B) {
		for b.Loop() {
			run(b, r.WorkTree(), warm)
		}
	})
	b.Run("revision", func(b *testing.B) {
		for b.Loop() {
			run(b, r.Revision("HEAD"), indexertest.NewStore())
		}
	})
}
