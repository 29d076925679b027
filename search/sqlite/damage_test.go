package sqlite_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"loradex/indexer"
	"loradex/internal/fault"
	"loradex/search/sqlite"
)

// TestDamagedVectorFiles spoils the derived files in many ways. Each time a search gives the same answer, from files
// made anew.
func TestDamagedVectorFiles(t *testing.T) {
	flip := func(at func(size int) int) func(t *testing.T, path string) {
		return func(t *testing.T, path string) {
			t.Helper()
			b, err := os.ReadFile(path)
			must(t, err)
			b[at(len(b))] ^= 0x10
			must(t, os.WriteFile(path, b, 0o600))
		}
	}
	truncate := func(size int64) func(t *testing.T, path string) {
		return func(t *testing.T, path string) { t.Helper(); must(t, os.Truncate(path, size)) }
	}
	remove := func(t *testing.T, path string) { t.Helper(); must(t, os.Remove(path)) }
	for _, c := range []struct {
		name, suffix string
		spoil        func(t *testing.T, path string)
	}{
		{"map's magic", ".map", flip(func(int) int { return 0 })},
		{"map's counts", ".map", flip(func(int) int { return 49 })},
		{"map's columns", ".map", flip(func(n int) int { return n / 2 })},
		{"map cut short", ".map", truncate(300)},
		{"map empty", ".map", truncate(0)},
		{"map gone", ".map", remove},
		{"map longer", ".map", func(t *testing.T, path string) {
			t.Helper()
			b, err := os.ReadFile(path)
			must(t, err)
			must(t, os.WriteFile(path, append(b, make([]byte, 64)...), 0o600))
		}},
		{"rows' header", ".rows", flip(func(int) int { return 16 })},
		{"rows' vectors", ".rows", flip(func(int) int { return 4096 + 4*dims + 3 })},
		{"last vector", ".rows", flip(func(n int) int { return n - 1 })},
		{"rows cut short", ".rows", truncate(5000)},
		{"rows gone", ".rows", remove},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			s := open(t, dir, sqlite.Options{})
			fill(t, s, 10, 6)
			must(t, s.Flush(t.Context()))
			want := top(t, s, "query", true)
			must(t, s.Close())
			paths := vectorFiles(t, dir, c.suffix)
			if len(paths) != 1 {
				t.Fatalf("files %v", paths)
			}
			c.spoil(t, paths[0])

			s = open(t, dir, sqlite.Options{})
			defer s.Close() //nolint:errcheck // checked below, but for a failure before
			report, err := s.Check(t.Context())
			must(t, err)
			if c.name != "map gone" && len(report.Derived) == 0 || len(report.Problems) > 0 {
				t.Errorf("Check says %+v", report)
			}
			for _, exact := range []bool{true, false} {
				if got := top(t, s, "query", exact); !slices.Equal(got, want) {
					t.Errorf("exact %v: %v, want %v", exact, got, want)
				}
			}
			must(t, s.Repair(t.Context()))
			report, err = s.Check(t.Context())
			must(t, err)
			if !report.OK() {
				t.Errorf("after Repair: %+v", report)
			}
			if got := top(t, s, "query", false); !slices.Equal(got, want) {
				t.Errorf("after Repair: %v, want %v", got, want)
			}
			must(t, s.Close())
		})
	}
}

// TestFileCutUnderSearch: a mapped file that is cut short faults when it is read; that must not end the process.
func TestFileCutUnderSearch(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, sqlite.Options{})
	fill(t, s, 10, 20)
	must(t, s.Close())
	for _, exact := range []bool{true, false} {
		s = open(t, dir, sqlite.Options{})
		must(t, s.Flush(t.Context()))
		want := top(t, s, "query", true)
		must(t, os.Truncate(vectorFiles(t, dir, ".rows")[0], 4096))
		if got := top(t, s, "query", exact); !slices.Equal(got, want) {
			t.Errorf("exact %v: %v, want %v", exact, got, want)
		}
		must(t, s.Close())
	}
}

