package sqlite_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"loradex/embed"
	"loradex/indexer"
	"loradex/search"
	"loradex/search/sqlite"
)

// This file tests that small changes are written as deltas, and that maps, deltas and memory together are what the
// database says.

// TestSmallChangeLeavesTheMap: a change of a few files writes its own vectors and a delta; many changes, a new map.
func TestSmallChangeLeavesTheMap(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, sqlite.Options{})
	fillAtOnce(t, s, 60, 100)
	must(t, s.Flush(t.Context()))
	mapFile := vectorFiles(t, dir, ".map")[0]
	first, err := os.Stat(mapFile)
	must(t, err)
	change := func(version int) {
		t.Helper()
		var files []indexer.File
		var vectors []indexer.TextVector
		for i := range 10 {
			files = append(files, makeFile(fmt.Sprintf("f%d.go", (version*10+i)%60), version, 100))
			vectors = append(vectors, vectorsOf(files[i])...)
		}
		must(t, s.PutFiles(t.Context(), "c", files))
		must(t, s.PutVectors(t.Context(), spaceID, vectors))
		must(t, s.Flush(t.Context()))
	}
	change(2)
	now, err := os.Stat(mapFile)
	must(t, err)
	deltas := vectorFiles(t, dir, ".delta")
	if !os.SameFile(first, now) || len(deltas) != 1 {
		t.Fatalf("a small change wrote the map; deltas %v", deltas)
	}
	delta, err := os.Stat(deltas[0])
	must(t, err)
	if delta.Size() > now.Size()/3 {
		t.Errorf("the delta of 1,000 chunks has %d bytes, the map of 6,000 %d", delta.Size(), now.Size())
	}
	compare := func(when string) {
		t.Helper()
		want := fromDatabase(t, s, dir, "query")
		if got := top(t, s, "query", true); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", when, got[:5], want[:5])
		}
	}
	compare("with a delta")
	must(t, s.Close())
	s = open(t, dir, sqlite.Options{})
	defer s.Close() //nolint:errcheck // checked below, but for a failure before
	compare("opened again")
	for version := 3; version < 8; version++ {
		change(version)
		compare(fmt.Sprintf("version %d", version))
	}
	// The number of a file that went may come again, its time does not.
	if now, err = os.Stat(mapFile); err != nil || os.SameFile(first, now) && first.ModTime().Equal(now.ModTime()) {
		t.Errorf("6,000 new chunks have not brought a new map: %v", err)
	}
	report, err := s.Check(t.Context())
	must(t, err)
	if !report.OK() {
		t.Errorf("%+v", report)
	}
	must(t, s.Close())
}

// fillAtOnce is fill in two transactions.
func fillAtOnce(t *testing.T, s *index, n, chunks int) {
	t.Helper()
	must(t, s.PutSpace(t.Context(), embed.Space{ID: spaceID, Dimensions: dims}, true))
	var files []indexer.File
	var vectors []indexer.TextVector
	for i := range n {
		files = append(files, makeFile(fmt.Sprintf("f%d.go", i), 1, chunks))
		vectors = append(vectors, vectorsOf(files[i])...)
	}
	must(t, s.PutFiles(t.Context(), "c", files))
	must(t, s.PutVectors(t.Context(), spaceID, vectors))
}

// fromDatabase returns the best hits of a copy of the index that has no vector files.
func fromDatabase(t *testing.T, s *index, dir, query string) []search.Scored {
	t.Helper()
	copied := t.TempDir()
	for _, suffix := range []string{"", "-wal"} {
		b, err := os.ReadFile(filepath.Join(dir, "index.db"+suffix))
		if err != nil && suffix != "" {
			continue
		}
		must(t, err)
		must(t, os.WriteFile(filepath.Join(copied, "index.db"+suffix), b, 0o600))
	}
	fresh := open(t, copied, sqlite.Options{})
	defer fresh.Close() //nolint:errcheck // a copy
	if a, err := s.ChunkCount(t.Context()); err != nil || a == 0 {
		t.Fatalf("%d chunks, %v", a, err)
	}
	return top(t, fresh, query, true)
}

