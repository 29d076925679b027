package storetest_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"loradex/indexer"
	"loradex/internal/fault"
	"loradex/search"
)

// testScan: every chunk that passes and has the literal is visited once, and Only narrows scans and rankings alike.
func testScan(t *testing.T, e *env) {
	ctx, s := t.Context(), e.store(t)
	put := func(tree indexer.Tree, path, language string, texts ...string) {
		must(t, s.tree(tree).PutFiles(ctx, chunker, []indexer.File{file(path, language, texts...)}))
	}
	put(indexer.Tree{}, "a.go", "go", "alpha Lock", "beta lock")
	put(indexer.Tree{}, "b.py", "python", "gamma Lock 100%_\\'x")
	put(indexer.Tree{Branch: "b"}, "c.go", "go", "delta Lock")
	scan := func(f search.Filter, literal string) (string, []search.ID) {
		var texts []string
		var ids []search.ID
		must(t, s.Scan(ctx, f, literal, func(c *search.Stored) error {
			if c.Path == "" || c.Chunk.StartLine < 1 || c.Chunk.EndLine < c.Chunk.StartLine {
				t.Errorf("%+v lacks its place", c)
			}
			texts, ids = append(texts, strings.Fields(c.Chunk.Text)[0]), append(ids, c.ID)
			return nil
		}))
		slices.Sort(texts)
		slices.Sort(ids)
		return strings.Join(texts, " "), ids
	}
	zero := []indexer.Tree{{}}
	for _, c := range []struct {
		f       search.Filter
		literal string
		want    string
	}{
		{search.Filter{}, "", "alpha beta delta gamma"},
		{search.Filter{}, "Lock", "alpha delta gamma"},
		{search.Filter{Trees: zero}, "Lock", "alpha gamma"},
		{search.Filter{Trees: zero, Languages: []string{"python"}}, "", "gamma"},
		{search.Filter{Paths: []string{"*.go"}}, "Lock", "alpha delta"},
		{search.Filter{Exclude: []search.Span{{Path: "a.go"}}}, "", "delta gamma"},
		{search.Filter{}, "%_\\'x", "gamma"},
		{search.Filter{Trees: []indexer.Tree{}}, "", ""},
		{search.Filter{Only: []search.ID{}}, "", ""},
	} {
		if got, _ := scan(c.f, c.literal); got != c.want {
			t.Errorf("%+v with %q: %q, want %q", c.f, c.literal, got, c.want)
		}
	}
	_, ids := scan(search.Filter{}, "beta")
	f := search.Filter{Only: ids}
	if got, _ := scan(f, ""); got != "beta" {
		t.Errorf("only %v: %q", ids, got)
	}
	hits, _, err := s.Lexical(ctx, search.Terms([]string{"lock"}), f, 10)
	must(t, err)
	if len(hits) != 1 || hits[0].ID != ids[0] {
		t.Errorf("words of only %v: %v", ids, hits)
	}
	stop := fault.New(fault.Invalid, "stop")
	if err := s.Scan(ctx, search.Filter{}, "", func(*search.Stored) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("an error of visit: %v", err)
	}
}
