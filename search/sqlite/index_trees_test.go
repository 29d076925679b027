package sqlite_test

import (
	"context"
	"fmt"
	"maps"
	"sync/atomic"
	"testing"

	"loradex/adapters"
	"loradex/adapters/adapterstest"
	"loradex/indexer"
	"loradex/indexer/indexertest"
	"loradex/search/sqlite"
)

// indexed runs the indexer over some files into a tree, and says what it did.
func indexed(t *testing.T, s *index, tree indexer.Tree, files map[string]string, stats bool, o indexer.Options) (r indexer.Report, read, cut, encoded int) {
	t.Helper()
	source := &indexertest.Source{Files: files}
	if stats {
		source.Stats = map[string]indexer.Stat{} // a work tree that nothing is known of
	}
	encoder := &indexertest.Encoder{}
	var cuts atomic.Int64
	o.Spaces = indexertest.Spaces("none")
	o.Split = func(_ context.Context, _ string, src []byte) ([]indexer.Chunk, error) {
		cuts.Add(1)
		return []indexer.Chunk{{StartLine: 1, EndLine: 1, Kind: "window", Text: string(src)}}, nil
	}
	r, err := indexer.Index(t.Context(), source, s.tree(tree), encoder, o)
	must(t, err)
	return r, int(source.Reads.Load()), int(cuts.Load()), len(encoder.Texts)
}

// TestIndexTrees: what one tree has seen, another neither reads nor cuts nor encodes; a work tree that goes from branch to
// branch reads what changed, and cuts and encodes nothing.
func TestIndexTrees(t *testing.T) {
	s := open(t, t.TempDir(), sqlite.Options{})
	defer s.Close() //nolint:errcheck // the test is about something else
	files := map[string]string{}
	for i := range 300 { // more than a batch
		files[fmt.Sprintf("f%d.go", i)] = fmt.Sprintf("package f%d\n", i)
	}
	branch := indexer.Tree{Branch: "b"}
	changed := maps.Clone(files)
	changed["f7.go"] = "package changed\n"
	changed["new.go"] = "package new\n"
	delete(changed, "f8.go")
	// The first run reads every file twice: once to find the order in which it stores them.
	for _, c := range []struct {
		what                                     string
		tree                                     indexer.Tree
		files                                    map[string]string
		stats, full                              bool
		indexed, removed, read, cut, encoded, in int
	}{
		{"first", indexer.Tree{}, files, false, false, 300, 0, 600, 300, 300, 300},
		{"a branch", branch, changed, false, false, 300, 0, 2, 2, 2, 300},
		{"again", branch, changed, false, false, 0, 0, 0, 0, 0, 300},
		{"the work tree goes there", indexer.Tree{}, changed, true, false, 2, 1, 300, 0, 0, 300},
		{"and back", indexer.Tree{}, files, true, false, 2, 1, 300, 0, 0, 300},
		{"a fork", indexer.Tree{Repo: "/fork"}, files, false, false, 300, 0, 0, 0, 0, 300},
		{"all anew", indexer.Tree{Repo: "/fork"}, files, false, true, 300, 0, 300, 300, 302, 300},
	} {
		r, read, cut, encoded := indexed(t, s, c.tree, c.files, c.stats, indexer.Options{Full: c.full})
		if r.Files.Indexed != c.indexed || r.Files.Removed != c.removed || read != c.read || cut != c.cut || encoded != c.encoded ||
			r.Chunks.Total != c.in || r.Spaces[0].Vectors != c.in || r.Coverage != 1 {
			c.files = nil // too many to print
			t.Errorf("%s: read %d, cut %d, encoded %d, %+v\nwant %+v", c.what, read, cut, encoded, r, c)
		}
	}
	report, err := s.Check(t.Context())
	must(t, err)
	if !report.OK() {
		t.Error(report)
	}
}

// TestLanguagesOfAllTrees: a language-wise index knows the languages of every tree.
func TestLanguagesOfAllTrees(t *testing.T) {
	s := open(t, t.TempDir(), sqlite.Options{})
	defer s.Close() //nolint:errcheck // the test is about something else
	indexed(t, s, indexer.Tree{Branch: "b"}, map[string]string{"a.rb": "puts 1\n"}, false, indexer.Options{})
	indexed(t, s, indexer.Tree{}, map[string]string{"a.go": "package a\n"}, false, indexer.Options{Languages: map[string]adapters.Mix{"go": adapterstest.Mix("mine")}})
	want := map[string]adapters.Mix{"go": adapterstest.Mix("mine"), "ruby": {}}
	for _, tree := range []indexer.Tree{{}, {Branch: "b"}} {
		state, err := s.tree(tree).Repo(t.Context())
		must(t, err)
		if !maps.Equal(state.Languages, want) {
			t.Errorf("%s: mixes %v, want %v", tree, state.Languages, want)
		}
	}
	indexed(t, s, indexer.Tree{Branch: "b"}, map[string]string{"a.rb": "puts 2\n"}, false, indexer.Options{})
	state, err := s.Repo(t.Context())
	must(t, err)
	if !maps.Equal(state.Languages, want) {
		t.Errorf("after a run over the other tree: mixes %v", state.Languages)
	}
}
