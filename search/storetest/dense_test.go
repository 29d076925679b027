package storetest_test

import (
	"fmt"
	"slices"
	"testing"

	"loradex/indexer"
	"loradex/search"
)

// This file tests search by vectors.

// dims are sizes that fill their last machine word, or do not.
var dims = []int{1, 63, 64, 70, 384}

func testDenseExact(t *testing.T, e *env) {
	s := e.store(t)
	ctx := t.Context()
	files := corpus(40)
	must(t, s.PutFiles(ctx, chunker, files))
	for _, d := range dims {
		id := fmt.Sprint("s", d)
		must(t, s.PutSpace(ctx, space(id, d), false))
		encodeAll(t, s, id, d)
		for q := range 5 {
			query := vector(fmt.Sprint("query", q), d)
			for _, k := range []int{0, 1, 10, 1000} {
				hits, err := s.Dense(ctx, id, query, search.Filter{}, k, true)
				must(t, err)
				sortedByScore(t, hits)
				if d > 1 { // in one dimension everything ties
					sameRanking(t, places(t, s, hits), bruteForce(files, query, k, nil), fmt.Sprintf("%d dimensions, k = %d", d, k))
				}
			}
		}
	}
}

// testDenseApproximate asks for recall, over more chunks than a search looks at exactly.
func testDenseApproximate(t *testing.T, e *env) {
	s := e.store(t)
	ctx := t.Context()
	const d, queries, k = 100, 20, 10
	files := corpus(900)
	must(t, s.PutSpace(ctx, space("s", d), true))
	must(t, s.PutFiles(ctx, chunker, files))
	var vectors []indexer.TextVector
	for _, f := range files {
		for _, text := range f.Texts {
			vectors = append(vectors, indexer.TextVector{Digest: digest(text), Vector: vector(text, d)})
		}
	}
	must(t, s.PutVectors(ctx, "s", vectors))
	same := 0
	for q := range queries {
		query := vector(fmt.Sprint("query", q), d)
		exact, err := s.Dense(ctx, "s", query, search.Filter{}, k, true)
		must(t, err)
		fast, err := s.Dense(ctx, "s", query, search.Filter{}, k, false)
		must(t, err)
		sortedByScore(t, fast)
		if len(fast) != k {
			t.Fatalf("%d hits, want %d", len(fast), k)
		}
		for _, h := range fast {
			if slices.Contains(exact, h) { // same ID and same score
				same++
			}
		}
	}
	// Random vectors have no neighbourhoods, so this is harder than real text.
	if recall := float64(same) / (queries * k); recall < 0.95 {
		t.Errorf("recall@%d is %.3f", k, recall)
	}
}

func testDenseTies(t *testing.T, e *env) {
	s := e.store(t)
	ctx := t.Context()
	must(t, s.PutSpace(ctx, space("s", 70), true))
	var texts []string
	for range 50 {
		texts = append(texts, "same")
	}
	must(t, s.PutFiles(ctx, chunker, []indexer.File{file("a.go", "go", texts...), file("b.go", "go", texts...)}))
	encodeAll(t, s, "s", 70)
	for _, exact := range []bool{true, false} {
		hits, err := s.Dense(ctx, "s", vector("q", 70), search.Filter{}, 60, exact)
		must(t, err)
		sortedByScore(t, hits)
		all, err := s.Dense(ctx, "s", vector("q", 70), search.Filter{}, 100, exact)
		must(t, err)
		if len(hits) != 60 || len(all) != 100 || !slices.Equal(hits, all[:60]) {
			t.Errorf("exact %v: of equal scores the lowest IDs must win", exact)
		}
	}
}

// filters are the cases of both kinds of search, with what they let pass.
var filters = []struct {
	name   string
	filter search.Filter
	pass   func(f indexer.File, c indexer.Chunk) bool
}{
	{"language", search.Filter{Languages: []string{"python"}}, func(f indexer.File, _ indexer.Chunk) bool { return f.Language == "python" }},
	{"languages", search.Filter{Languages: []string{"python", "go"}}, func(indexer.File, indexer.Chunk) bool { return true }},
	{"unknown language", search.Filter{Languages: []string{"cobol"}}, func(indexer.File, indexer.Chunk) bool { return false }},
	{"folder", search.Filter{Paths: []string{"lib/**"}}, func(f indexer.File, _ indexer.Chunk) bool { return f.Language == "python" }},
	{"suffix anywhere", search.Filter{Paths: []string{"**/*.go"}}, func(f indexer.File, _ indexer.Chunk) bool { return f.Language == "go" }},
	{"star stays in a folder", search.Filter{Paths: []string{"lib/*.py"}}, func(indexer.File, indexer.Chunk) bool { return false }},
	{"one path", search.Filter{Paths: []string{"api/f1.go"}}, func(f indexer.File, _ indexer.Chunk) bool { return f.Path == "api/f1.go" }},
	{"kind", search.Filter{Kinds: []string{"type"}}, func(_ indexer.File, c indexer.Chunk) bool { return c.Kind == "type" }},
	{"unknown kind", search.Filter{Kinds: []string{"planet"}}, func(indexer.File, indexer.Chunk) bool { return false }},
	{
		"all together",
		search.Filter{Languages: []string{"go"}, Paths: []string{"api/**"}, Kinds: []string{"function"}},
		func(f indexer.File, c indexer.Chunk) bool { return f.Language == "go" && c.Kind == "function" },
	},
	{
		"exclude a span",
		search.Filter{Exclude: []search.Span{{Path: "api/f1.go", StartLine: 5, EndLine: 6}}},
		func(f indexer.File, c indexer.Chunk) bool { return f.Path != "api/f1.go" || c.StartLine > 6 },
	},
	{
		"exclude a file",
		search.Filter{Exclude: []search.Span{{Path: "api/f2.go"}, {Path: "unknown.go"}}},
		func(f indexer.File, _ indexer.Chunk) bool { return f.Path != "api/f2.go" },
	},
	{
		"exclude within a language",
		search.Filter{Languages: []string{"go"}, Exclude: []search.Span{{Path: "api/f2.go"}, {Path: "lib/deep/f0.py"}}},
		func(f indexer.File, _ indexer.Chunk) bool { return f.Language == "go" && f.Path != "api/f2.go" },
	},
}

