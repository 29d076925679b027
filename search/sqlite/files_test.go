package sqlite_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"loradex/indexer"
	"loradex/internal/fault"
	"loradex/search"
	"loradex/search/sqlite"
)

// TestVectorFilesGrow: a run that changes little appends to the rows file; nothing is written where nothing changed.
func TestVectorFilesGrow(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, sqlite.Options{})
	defer s.Close() //nolint:errcheck // the test is about something else
	fill(t, s, 10, 10)
	must(t, s.PutRepo(t.Context(), indexer.RepoState{}))
	rows := vectorFiles(t, dir, ".rows")
	before, err := os.Stat(rows[0])
	must(t, err)
	maps, err := os.Stat(vectorFiles(t, dir, ".map")[0])
	must(t, err)
	must(t, s.PutRepo(t.Context(), indexer.RepoState{Time: 1}))
	again, err := os.Stat(vectorFiles(t, dir, ".map")[0])
	must(t, err)
	if !os.SameFile(maps, again) {
		t.Error("the map was written though nothing changed")
	}
	f := makeFile("f3.go", 2, 10)
	f.Texts[0] = makeFile("f3.go", 1, 10).Texts[0] // one text stays
	must(t, s.PutFiles(t.Context(), "c", []indexer.File{f}))
	must(t, s.PutVectors(t.Context(), spaceID, vectorsOf(f)[1:]))
	must(t, s.PutRepo(t.Context(), indexer.RepoState{Time: 2}))
	after, err := os.Stat(rows[0])
	must(t, err)
	if now := vectorFiles(t, dir, ".rows"); !slices.Equal(now, rows) {
		t.Fatalf("a new build was made: %v", now)
	}
	if grown := after.Size() - before.Size(); grown != 9*dims*4 {
		t.Errorf("the rows file grew by %d bytes, want %d", grown, 9*dims*4)
	}
	if hits := top(t, s, f.Texts[5], false); hits[0].Score < 0.999 {
		t.Errorf("new vector not found: %v", hits)
	}
}

// TestDeadSlotsAreDropped: where most of the rows file is dead, the next run makes a new build.
func TestDeadSlotsAreDropped(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, sqlite.Options{})
	defer s.Close() //nolint:errcheck // the test is about something else
	fill(t, s, 3, 2000)
	must(t, s.Flush(t.Context()))
	builds := vectorFiles(t, dir, ".rows")
	must(t, s.RemoveFiles(t.Context(), []string{"f0.go", "f1.go", "f2.go"}))
	f := makeFile("small.go", 1, 3)
	must(t, s.PutFiles(t.Context(), "c", []indexer.File{f}))
	must(t, s.PutVectors(t.Context(), spaceID, vectorsOf(f)))
	must(t, s.Flush(t.Context()))
	now := vectorFiles(t, dir, ".rows")
	if len(now) != 1 || now[0] == builds[0] {
		t.Fatalf("rows files %v, before %v", now, builds)
	}
	info, err := os.Stat(now[0])
	must(t, err)
	if info.Size() != 4096+3*dims*4 {
		t.Errorf("the new build has %d bytes", info.Size())
	}
	if hits := top(t, s, f.Texts[1], false); len(hits) != 3 || hits[0].Score < 0.999 {
		t.Errorf("hits %v", hits)
	}
}

// TestSearchWritesFiles: where an indexing run was killed before it wrote the files, a search that misses much does.
func TestSearchWritesFiles(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, sqlite.Options{})
	fill(t, s, 3, 1000)
	must(t, s.Close())
	if files := vectorFiles(t, dir, ".map"); len(files) != 0 {
		t.Fatalf("files before a search: %v", files)
	}
	s = open(t, dir, sqlite.Options{})
	defer s.Close() //nolint:errcheck // the test is about something else
	top(t, s, "q", false)
	if files := vectorFiles(t, dir, ".map"); len(files) != 1 {
		t.Errorf("files after a search: %v", files)
	}
}

