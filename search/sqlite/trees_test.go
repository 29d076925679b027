package sqlite_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"loradex/indexer"
	"loradex/search"
	"loradex/search/sqlite"
	"loradex/search/tokens"
)

// holds returns the files of an index folder that have a text in them, in any case: words are stored in lower case.
func holds(t *testing.T, dir, text string) []string {
	t.Helper()
	var out []string
	must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if bytes.Contains(bytes.ToLower(data), []byte(text)) {
			out = append(out, filepath.Base(path))
		}
		return err
	}))
	return out
}

// TestRemoveTreesLeavesNothing: after a tree was removed its words, names and vectors are in no file of the index, not
// even in free places.
func TestRemoveTreesLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, sqlite.Options{})
	fill(t, s, 20, 5)
	secret := indexer.Tree{Repo: "/secretrepository"}
	other := s.tree(secret)
	const chunks = 40
	f := indexer.File{Path: "hidden/secretpath.go", Language: "go", Blob: fmt.Sprintf("%040d", 77)}
	for i := range chunks {
		text := fmt.Sprintf("common secretword%d long enough to fill pages %s", i, bytes.Repeat([]byte("x "), 400))
		f.Chunks = append(f.Chunks, indexer.Chunk{StartLine: i + 1, EndLine: i + 1, Kind: "secretkind", Symbol: "SecretSymbol", Doc: "secretdoc", Text: text})
		f.Texts = append(f.Texts, text)
	}
	must(t, other.PutFiles(t.Context(), "c", []indexer.File{f}))
	must(t, other.PutVectors(t.Context(), spaceID, vectorsOf(f)))
	must(t, other.PutRepo(t.Context(), indexer.RepoState{Repo: "/secretrepository"}))
	// An earlier version of a file leaves texts behind, too.
	old := f
	old.Blob, old.Chunks, old.Texts = fmt.Sprintf("%040d", 78), f.Chunks[:3], []string{"secretold 1", "secretold 2", "secretold 3"}
	must(t, other.PutFiles(t.Context(), "c", []indexer.File{old}))
	must(t, other.PutFiles(t.Context(), "c", []indexer.File{f}))
	must(t, s.Close())
	if holds(t, dir, "secretword") == nil || holds(t, dir, "secretold") == nil || holds(t, dir, "secretrepository") == nil {
		t.Fatal("the test looks in the wrong place")
	}
	s = open(t, dir, sqlite.Options{})
	_ = top(t, s, "q", false) // a reader has the old state in use
	must(t, s.RemoveTrees(t.Context(), secret))
	for _, when := range []string{"while the index is open", "after it was closed"} {
		if found := holds(t, dir, "secret"); found != nil {
			t.Errorf("%s, %v still have it", when, found)
		}
		for _, v := range vectorsOf(f)[:3] {
			if found := holds(t, dir, string(bytes.ToLower(sqlite.VectorBytes(v.Vector)[:16]))); found != nil {
				t.Errorf("%s, %v still have a vector", when, found)
			}
		}
		if when == "while the index is open" {
			report, err := s.Check(t.Context())
			must(t, err)
			if !report.OK() {
				t.Error(report)
			}
			if hits := top(t, s, "q", false); len(hits) != 100 {
				t.Errorf("%d hits are left", len(hits))
			}
			must(t, s.Close())
		}
	}
}

// TestOneTreeCostsNothing: where a search names the only tree, no list of files is made.
func TestOneTreeCostsNothing(t *testing.T) {
	s := open(t, t.TempDir(), sqlite.Options{})
	defer s.Close() //nolint:errcheck // the test is about something else
	fill(t, s, 3, 5)
	own := search.Filter{Trees: []indexer.Tree{{}}}
	a, err := s.Dense(t.Context(), spaceID, vectorOf("q"), own, 10, false)
	must(t, err)
	b, err := s.Dense(t.Context(), spaceID, vectorOf("q"), search.Filter{}, 10, false)
	must(t, err)
	if !slices.Equal(a, b) || s.HasCatalog() {
		t.Errorf("%v and %v, a list of files was made: %v", a, b, s.HasCatalog())
	}
	must(t, s.tree(indexer.Tree{Branch: "b"}).PutFiles(t.Context(), "c", []indexer.File{makeFile("g.go", 1, 1)}))
	if _, err := s.Dense(t.Context(), spaceID, vectorOf("q"), own, 10, false); err != nil || !s.HasCatalog() {
		t.Errorf("with two trees: %v, a list of files was made: %v", err, s.HasCatalog())
	}
}

// TestLongFileLists: a filter that most files pass is asked as one for the few that do not.
func TestLongFileLists(t *testing.T) {
	s := open(t, t.TempDir(), sqlite.Options{})
	defer s.Close() //nolint:errcheck // the test is about something else
	fill(t, s, 12, 2)
	must(t, s.tree(indexer.Tree{Branch: "b"}).PutFiles(t.Context(), "c", []indexer.File{makeFile("f3.go", 2, 2), makeFile("g.go", 1, 2)}))
	for _, c := range []struct {
		filter search.Filter
		want   int
	}{
		{search.Filter{}, 28},
		{search.Filter{Trees: []indexer.Tree{{}}}, 24},
		{search.Filter{Trees: []indexer.Tree{{Branch: "b"}}}, 4},
		{search.Filter{Trees: []indexer.Tree{{}}, Paths: []string{"f?.go"}}, 20},
		{search.Filter{Trees: []indexer.Tree{{Branch: "b"}}, Paths: []string{"f?.go"}}, 2},
		{search.Filter{Paths: []string{"f[0-9]*.go"}}, 26},
		{search.Filter{Trees: []indexer.Tree{}}, 0},
	} {
		hits, _, err := s.Lexical(t.Context(), search.Terms(tokens.Unique("common")), c.filter, 1000)
		must(t, err)
		if len(hits) != c.want {
			t.Errorf("%v: %d hits, want %d", c.filter, len(hits), c.want)
		}
	}
}
