package indexertest

import (
	"context"
	"reflect"
	"testing"

	"loradex/indexer"
	"loradex/internal/fault"
)

// Run runs what the indexer relies on over a store: what it writes is what it reads back. open returns a new store, and
// closes it when the test ends. search/storetest runs it, too.
func Run(t *testing.T, open func(t *testing.T) indexer.Store) {
	for _, c := range []struct {
		name string
		run  func(t *testing.T, s store)
	}{
		{"Empty", testEmpty},
		{"PutReplaces", testPutReplaces},
		{"PutIsIdempotent", testPutIsIdempotent},
		{"PutRefusesBadFiles", testPutRefusesBadFiles},
		{"Remove", testRemove},
		{"Touch", testTouch},
		{"ChunkListCache", testChunkListCache},
		{"RepoState", testRepoState},
		{"Pending", testPending},
		{"PendingOfCachedTexts", testPendingOfCachedTexts},
		{"Covered", testCovered},
		{"Spaces", testSpaces},
		{"DropSpace", testDropSpace},
		{"UnknownSpace", testUnknownSpace},
		{"BadVectors", testBadVectors},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, store{open(t)}) })
	}
}

// store adds what the tests ask for again and again.
type store struct{ indexer.Store }

// pending returns the number of texts that lack a vector in a space.
func (s store) pending(t *testing.T, space string) int {
	t.Helper()
	_, n, err := s.Pending(t.Context(), space, "", 0)
	must(t, err)
	return n
}

// encodeAll gives every pending text of a space its vector.
func (s store) encodeAll(ctx context.Context, t *testing.T, space string, dims int) {
	t.Helper()
	page, _, err := s.Pending(ctx, space, "", 1000)
	must(t, err)
	var vectors []indexer.TextVector
	for _, p := range page {
		vectors = append(vectors, indexer.TextVector{Digest: p.Digest, Vector: UnitVector(p.Text, dims)})
	}
	must(t, s.PutVectors(ctx, space, vectors))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%v (%s)", err, fault.CodeOf(err))
	}
}

func wantCode(t *testing.T, err error, code fault.Code, what string) {
	t.Helper()
	if err == nil || fault.CodeOf(err) != code {
		t.Errorf("%s: got %v (%s), want code %s", what, err, fault.CodeOf(err), code)
	}
}

func testEmpty(t *testing.T, s store) {
	ctx := t.Context()
	files, err := s.Files(ctx)
	must(t, err)
	spaces, err := s.Spaces(ctx)
	must(t, err)
	repo, err := s.Repo(ctx)
	must(t, err)
	n, err := s.ChunkCount(ctx)
	must(t, err)
	if files == nil || len(files) != 0 || len(spaces) != 0 || n != 0 || !reflect.DeepEqual(repo, indexer.RepoState{}) {
		t.Errorf("empty store holds files %v, spaces %v, repo %+v, %d chunks", files, spaces, repo, n)
	}
	// Calls with nothing to do are fine.
	must(t, s.PutSpace(ctx, Space("s", 70), true))
	must(t, s.PutFiles(ctx, Chunker, nil))
	must(t, s.RemoveFiles(ctx, nil))
	must(t, s.TouchFiles(ctx, nil))
	must(t, s.PutVectors(ctx, "s", nil))
	if page, total, err := s.Pending(ctx, "s", "", 5); err != nil || len(page) != 0 || total != 0 {
		t.Errorf("pending in an empty store: %v, %d, %v", page, total, err)
	}
}

func testPutReplaces(t *testing.T, s store) {
	ctx := t.Context()
	must(t, s.PutFiles(ctx, Chunker, []indexer.File{File("a.go", "go", "one", "two"), File("b.go", "go", "other")}))
	f := File("a.go", "python", "new")
	must(t, s.PutFiles(ctx, Chunker, []indexer.File{f}))
	files, err := s.Files(ctx)
	must(t, err)
	want := indexer.FileState{Path: "a.go", Blob: f.Blob, Language: "python", Stat: f.Stat, Chunks: 1, Chunker: Chunker}
	if len(files) != 2 || files["a.go"] != want {
		t.Errorf("Files = %+v", files)
	}
	if n, err := s.ChunkCount(ctx); n != 2 || err != nil {
		t.Errorf("%d chunks, want 2, %v", n, err)
	}
}