// TestChangesInAnyOrder does what comes to pass in an index's life, in an order of chance, and compares each time with
// the database alone: all that count are found, nothing else, filters and vectors of single chunks too.
func TestChangesInAnyOrder(t *testing.T) {
	dir := t.TempDir()
	r := rand.New(rand.NewPCG(1, 9))
	s := open(t, dir, sqlite.Options{})
	must(t, s.PutSpace(t.Context(), embed.Space{ID: spaceID, Dimensions: dims}, true))
	defer func() { must(t, s.Close()) }()
	for step := range 40 {
		var files []indexer.File
		for range 1 + r.IntN(4) {
			files = append(files, makeFile(fmt.Sprintf("f%d.go", r.IntN(25)), r.IntN(6), 1+r.IntN(40)))
		}
		switch r.IntN(6) {
		case 0:
			must(t, s.RemoveFiles(t.Context(), []string{files[0].Path}))
		case 1: // vectors that come later, or never
			must(t, s.PutFiles(t.Context(), "c", files))
		case 2: // vectors of texts that no chunk has yet, or that have one already
			must(t, s.PutVectors(t.Context(), spaceID, vectorsOf(files[0])))
		default:
			must(t, s.PutFiles(t.Context(), "c", files))
			for _, f := range files {
				must(t, s.PutVectors(t.Context(), spaceID, vectorsOf(f)))
			}
		}
		switch r.IntN(4) {
		case 0:
			must(t, s.Flush(t.Context()))
		case 1:
			must(t, s.Close())
			s = open(t, dir, sqlite.Options{})
		}
		if step%4 > 0 {
			continue
		}
		n, err := s.ChunkCount(t.Context())
		must(t, err)
		if n == 0 {
			continue
		}
		want := fromDatabase(t, s, dir, "query")
		got := top(t, s, "query", true)
		if !slices.Equal(got, want) {
			t.Fatalf("step %d: %d hits, want %d:\n%v\n%v", step, len(got), len(want), got, want)
		}
		if len(got) == 0 {
			continue
		}
		v, err := s.Vectors(t.Context(), spaceID, []search.ID{got[0].ID})
		must(t, err)
		chunks, err := s.Chunks(t.Context(), nil, []search.ID{got[0].ID})
		must(t, err)
		if !slices.Equal(v[0], vectorOf(chunks[0].Chunk.Text)) {
			t.Fatalf("step %d: the vector of chunk %d", step, got[0].ID)
		}
		in, err := s.Dense(t.Context(), spaceID, vectorOf("query"), search.Filter{Paths: []string{chunks[0].Path}}, 100, true)
		must(t, err)
		if len(in) == 0 || in[0] != got[0] {
			t.Fatalf("step %d: in %s %v, want %v first", step, chunks[0].Path, in, got[0])
		}
	}
	report, err := s.Check(t.Context())
	must(t, err)
	if !report.OK() {
		t.Errorf("%+v", report)
	}
}

// TestDamagedDelta: like a damaged map, it is noticed, and everything is made anew.
func TestDamagedDelta(t *testing.T) {
	for name, spoil := range map[string]func(b []byte) []byte{
		"a bit":     func(b []byte) []byte { b[len(b)/2] ^= 4; return b },
		"cut short": func(b []byte) []byte { return b[:len(b)-64] },
		"empty":     func([]byte) []byte { return nil },
	} {
		dir := t.TempDir()
		s := open(t, dir, sqlite.Options{})
		fill(t, s, 10, 6)
		must(t, s.Flush(t.Context()))
		must(t, s.PutFiles(t.Context(), "c", []indexer.File{makeFile("f1.go", 2, 8)}))
		must(t, s.PutVectors(t.Context(), spaceID, vectorsOf(makeFile("f1.go", 2, 8))))
		must(t, s.Flush(t.Context()))
		want := top(t, s, "query", true)
		must(t, s.Close())
		path := vectorFiles(t, dir, ".delta")[0]
		b, err := os.ReadFile(path)
		must(t, err)
		must(t, os.WriteFile(path, spoil(b), 0o600))
		s = open(t, dir, sqlite.Options{})
		report, err := s.Check(t.Context())
		must(t, err)
		if len(report.Derived) == 0 {
			t.Errorf("%s: Check finds nothing", name)
		}
		if got := top(t, s, "query", true); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
		must(t, s.Repair(t.Context()))
		if report, err = s.Check(t.Context()); err != nil || !report.OK() {
			t.Errorf("%s, after Repair: %+v, %v", name, report, err)
		}
		must(t, s.Close())
	}
}

// TestCompactionOfDamage: where a vector that a new build would copy is damaged, the run takes all from the database.
func TestCompactionOfDamage(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, sqlite.Options{})
	defer s.Close() //nolint:errcheck // the test is about something else
	fillAtOnce(t, s, 4, 2500)
	must(t, s.Flush(t.Context()))
	rows := vectorFiles(t, dir, ".rows")[0]
	b, err := os.ReadFile(rows)
	must(t, err)
	b[len(b)-5] ^= 1 // the last vector of f3.go, which stays
	must(t, os.WriteFile(rows, b, 0o600))
	must(t, s.RemoveFiles(t.Context(), []string{"f0.go", "f1.go", "f2.go"}))
	must(t, s.Flush(t.Context()))
	if now := vectorFiles(t, dir, ".rows"); len(now) != 1 || now[0] == rows {
		t.Fatalf("no new build: %v", now)
	}
	report, err := s.Check(t.Context())
	must(t, err)
	if got, want := top(t, s, "query", true), fromDatabase(t, s, dir, "query"); !report.OK() || !slices.Equal(got, want) {
		t.Errorf("%+v", report)
	}
}
