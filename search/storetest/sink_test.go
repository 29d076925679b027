package storetest_test

import (
	"reflect"
	"testing"

	"loradex/indexer"
	"loradex/internal/fault"
	"loradex/search"
	"loradex/search/tokens"
)

// This file tests what the indexer writes and reads back.

func testEmpty(t *testing.T, e *env) {
	s := e.store(t)
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
	hits, _, err := s.Lexical(ctx, search.Terms(tokens.Unique("anything")), search.Filter{}, 10)
	must(t, err)
	at, err := s.At(ctx, nil, "a.go", 0, 0)
	must(t, err)
	chunks, err := s.Chunks(ctx, nil, nil)
	must(t, err)
	if len(hits)+len(at)+len(chunks) != 0 {
		t.Errorf("empty store answers %v, %v, %v", hits, at, chunks)
	}
	must(t, s.PutSpace(ctx, space("s", 70), true))
	dense, err := s.Dense(ctx, "s", vector("q", 70), search.Filter{}, 10, false)
	must(t, err)
	if len(dense) != 0 {
		t.Errorf("empty space answers %v", dense)
	}
	// Calls with nothing to do are fine.
	must(t, s.PutFiles(ctx, chunker, nil))
	must(t, s.RemoveFiles(ctx, nil))
	must(t, s.TouchFiles(ctx, nil))
	must(t, s.PutVectors(ctx, "s", nil))
}

func testPutAndRead(t *testing.T, e *env) {
	s := e.store(t)
	ctx := t.Context()
	f := file("dir/a b's \"ü\".go", "go", "alpha", "beta")
	f.Chunks[0] = indexer.Chunk{
		StartLine: 1, EndLine: 10, Symbol: "T.Method", Kind: "method", Doc: "Method does it.",
		Symbols: []indexer.Symbol{
			{Name: "T.Method", Kind: "method", StartLine: 3, EndLine: 10}, {Name: "T.Method.ínner \"x\", y", Kind: "function", StartLine: 4, EndLine: 4},
		},
		Signature: "func (T) Method()", Text: "func (T) Method() {\n\t\"quoted\" 'and' ünïcode \x00 end\n}",
	}
	must(t, s.PutFiles(ctx, chunker, []indexer.File{f, file("empty.txt", "")}))
	files, err := s.Files(ctx)
	must(t, err)
	want := map[string]indexer.FileState{
		f.Path:      {Path: f.Path, Blob: f.Blob, Language: "go", Stat: f.Stat, Chunks: 2, Chunker: chunker},
		"empty.txt": {Path: "empty.txt", Blob: file("empty.txt", "").Blob, Stat: file("empty.txt", "").Stat, Chunker: chunker},
	}
	if !reflect.DeepEqual(files, want) {
		t.Errorf("Files\n got %+v\nwant %+v", files, want)
	}
	chunks, err := s.At(ctx, nil, f.Path, 0, 0)
	must(t, err)
	if len(chunks) != 2 {
		t.Fatalf("At returns %d chunks, want 2", len(chunks))
	}
	for i, c := range chunks {
		if c.Path != f.Path || c.Language != "go" || c.Blob != f.Blob || !reflect.DeepEqual(c.Chunk, f.Chunks[i]) {
			t.Errorf("chunk %d\n got %+v\nwant %+v", i, c, f.Chunks[i])
		}
	}
	n, err := s.ChunkCount(ctx)
	must(t, err)
	if n != 2 {
		t.Errorf("ChunkCount = %d, want 2", n)
	}
}