func testPutIsIdempotent(t *testing.T, s store) {
	ctx := t.Context()
	files := []indexer.File{File("a.go", "go", "one", "two"), File("b.go", "go", "one")}
	must(t, s.PutSpace(ctx, Space("s", 70), true))
	must(t, s.PutFiles(ctx, Chunker, files))
	s.encodeAll(ctx, t, "s", 70)
	must(t, s.PutFiles(ctx, Chunker, append(files, files[0]))) // also twice in one call
	must(t, s.PutSpace(ctx, Space("s", 70), true))
	if n, err := s.ChunkCount(ctx); n != 3 || err != nil || s.pending(t, "s") != 0 {
		t.Errorf("%d chunks with %d pending, want 3 and 0, %v", n, s.pending(t, "s"), err)
	}
}

// testRemove: vectors stay cached by text, so coming back costs nothing.
func testRemove(t *testing.T, s store) {
	ctx := t.Context()
	files := []indexer.File{File("a.go", "go", "one", "two"), File("b.go", "go", "three")}
	must(t, s.PutSpace(ctx, Space("s", 70), true))
	must(t, s.PutFiles(ctx, Chunker, files))
	s.encodeAll(ctx, t, "s", 70)
	must(t, s.RemoveFiles(ctx, []string{"a.go", "unknown.go", "a.go"}))
	left, err := s.Files(ctx)
	must(t, err)
	if n, err := s.ChunkCount(ctx); len(left) != 1 || n != 1 || err != nil {
		t.Errorf("%v and %d chunks are left, %v", left, n, err)
	}
	must(t, s.PutFiles(ctx, Chunker, files))
	if n := s.pending(t, "s"); n != 0 {
		t.Errorf("%d texts pending after the files came back", n)
	}
}

func testPutRefusesBadFiles(t *testing.T, s store) {
	ctx := t.Context()
	for name, spoil := range map[string]func(f *indexer.File){
		"no path":       func(f *indexer.File) { f.Path = "" },
		"text missing":  func(f *indexer.File) { f.Texts = f.Texts[:1] },
		"line 0":        func(f *indexer.File) { f.Chunks[1].StartLine = 0 },
		"lines swapped": func(f *indexer.File) { f.Chunks[1].EndLine = 1 },
	} {
		bad := File("bad.go", "go", "x", "y")
		spoil(&bad)
		wantCode(t, s.PutFiles(ctx, Chunker, []indexer.File{File("good.go", "go", "z"), bad}), fault.Invalid, name)
	}
	n, err := s.ChunkCount(ctx)
	must(t, err)
	if n != 0 {
		t.Errorf("a refused call left %d chunks", n)
	}
}

func testTouch(t *testing.T, s store) {
	ctx := t.Context()
	must(t, s.PutFiles(ctx, Chunker, []indexer.File{File("a.go", "go", "x"), File("b.go", "go", "y")}))
	stat := indexer.Stat{Size: 99, ModTime: -5, Inode: 1<<63 + 7, Mode: 0o755}
	must(t, s.TouchFiles(ctx, map[string]indexer.Stat{"a.go": stat, "unknown.go": stat}))
	files, err := s.Files(ctx)
	must(t, err)
	if files["a.go"].Stat != stat || files["b.go"].Stat == stat || len(files) != 2 {
		t.Errorf("Files = %+v", files)
	}
}

func testChunkListCache(t *testing.T, s store) {
	ctx := t.Context()
	f := File("a.go", "go", "one", "two")
	must(t, s.PutFiles(ctx, Chunker, []indexer.File{f}))
	must(t, s.RemoveFiles(ctx, []string{"a.go"}))
	got, ok, err := s.CachedChunks(ctx, f.Blob, "go", Chunker)
	must(t, err)
	if !ok || !reflect.DeepEqual(got, f.Chunks) {
		t.Errorf("CachedChunks = %+v, %v", got, ok)
	}
	for _, key := range [][3]string{{"0000", "go", Chunker}, {f.Blob, "python", Chunker}, {f.Blob, "go", "test/2"}} {
		if _, ok, err := s.CachedChunks(ctx, key[0], key[1], key[2]); ok || err != nil {
			t.Errorf("CachedChunks(%v) = %v, %v", key, ok, err)
		}
	}
}

func testRepoState(t *testing.T, s store) {
	want := indexer.RepoState{Repo: "/a/ü", Rev: "abc", Dirty: true, Skipped: map[string]int{"binary": 2}, Time: 77}
	must(t, s.PutRepo(t.Context(), indexer.RepoState{Repo: "old"}))
	must(t, s.PutRepo(t.Context(), want))
	got, err := s.Repo(t.Context())
	must(t, err)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("Repo = %+v, want %+v", got, want)
	}
}