func testDenseFilters(t *testing.T, e *env) {
	s := e.store(t)
	ctx := t.Context()
	files := corpus(30)
	must(t, s.PutSpace(ctx, space("s", 70), true))
	must(t, s.PutFiles(ctx, chunker, files))
	encodeAll(t, s, "s", 70)
	q := vector("query", 70)
	for _, c := range filters {
		for _, k := range []int{3, 1000} {
			for _, exact := range []bool{true, false} {
				hits, err := s.Dense(ctx, "s", q, c.filter, k, exact)
				must(t, err)
				sameRanking(t, places(t, s, hits), bruteForce(files, q, k, c.pass), fmt.Sprintf("%s, k = %d, exact = %v", c.name, k, exact))
			}
		}
	}
}

// testDenseSeesChanges: what a call stored is found by the next search.
func testDenseSeesChanges(t *testing.T, e *env) {
	s := e.store(t)
	ctx := t.Context()
	q := vector("query", 70)
	must(t, s.PutSpace(ctx, space("s", 70), true))
	var files []indexer.File
	check := func(what string) {
		t.Helper()
		hits, err := s.Dense(ctx, "s", q, search.Filter{}, 1000, false)
		must(t, err)
		sameRanking(t, places(t, s, hits), bruteForce(files, q, 1000, nil), what)
	}
	all := corpus(12)
	for i := range all {
		must(t, s.PutFiles(ctx, chunker, all[i:i+1]))
		check("before the vectors of " + all[i].Path)
		files = all[:i+1]
		encodeAll(t, s, "s", 70)
		check("after the vectors of " + all[i].Path)
	}
	all[3] = file(all[3].Path, "go", "a new text", "another new text")
	must(t, s.PutFiles(ctx, chunker, all[3:4]))
	encodeAll(t, s, "s", 70)
	check("after a change")
	// A vector that is stored again replaces the old one.
	v := vector("embedded quite different", 70)
	must(t, s.PutVectors(ctx, "s", []indexer.TextVector{{Digest: digest("embedded a new text"), Vector: v}}))
	hits, err := s.Dense(ctx, "s", v, search.Filter{}, 1, true)
	must(t, err)
	if len(hits) != 1 || hits[0].Score < 0.999 {
		t.Errorf("the replaced vector is not found: %v", hits)
	}
}

func testVectors(t *testing.T, e *env) {
	s := e.store(t)
	ctx := t.Context()
	must(t, s.PutSpace(ctx, space("s", 70), true))
	must(t, s.PutFiles(ctx, chunker, []indexer.File{file("a.go", "go", "one", "two")}))
	chunks, err := s.At(ctx, nil, "a.go", 0, 0)
	must(t, err)
	if v, err := s.Vectors(ctx, "s", []search.ID{chunks[0].ID}); err != nil || len(v) != 1 || v[0] != nil {
		t.Errorf("vector before there is one: %v, %v", v, err)
	}
	encodeAll(t, s, "s", 70)
	// In the order asked, also where one is asked for twice or is not there.
	got, err := s.Vectors(ctx, "s", []search.ID{chunks[1].ID, 1 << 40, chunks[0].ID, -1, chunks[1].ID})
	must(t, err)
	for i, text := range []string{"embedded two", "", "embedded one", "", "embedded two"} {
		if want := vector(text, 70); text == "" && got[i] != nil || text != "" && !slices.Equal(got[i], want) {
			t.Errorf("vector %d is not that of %q", i, text)
		}
	}
	if v, err := s.Vectors(ctx, "s", nil); err != nil || len(v) != 0 {
		t.Errorf("vectors of nothing: %v, %v", v, err)
	}
}