func TestOpenErrors(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(file, []byte("x"), 0o600))
	for name, c := range map[string]struct {
		dir  string
		o    sqlite.Options
		code fault.Code
	}{
		"nothing to read": {t.TempDir(), sqlite.Options{ReadOnly: true}, fault.NotFound},
		"no folder":       {filepath.Join(t.TempDir(), "none"), sqlite.Options{ReadOnly: true}, fault.NotFound},
		"negative number": {t.TempDir(), sqlite.Options{Candidates: -1}, fault.Invalid},
	} {
		if _, err := sqlite.Open(t.Context(), c.dir, c.o); fault.CodeOf(err) != c.code {
			t.Errorf("%s: %v (%s), want %s", name, err, fault.CodeOf(err), c.code)
		}
	}
	if _, err := sqlite.Open(t.Context(), file, sqlite.Options{}); err == nil {
		t.Error("a file was opened as a folder")
	}
	odd := filepath.Join(t.TempDir(), "ü #?%41 x") // all of it means something in a URI
	s := open(t, odd, sqlite.Options{})
	fill(t, s, 1, 1)
	must(t, s.Close())
	if _, err := os.Stat(filepath.Join(odd, "index.db")); err != nil {
		t.Error(err)
	}
}

// TestBusy: a second writer waits as long as it is told to, and then says who is in the way.
func TestBusy(t *testing.T) {
	dir := t.TempDir()
	a := open(t, dir, sqlite.Options{})
	defer a.Close() //nolint:errcheck // the test is about something else
	fill(t, a, 1, 1)
	release := lockDatabase(t, dir)
	b := open(t, dir, sqlite.Options{BusyTimeout: 1})
	defer b.Close() //nolint:errcheck // the test is about something else
	err := b.RemoveFiles(t.Context(), []string{"f0.go"})
	if fault.CodeOf(err) != fault.Conflict {
		t.Errorf("got %v (%s)", err, fault.CodeOf(err))
	}
	top(t, b, "q", false) // reading goes on
	release()
	must(t, b.RemoveFiles(t.Context(), []string{"f0.go"}))
}

func TestStatsAndCompact(t *testing.T) {
	s := open(t, t.TempDir(), sqlite.Options{})
	defer s.Close() //nolint:errcheck // the test is about something else
	fill(t, s, 4, 5)
	must(t, s.PutRepo(t.Context(), indexer.RepoState{}))
	must(t, s.RemoveFiles(t.Context(), []string{"f0.go"}))
	d, err := s.Describe(t.Context())
	must(t, err)
	st := d.Size
	if st.Files != 3 || st.Chunks != 15 || st.Texts != 20 || st.Vectors != 20 || st.ChunkLists != 1 || st.Spaces != 1 || st.DatabaseBytes == 0 || st.VectorBytes == 0 {
		t.Errorf("Describe = %+v", st)
	}
	want := top(t, s, "query", true)
	must(t, s.Compact(t.Context()))
	d, err = s.Describe(t.Context())
	must(t, err)
	if st = d.Size; st.Texts != 15 || st.Vectors != 15 {
		t.Errorf("after Compact: %+v", st)
	}
	if got := top(t, s, "query", true); !slices.Equal(got, want) {
		t.Errorf("Compact changed the answer: %v, was %v", got, want)
	}
	report, err := s.Check(t.Context())
	must(t, err)
	if !report.OK() {
		t.Errorf("Check: %+v", report)
	}
}

// TestCommonWordsCount: whatever part of a large index has a word, it finds and it scores.
func TestCommonWordsCount(t *testing.T) {
	s := open(t, t.TempDir(), sqlite.Options{})
	defer s.Close() //nolint:errcheck // the test is about something else
	var files []indexer.File
	for i := range 25 {
		files = append(files, makeFile(fmt.Sprintf("f%d.go", i), 1, 100))
	}
	must(t, s.PutFiles(t.Context(), "c", files))
	hits, stats, err := s.Lexical(t.Context(), search.Terms([]string{"common", "f3"}), search.Filter{}, 5000)
	must(t, err)
	if len(hits) != 2500 || stats.Terms[0].Chunks != 2500 || hits[2499].Score <= 0 {
		t.Errorf("%d hits, %+v", len(hits), stats)
	}
}

func TestClosedStore(t *testing.T) {
	defer fault.ExpectBugs()()
	s := open(t, t.TempDir(), sqlite.Options{})
	fill(t, s, 1, 1)
	must(t, s.Close())
	_, err := s.Dense(t.Context(), spaceID, vectorOf("q"), search.Filter{}, 1, false)
	if err == nil {
		t.Error("a closed store answers")
	}
	must(t, errors.Join(s.Close()))
}
