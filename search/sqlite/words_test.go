package sqlite_test

import (
	"context"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"loradex/indexer"
	"loradex/internal/fault"
	"loradex/search"
	"loradex/search/sqlite"
)

// prose returns a file of some chunks with words of a skewed distribution.
func prose(r *rand.Rand, path string, chunks int) indexer.File {
	f := indexer.File{Path: path, Language: []string{"go", "python"}[r.IntN(2)], Blob: fmt.Sprintf("%040d", r.Uint64())}
	for i := range chunks {
		var text strings.Builder
		for range 1 + r.IntN(30) {
			fmt.Fprintf(&text, "w%c ", 'a'+rune(math.Exp(r.Float64()*math.Log(26))))
		}
		f.Chunks = append(f.Chunks, indexer.Chunk{
			StartLine: i + 1, EndLine: i + 1, Kind: []string{"function", "type"}[r.IntN(2)], Text: text.String(), Symbol: "wa wz", Doc: "we",
		})
		f.Texts = append(f.Texts, text.String())
	}
	return f
}

// answers are what a store says to some queries, by place.
func answers(t *testing.T, s *index) (out []string) {
	t.Helper()
	for _, f := range []search.Filter{{}, {Languages: []string{"go"}}, {Paths: []string{"f1*"}}, {Kinds: []string{"type"}}, {Exclude: []search.Span{{Path: "f1.go", StartLine: 1, EndLine: 2}}}} {
		for _, terms := range [][]search.Term{
			{{Text: "wb", Weight: 1}}, {{Text: "wa", Weight: 0.2}, {Text: "wc", Weight: 1}, {Text: "wq", Weight: 2}}, {{Text: "f3", Weight: 1}, {Text: "we", Weight: 1}},
		} {
			hits, stats, err := s.Lexical(t.Context(), terms, f, 10_000)
			must(t, err)
			ids := make([]search.ID, len(hits))
			for i, h := range hits {
				ids[i] = h.ID
			}
			chunks, err := s.Chunks(t.Context(), nil, ids)
			must(t, err)
			var lines []string
			for i, c := range chunks {
				lines = append(lines, fmt.Sprintf("%s:%d %.4g", c.Path, c.Chunk.StartLine, hits[i].Score))
			}
			slices.Sort(lines) // equal scores are in the order of numbers, which differ
			out = append(out, fmt.Sprintf("%+v %s", *stats, strings.Join(lines, ", ")))
		}
	}
	return out
}

// TestWordsIncremental: whatever came and went, and however often the index was closed, the words are those of a new index.
func TestWordsIncremental(t *testing.T) {
	for seed := range uint64(2) {
		r := rand.New(rand.NewPCG(seed, 7))
		dir := t.TempDir()
		s := open(t, dir, sqlite.Options{})
		files := map[string]indexer.File{}
		for step := range 16 {
			path := fmt.Sprintf("f%d.go", r.IntN(12))
			switch _, there := files[path]; {
			case there && r.IntN(3) == 0:
				must(t, s.RemoveFiles(t.Context(), []string{path}))
				delete(files, path)
			default:
				chunks := 1 + r.IntN(12)
				if r.IntN(10) == 0 {
					chunks = 2500 // more than a search keeps in memory
				}
				f := prose(r, path, chunks)
				must(t, s.PutFiles(t.Context(), "c", []indexer.File{f}))
				files[path] = f
			}
			switch r.IntN(4) {
			case 0:
				must(t, s.Flush(t.Context()))
			case 1:
				must(t, s.Close())
				s = open(t, dir, sqlite.Options{})
			case 2:
				_, _, err := s.Lexical(t.Context(), search.Terms([]string{"wa"}), search.Filter{}, 10)
				must(t, err)
			}
			if step%8 != 7 {
				continue
			}
			fresh := open(t, t.TempDir(), sqlite.Options{})
			for _, path := range slices.Sorted(maps.Keys(files)) {
				must(t, fresh.PutFiles(t.Context(), "c", []indexer.File{files[path]}))
			}
			if got, want := answers(t, s), answers(t, fresh); !slices.Equal(got, want) {
				t.Fatalf("seed %d, step %d:\n got %.600s\nwant %.600s", seed, step, got, want)
			}
			if report, err := s.Check(t.Context()); err != nil || !report.OK() {
				t.Fatalf("seed %d: %+v, %v", seed, report, err)
			}
			must(t, fresh.Close())
		}
		must(t, s.Close())
	}
}

