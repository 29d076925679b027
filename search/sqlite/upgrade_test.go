package sqlite_test

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"loradex/indexer"
	"loradex/internal/fault"
	"loradex/search"
	"loradex/search/sqlite"
	"loradex/search/tokens"
)

// This file tests the upgrade of an index of format 1, which testdata/format1/make.go.txt made when that was the format.

// answers1 is what that index answered then; see Answers in make.go.
type answers1 struct {
	Repo    indexer.RepoState
	Files   map[string]indexer.FileState
	Spaces  []indexer.SpaceState
	Dense   map[string][]hit1
	Lexical map[string][]hit1
	Vectors map[string]map[string]float32
	Pending map[string]int
}

type hit1 struct {
	ID    search.ID
	Path  string
	Line  int
	Score float32
}

// vector1 is Vector of make.go.
func vector1(text string, dims int) []float32 {
	v := make([]float32, dims)
	var square float64
	for i := range v {
		sum := sha256.Sum256(fmt.Appendf(nil, "%d %s", i, text))
		v[i] = float32(binary.LittleEndian.Uint16(sum[:]))/math.MaxUint16 - 0.5
		square += float64(v[i]) * float64(v[i])
	}
	for i := range v {
		v[i] /= float32(math.Sqrt(square))
	}
	return v
}

// format1 returns a folder with the old index.
func format1(t *testing.T) (dir string, want answers1) {
	t.Helper()
	dir = t.TempDir()
	db, err := os.ReadFile(filepath.Join("testdata", "format1", "index.db"))
	must(t, err)
	must(t, os.WriteFile(filepath.Join(dir, "index.db"), db, 0o600))
	text, err := os.ReadFile(filepath.Join("testdata", "format1", "answers.json"))
	must(t, err)
	must(t, json.Unmarshal(text, &want))
	for path, f := range want.Files {
		f.Chunker = "c1" // which was the index's then
		want.Files[path] = f
	}
	return dir, want
}

// TestUpgrade: an index of format 1 opens, answers as it did, and has every vector that it had.
func TestUpgrade(t *testing.T) {
	dir, want := format1(t)
	counter := fileCounter(t, dir)
	for _, what := range []string{"upgraded", "opened again"} {
		s := open(t, dir, sqlite.Options{})
		sameAnswers(t, s, want, what)
		report, err := s.Check(t.Context())
		must(t, err)
		if !report.OK() {
			t.Errorf("%s: %v", what, report)
		}
		must(t, s.Close())
	}
	s := open(t, dir, sqlite.Options{})
	defer s.Close() //nolint:errcheck // the test is about something else
	for path := range want.Files {
		chunks, err := s.At(t.Context(), nil, path, 0, 0)
		must(t, err)
		for _, c := range chunks {
			var symbols []indexer.Symbol
			if c.Chunk.Symbol != "" {
				symbols = []indexer.Symbol{{Name: c.Chunk.Symbol, Kind: c.Chunk.Kind, StartLine: c.Chunk.StartLine, EndLine: c.Chunk.EndLine}}
			}
			if !reflect.DeepEqual(c.Chunk.Symbols, symbols) {
				t.Errorf("%s:%d: symbols %+v of %q", path, c.Chunk.StartLine, c.Chunk.Symbols, c.Chunk.Symbol)
			}
		}
	}
	if now := fileCounter(t, dir); now != counter || counter <= len(want.Files) {
		t.Errorf("the counter of files was %d, and is %d: numbers of files that are gone would come back", counter, now)
	}
	f := makeFile("new.go", 1, 1)
	f.Blob = want.Files["api/server.go"].Blob
	must(t, s.PutFiles(t.Context(), "c1", []indexer.File{f}))
	shared, err := s.tree(indexer.Tree{Branch: "b"}).Shared(t.Context(), "c1")
	must(t, err)
	if len(shared) != len(want.Files)+1 {
		t.Errorf("another tree can share %v", shared)
	}
}

func sameAnswers(t *testing.T, s *index, want answers1, what string) {
	t.Helper()
	ctx := t.Context()
	repo, err := s.Repo(ctx)
	must(t, err)
	files, err := s.Files(ctx)
	must(t, err)
	spaces, err := s.Spaces(ctx)
	must(t, err)
	if !reflect.DeepEqual(repo, want.Repo) || !reflect.DeepEqual(files, want.Files) || !reflect.DeepEqual(spaces, want.Spaces) {
		t.Errorf("%s: %v\n%v\n%v\nbefore %v\n%v\n%v", what, repo, files, spaces, want.Repo, want.Files, want.Spaces)
	}
	all, err := s.Describe(ctx)
	trees := all.Trees
	must(t, err)
	if len(trees) != 1 || trees[0].Tree != (indexer.Tree{}) || trees[0].Files != len(want.Files) {
		t.Errorf("%s: trees %v", what, trees)
	}
	for _, sp := range spaces {
		id := sp.Space.ID
		hits, err := s.Dense(ctx, id, vector1("question", sp.Space.Dimensions), search.Filter{}, 100, true)
		must(t, err)
		if got := places1(t, s, hits); !slices.Equal(got, want.Dense[id]) {
			t.Errorf("%s: space %s\n got %v\nwant %v", what, id, got, want.Dense[id])
		}
		for _, h := range hits {
			v, err := s.Vectors(ctx, id, []search.ID{h.ID})
			must(t, err)
			if v[0][0] != want.Vectors[id][fmt.Sprint(h.ID)] {
				t.Errorf("%s: another vector of chunk %d", what, h.ID)
			}
		}
		_, n, err := s.Pending(ctx, id, "", 0)
		must(t, err)
		if n != want.Pending[id] {
			t.Errorf("%s: %d texts pending, before %d", what, n, want.Pending[id])
		}
	}
	for query, want := range want.Lexical {
		hits, _, err := s.Lexical(ctx, search.Terms(tokens.Unique(query)), search.Filter{}, 100)
		must(t, err)
		got := places1(t, s, hits)
		if !slices.EqualFunc(got, want, sameChunk) { // the scores are others: common words weigh more since format 4
			t.Errorf("%s: %q\n got %v\nwant %v", what, query, got, want)
		}
	}
}

