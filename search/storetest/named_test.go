package storetest_test

import (
	"fmt"
	"slices"
	"testing"

	"loradex/indexer"
	"loradex/search"
)

// testNamed: symbols are found by their letters, those with short names first, in the trees that are asked for, as long as
// their chunks are there.
func testNamed(t *testing.T, e *env) {
	ctx, s := t.Context(), e.store(t)
	put := func(tree indexer.Tree, path string, names ...string) {
		f := file(path, "go", "some text of "+path)
		for i, name := range names {
			f.Chunks[0].Symbols = append(f.Chunks[0].Symbols, indexer.Symbol{Name: name, Kind: "function", StartLine: 2 + i, EndLine: 3 + i})
		}
		must(t, s.tree(tree).PutFiles(ctx, chunker, []indexer.File{f}))
	}
	put(indexer.Tree{}, "a.go", "Server.readTimeout", "ReadTimeout", "100%_a\\b")
	put(indexer.Tree{}, "b.go", "rt", "größe")
	put(indexer.Tree{Branch: "b"}, "c.go", "RequestTime")
	for _, c := range []struct {
		trees   []indexer.Tree
		letters string
		k       int
		want    string
	}{
		{nil, "rt", 10, "rt ReadTimeout RequestTime Server.readTimeout"},
		{nil, "RT", 2, "rt ReadTimeout"},
		{[]indexer.Tree{{}}, "rt", 10, "rt ReadTimeout Server.readTimeout"},
		{[]indexer.Tree{{Branch: "b"}}, "rt", 10, "RequestTime"},
		{[]indexer.Tree{{Branch: "none"}}, "rt", 10, ""},
		{[]indexer.Tree{}, "rt", 10, ""},
		{nil, "%_a\\", 10, "100%_a\\b"},
		{nil, "%%", 10, ""},
		{nil, "grÖß", 10, "größe"},
		{nil, "xyz", 10, ""},
	} {
		found, err := s.Named(ctx, c.trees, c.letters, c.k)
		must(t, err)
		got := ""
		for i, n := range found {
			if i > 0 {
				got += " "
			}
			got += n.Symbol.Name
			chunks, err := s.Chunks(ctx, nil, []search.ID{n.ID})
			if err != nil || !slices.Contains(chunks[0].Chunk.Symbols, n.Symbol) {
				t.Errorf("%+v is not in its chunk: %v", n, err)
			}
		}
		if got != c.want {
			t.Errorf("%q in %v: %q, want %q", c.letters, c.trees, got, c.want)
		}
	}
	put(indexer.Tree{}, "a.go", "other")
	must(t, s.RemoveFiles(ctx, []string{"b.go"}))
	if found, err := s.Named(ctx, nil, "r", 10); err != nil || fmt.Sprint(len(found)) != "2" {
		t.Errorf("after a change and a removal: %+v, %v", found, err)
	}
}