// TestStaleVectorFiles: files of another database, or of a state that this one never had, do not count.
func TestStaleVectorFiles(t *testing.T) {
	a, b := t.TempDir(), t.TempDir()
	for i, dir := range []string{a, b} {
		s := open(t, dir, sqlite.Options{})
		fill(t, s, 4, 3)
		must(t, s.PutFiles(t.Context(), "c", []indexer.File{makeFile("f0.go", 2+i, 3)}))
		must(t, s.PutVectors(t.Context(), spaceID, vectorsOf(makeFile("f0.go", 2+i, 3))))
		must(t, s.PutRepo(t.Context(), indexer.RepoState{}))
		must(t, s.Close())
	}
	must(t, os.RemoveAll(filepath.Join(b, "vectors")))
	must(t, os.Rename(filepath.Join(a, "vectors"), filepath.Join(b, "vectors")))
	s := open(t, b, sqlite.Options{})
	defer s.Close() //nolint:errcheck // the test is about something else
	if hits := top(t, s, "common f0.go version3 chunk1", false); hits[0].Score < 0.999 {
		t.Errorf("vectors of another database are used: %v", hits)
	}
}

func TestDamagedDatabase(t *testing.T) {
	for name, spoil := range map[string]func(b []byte) []byte{
		"cut short": func(b []byte) []byte { return b[:len(b)/3] },
		"tiny":      func(b []byte) []byte { return b[:200] },
		"no header": func(b []byte) []byte {
			return append([]byte("not a database at all, but long enough to look at"), b[49:]...)
		},
		"pages lost": func(b []byte) []byte { clear(b[4096 : len(b)-4096]); return b },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := open(t, dir, sqlite.Options{})
			fill(t, s, 20, 10)
			must(t, s.Close())
			path := filepath.Join(dir, "index.db")
			b, err := os.ReadFile(path)
			must(t, err)
			must(t, os.WriteFile(path, spoil(b), 0o600))

			s, err = openIndex(t.Context(), dir, sqlite.Options{})
			if err == nil { // damage that shows only where it is read
				defer s.Close() //nolint:errcheck // damaged
				if report, checkErr := s.Check(t.Context()); checkErr == nil && report.OK() {
					t.Error("Check finds nothing")
				}
				_, err = s.At(t.Context(), nil, "f3.go", 0, 0)
			}
			if fault.CodeOf(err) != fault.Corrupt || !strings.Contains(fault.HintOf(err), "loradex clean") {
				t.Errorf("got %v (%s), hint %q", err, fault.CodeOf(err), fault.HintOf(err))
			}
		})
	}
}

func TestFormats(t *testing.T) {
	for name, c := range map[string]struct {
		statement string
		code      fault.Code
		says      []string
	}{
		"newer":       {"PRAGMA user_version = 7", fault.Unsupported, []string{"format 7", "formats up to 5"}},
		"another app": {"PRAGMA application_id = 42", fault.Corrupt, []string{"not an index"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			must(t, open(t, dir, sqlite.Options{}).Close())
			db, err := sql.Open("sqlite", filepath.Join(dir, "index.db"))
			must(t, err)
			_, err = db.ExecContext(t.Context(), c.statement)
			must(t, err)
			must(t, db.Close())
			for _, o := range []sqlite.Options{{}, {ReadOnly: true}} {
				_, err = sqlite.Open(t.Context(), dir, o)
				if fault.CodeOf(err) != c.code || fault.HintOf(err) == "" {
					t.Errorf("%+v: %v (%s)", o, err, fault.CodeOf(err))
				}
				for _, part := range c.says {
					if err != nil && !strings.Contains(err.Error(), part) {
						t.Errorf("%q does not say %q", err, part)
					}
				}
			}
		})
	}
}

// TestCheckComparesWithDatabase: files that hold together, but are not what the database says, are found.
func TestCheckComparesWithDatabase(t *testing.T) {
	for name, statement := range map[string]string{
		"another vector": "UPDATE vectors SET vector = (SELECT vector FROM vectors WHERE id = 2) WHERE id = 1",
		"a row too many": "DELETE FROM vectors WHERE id = 3",
		"a row missing":  "INSERT INTO chunks SELECT NULL, file_id, text_id, kind_id, 1, 1, '', '', '', '' FROM chunks WHERE id = 1",
	} {
		dir := t.TempDir()
		s := open(t, dir, sqlite.Options{})
		fill(t, s, 3, 3)
		must(t, s.Flush(t.Context()))
		db, err := sql.Open("sqlite", filepath.Join(dir, "index.db"))
		must(t, err)
		_, err = db.ExecContext(t.Context(), statement)
		must(t, err)
		must(t, db.Close())
		report, err := s.Check(t.Context())
		must(t, err)
		want := 1
		if name == "a row missing" {
			want = 2 // its words are missing, too
		}
		if len(report.Derived) != want {
			t.Errorf("%s: %+v", name, report)
		}
		must(t, s.Close())
	}
}