// sameChunk says whether two hits are of one chunk.
func sameChunk(a, b hit1) bool {
	a.Score = b.Score
	return a == b
}

func places1(t *testing.T, s *index, hits []search.Scored) []hit1 {
	t.Helper()
	ids := make([]search.ID, len(hits))
	for i, h := range hits {
		ids[i] = h.ID
	}
	chunks, err := s.Chunks(t.Context(), nil, ids)
	must(t, err)
	out := make([]hit1, len(chunks))
	for i, c := range chunks {
		out[i] = hit1{hits[i].ID, c.Path, c.Chunk.StartLine, hits[i].Score}
	}
	return out
}

// childUpgrades runs the upgrade of format 1 with so little memory that all of it goes to the disk, and kills itself
// before the end.
func childUpgrades(dir string) error {
	ctx := context.Background()
	db, err := sql.Open("sqlite", filepath.Join(dir, "index.db")+"?_txlock=immediate&_pragma=journal_mode(WAL)&_pragma=cache_size(1)")
	if err != nil {
		return err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, sqlite.Migrations[0]); err != nil {
		return err
	}
	me, err := os.FindProcess(os.Getpid())
	if err != nil {
		return err
	}
	if err := me.Kill(); err != nil {
		return err
	}
	select {} // until the signal is there
}

// userVersion reads the format of an index past the store.
func userVersion(t *testing.T, dir string) int {
	t.Helper()
	return number(t, dir, "PRAGMA user_version")
}

// fileCounter reads the greatest number that a file ever had.
func fileCounter(t *testing.T, dir string) int {
	t.Helper()
	return number(t, dir, "SELECT seq FROM sqlite_sequence WHERE name = 'files'")
}

func number(t *testing.T, dir, query string) int {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(dir, "index.db"))
	must(t, err)
	defer db.Close() //nolint:errcheck // only read
	var n int
	must(t, db.QueryRowContext(t.Context(), query).Scan(&n))
	return n
}

// TestUpgradeKilled kills a process in the middle of the upgrade: the index is of format 1 afterwards, and upgrades.
func TestUpgradeKilled(t *testing.T) {
	dir, want := format1(t)
	cmd := child(t, "upgrade", dir)
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil || cmd.ProcessState.Exited() {
		t.Fatalf("the upgrade was not killed: %v, %s", err, out)
	}
	if version := userVersion(t, dir); version != 1 {
		t.Fatalf("after the kill the format is %d: %s", version, out)
	}
	s := open(t, dir, sqlite.Options{})
	defer s.Close() //nolint:errcheck // the test is about something else
	sameAnswers(t, s, want, "after a kill")
}

// TestUpgradeReadOnly: who may not write is told what to do.
func TestUpgradeReadOnly(t *testing.T) {
	dir, _ := format1(t)
	_, err := sqlite.Open(t.Context(), dir, sqlite.Options{ReadOnly: true})
	if fault.CodeOf(err) != fault.Unsupported || fault.HintOf(err) == "" {
		t.Errorf("got %v (%s)", err, fault.HintOf(err))
	}
	if version := userVersion(t, dir); version != 1 {
		t.Errorf("the format is %d now", version)
	}
}