func testPutReplaces(t *testing.T, e *env) {
	s := e.store(t)
	ctx := t.Context()
	must(t, s.PutFiles(ctx, chunker, []indexer.File{file("a.go", "go", "oldword one", "oldword two"), file("b.go", "go", "other")}))
	before, err := s.At(ctx, nil, "a.go", 0, 0)
	must(t, err)
	must(t, s.PutFiles(ctx, chunker, []indexer.File{file("a.go", "python", "newword")}))
	files, err := s.Files(ctx)
	must(t, err)
	if len(files) != 2 || files["a.go"].Chunks != 1 || files["a.go"].Language != "python" {
		t.Errorf("Files = %+v", files)
	}
	for _, c := range []struct {
		word string
		want int
	}{{"oldword", 0}, {"newword", 1}, {"other", 1}} {
		hits, _, err := s.Lexical(ctx, search.Terms(tokens.Unique(c.word)), search.Filter{}, 10)
		must(t, err)
		if len(hits) != c.want {
			t.Errorf("%q: %d hits, want %d", c.word, len(hits), c.want)
		}
	}
	_, err = s.Chunks(ctx, nil, []search.ID{before[0].ID})
	wantCode(t, err, fault.NotFound, "chunk of the replaced file")
	after, err := s.At(ctx, nil, "a.go", 0, 0)
	must(t, err)
	for _, b := range before {
		if after[0].ID == b.ID {
			t.Errorf("ID %d names another chunk now", b.ID)
		}
	}
}

func testPutIsIdempotent(t *testing.T, e *env) {
	s := e.store(t)
	ctx := t.Context()
	files := corpus(5)
	must(t, s.PutSpace(ctx, space("s", 70), true))
	must(t, s.PutFiles(ctx, chunker, files))
	encodeAll(t, s, "s", 70)
	count, err := s.ChunkCount(ctx)
	must(t, err)
	must(t, s.PutFiles(ctx, chunker, append(files, files[0]))) // also twice in one call
	must(t, s.PutSpace(ctx, space("s", 70), true))
	again, err := s.ChunkCount(ctx)
	must(t, err)
	pending, err := s.pendingCount(ctx, "s")
	must(t, err)
	if again != count || pending != 0 {
		t.Errorf("%d chunks with %d pending, want %d and 0", again, pending, count)
	}
	q := vector("query", 70)
	hits, err := s.Dense(ctx, "s", q, search.Filter{}, 1000, true)
	must(t, err)
	sameRanking(t, places(t, s, hits), bruteForce(files, q, 1000, nil), "after putting twice")
	for _, f := range files[:2] {
		words, _, err := s.Lexical(ctx, search.Terms(tokens.Unique(f.Chunks[0].Text)), search.Filter{Paths: []string{f.Path}}, 1000)
		must(t, err)
		if len(words) == 0 || len(words) > len(f.Chunks) {
			t.Errorf("%d chunks of %s found by words, it has %d", len(words), f.Path, len(f.Chunks))
		}
	}
	words, _, err := s.Lexical(ctx, search.Terms(tokens.Unique("unique read write file parse json http server token index vector search merge")), search.Filter{}, 1000)
	must(t, err)
	if places(t, s, words); len(words) != count {
		t.Errorf("%d chunks found by words, want %d", len(words), count)
	}
}

func testRemove(t *testing.T, e *env) {
	s := e.store(t)
	ctx := t.Context()
	files := corpus(6)
	must(t, s.PutSpace(ctx, space("s", 70), true))
	must(t, s.PutFiles(ctx, chunker, files))
	encodeAll(t, s, "s", 70)
	must(t, s.RemoveFiles(ctx, []string{files[1].Path, "unknown.go", files[4].Path, files[4].Path}))
	left := []indexer.File{files[0], files[2], files[3], files[5]}
	q := vector("query", 70)
	hits, err := s.Dense(ctx, "s", q, search.Filter{}, 1000, false)
	must(t, err)
	sameRanking(t, places(t, s, hits), bruteForce(left, q, 1000, nil), "after removal")
	state, err := s.Files(ctx)
	must(t, err)
	if len(state) != len(left) {
		t.Errorf("%d files left, want %d", len(state), len(left))
	}
	// Vectors stay cached by text: coming back costs nothing.
	must(t, s.PutFiles(ctx, chunker, files))
	pending, err := s.pendingCount(ctx, "s")
	must(t, err)
	if pending != 0 {
		t.Errorf("%d texts pending after the files came back", pending)
	}
}