// TestWordFilesDamaged: whatever happens to the files, the words are made anew from the database.
func TestWordFilesDamaged(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 7))
	for name, spoil := range map[string]func(path string, b []byte) error{
		"a bit":         func(path string, b []byte) error { b[len(b)/3] ^= 4; return os.WriteFile(path, b, 0o600) },
		"the end":       func(path string, b []byte) error { return os.WriteFile(path, b[:len(b)-5], 0o600) },
		"empty":         func(path string, _ []byte) error { return os.WriteFile(path, nil, 0o600) },
		"gone":          func(path string, _ []byte) error { return os.Remove(path) },
		"something odd": func(path string, _ []byte) error { return os.WriteFile(path, []byte(strings.Repeat("x", 4096)), 0o600) },
	} {
		for _, what := range []string{"list", "*.words"} {
			for _, opened := range []bool{false, true} {
				dir := t.TempDir()
				s := open(t, dir, sqlite.Options{})
				must(t, s.PutFiles(t.Context(), "c", []indexer.File{prose(r, "f1.go", 300), prose(r, "f3.go", 20)}))
				want := answers(t, s)
				must(t, s.Flush(t.Context()))
				if !opened {
					must(t, s.Close())
				}
				paths, err := filepath.Glob(filepath.Join(dir, "words", what))
				must(t, err)
				if len(paths) == 0 {
					t.Fatal("no files")
				}
				for _, path := range paths {
					b, err := os.ReadFile(path)
					must(t, err)
					must(t, os.Remove(path)) // what is mapped stays as it was
					if name != "gone" {
						must(t, spoil(path, b))
					}
				}
				if !opened {
					s = open(t, dir, sqlite.Options{})
				}
				if got := answers(t, s); !slices.Equal(got, want) {
					t.Errorf("%s, %s, opened %v: other answers", name, what, opened)
				}
				must(t, s.Repair(t.Context()))
				if report, err := s.Check(t.Context()); err != nil || !report.OK() {
					t.Errorf("%s, %s: %+v, %v", name, what, report, err)
				}
				must(t, s.Close())
			}
		}
	}
}

// TestWordsWhileFilling: searches of other openers, with and without the right to write, find all that was stored before
// they began, while files are put, flushed and removed.
func TestWordsWhileFilling(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, sqlite.Options{})
	defer s.Close() //nolint:errcheck // the test is about something else
	r := rand.New(rand.NewPCG(1, 7))
	var mu sync.Mutex // guards stored
	stored := 0
	count := func() int { mu.Lock(); defer mu.Unlock(); return stored }
	must(t, s.PutFiles(t.Context(), "c", []indexer.File{prose(r, "first.go", 1)}))
	ctx, cancel := context.WithCancel(t.Context())
	var group sync.WaitGroup
	for i := range 3 {
		group.Go(func() {
			for ctx.Err() == nil {
				other, err := openIndex(ctx, dir, sqlite.Options{ReadOnly: i == 0})
				for range 5 {
					if err != nil {
						break
					}
					before := count()
					var hits []search.Scored
					hits, _, err = other.Lexical(ctx, search.Terms([]string{"we"}), search.Filter{Paths: []string{"g*"}}, 100_000)
					if err == nil && len(hits) < before {
						t.Errorf("%d hits, %d were stored", len(hits), before)
					}
				}
				if err != nil && fault.CodeOf(err) != fault.Canceled && ctx.Err() == nil {
					t.Error(err)
				}
				if other != nil {
					_ = other.Close()
				}
			}
		})
	}
	for i := range 40 {
		f := prose(r, fmt.Sprintf("g%d.go", i), 1+r.IntN(500))
		must(t, s.PutFiles(t.Context(), "c", []indexer.File{f}))
		mu.Lock()
		stored += len(f.Chunks)
		mu.Unlock()
		if i%7 == 0 {
			must(t, s.Flush(t.Context()))
		}
	}
	cancel()
	group.Wait()
}