// TestUpgradeWords: an index of format 2 gets its words derived again from its texts, and the symbols that it lacks.
func TestUpgradeWords(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, sqlite.Options{})
	f := makeFile("a.md", 1, 1)
	f.Chunks[0].Text, f.Chunks[0].Symbol, f.Chunks[0].Kind = "月間上限は", "A, B.c, …", "function"
	must(t, s.PutFiles(t.Context(), "c", []indexer.File{f}))
	must(t, s.Close())
	db, err := sql.Open("sqlite", filepath.Join(dir, "index.db"))
	must(t, err)
	for _, statement := range append(toFormat4(),
		"DROP TABLE symbols", "CREATE TABLE common_terms (term TEXT PRIMARY KEY, chunks INTEGER NOT NULL) WITHOUT ROWID",
		"CREATE VIRTUAL TABLE fts USING fts5 (symbol, path, doc, body, content='', contentless_delete=1, tokenize='ascii')",
		"CREATE VIRTUAL TABLE fts_terms USING fts5vocab (fts, row)",
		"INSERT INTO fts (rowid, symbol, path, doc, body) VALUES (1, 'a b c', 'a md', '', '月間上限は')", "PRAGMA user_version = 2",
	) {
		_, err := db.ExecContext(t.Context(), statement)
		must(t, err)
	}
	must(t, db.Close())
	must(t, os.RemoveAll(filepath.Join(dir, "words")))
	s = open(t, dir, sqlite.Options{})
	defer s.Close() //nolint:errcheck // the test is about something else
	hits, _, err := s.Lexical(t.Context(), search.Terms(tokens.Unique("上限")), search.Filter{}, 10)
	must(t, err)
	if len(hits) != 1 {
		t.Fatalf("the words of the old index were not derived again: %v", hits)
	}
	chunks, err := s.Chunks(t.Context(), nil, []search.ID{hits[0].ID})
	must(t, err)
	c := chunks[0].Chunk
	want := []indexer.Symbol{{Name: "A", Kind: "function", StartLine: c.StartLine, EndLine: c.EndLine}, {Name: "B.c", Kind: "function", StartLine: c.StartLine, EndLine: c.EndLine}}
	if !reflect.DeepEqual(c.Symbols, want) {
		t.Errorf("symbols %+v, want %+v", c.Symbols, want)
	}
	if report, err := s.Check(t.Context()); err != nil || !report.OK() {
		t.Errorf("%v %v", report, err)
	}
}

// toFormat4 are the statements that make an index of format 4 of one that this build wrote: a row for each file of a tree.
func toFormat4() []string {
	return []string{
		"ALTER TABLE members RENAME TO ranges",
		`CREATE TABLE members (tree_id INTEGER NOT NULL, file_id INTEGER NOT NULL,
			stat_size INTEGER NOT NULL, stat_mtime INTEGER NOT NULL, stat_inode INTEGER NOT NULL, stat_mode INTEGER NOT NULL,
			PRIMARY KEY (tree_id, file_id)) WITHOUT ROWID`,
		"CREATE INDEX members_file ON members (file_id)",
		`INSERT INTO members SELECT r.tree_id, f.id, coalesce(s.size, 0), coalesce(s.mtime, 0), coalesce(s.inode, 0), coalesce(s.mode, 0)
			FROM ranges r CROSS JOIN files f ON f.id BETWEEN r.first AND r.last LEFT JOIN stats s ON s.tree_id = r.tree_id AND s.file_id = f.id`,
		"DROP TABLE ranges", "DROP TABLE stats",
		"PRAGMA user_version = 4",
	}
}

// TestUpgradeMembers: an index of format 4 has the same files in the same trees afterwards, with their stat data.
func TestUpgradeMembers(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, sqlite.Options{})
	trees := []indexer.Tree{{}, {Branch: "side"}, {Rev: "0123"}}
	for i, tree := range trees {
		in := s.tree(tree)
		for n := range 40 {
			if n%(i+2) == 0 { // neither of them has all, so there are gaps
				continue
			}
			f := makeFile(fmt.Sprintf("f%02d.md", n), 1+n%7/6*i, 1)
			f.Stat = indexer.Stat{}
			if i == 0 {
				f.Stat = indexer.Stat{Size: int64(n), ModTime: -7, Inode: 1<<63 + 1, Mode: 0o644}
			}
			must(t, in.PutFiles(t.Context(), "c", []indexer.File{f}))
		}
		must(t, in.PutRepo(t.Context(), indexer.RepoState{Repo: "/r", Time: int64(i + 1)}))
	}
	all := func() (out []any) {
		for _, tree := range trees {
			files, err := s.tree(tree).Files(t.Context())
			must(t, err)
			out = append(out, files)
		}
		return out
	}
	want := all()
	must(t, s.Close())
	db, err := sql.Open("sqlite", filepath.Join(dir, "index.db"))
	must(t, err)
	for _, statement := range toFormat4() {
		_, err := db.ExecContext(t.Context(), statement)
		must(t, err)
	}
	must(t, db.Close())
	s = open(t, dir, sqlite.Options{})
	defer s.Close() //nolint:errcheck // the test is about something else
	if got := all(); !reflect.DeepEqual(got, want) {
		t.Errorf("after the upgrade\n got %v\nwant %v", got, want)
	}
	if report, err := s.Check(t.Context()); err != nil || !report.OK() {
		t.Errorf("%v %v", report, err)
	}
	must(t, s.RemoveTrees(t.Context(), trees[0], trees[2]))
	if report, err := s.Check(t.Context()); err != nil || !report.OK() {
		t.Errorf("after a removal: %v %v", report, err)
	}
	files, err := s.tree(trees[1]).Files(t.Context())
	must(t, err)
	if !reflect.DeepEqual(any(files), want[1]) {
		t.Errorf("the tree that is left has %v", files)
	}
}
