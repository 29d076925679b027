package storetest_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"loradex/indexer"
	"loradex/internal/fault"
	"loradex/search"
	"loradex/search/tokens"
)

// This file tests search by words, and what both searches refuse.

// find returns the places of a word search, as a set in path order.
func find(t *testing.T, s store, query string, f search.Filter, k int) []place {
	t.Helper()
	hits, _, err := s.Lexical(t.Context(), search.Terms(tokens.Unique(query)), f, k)
	must(t, err)
	sortedByScore(t, hits)
	out := []place{}
	for _, h := range places(t, s, hits) {
		if h.score <= 0 {
			t.Errorf("%q: score %v of %v", query, h.score, h.place)
		}
		out = append(out, h.place)
	}
	return out
}

func testLexical(t *testing.T, e *env) {
	s := e.store(t)
	ctx := t.Context()
	f := file("net/http_server.go", "go", "func ListenAndServe(addr string)", "func parse_config(path)", "filler one", "filler two")
	f.Chunks[2].Symbol = "ReadJSONFile"
	f.Chunks[3].Doc = "Compresses archives."
	must(t, s.PutFiles(ctx, chunker, []indexer.File{f, file("b.go", "go", "nothing here", "listen listen listen")}))
	for _, c := range []struct {
		query string
		first place
		n     int
	}{
		{"ListenAndServe", place{"net/http_server.go", 1}, 2},
		{"listenandserve", place{"net/http_server.go", 1}, 1},
		{"serve", place{"net/http_server.go", 1}, 1},
		{"parseConfig", place{"net/http_server.go", 11}, 1},
		{"config", place{"net/http_server.go", 11}, 1},
		{"json", place{"net/http_server.go", 21}, 1},
		{"readJsonFile", place{"net/http_server.go", 21}, 1},
		{"archives", place{"net/http_server.go", 31}, 1},
		{"nothing", place{"b.go", 1}, 1},
	} {
		got := find(t, s, c.query, search.Filter{}, 10)
		if len(got) != c.n || got[0] != c.first {
			t.Errorf("%q finds %v, want %v first of %d", c.query, got, c.first, c.n)
		}
	}
	if got := find(t, s, "httpServer", search.Filter{}, 10); len(got) != 4 {
		t.Errorf("words of the path find %v, want the file's 4 chunks", got)
	}
	if got := find(t, s, "listen filler", search.Filter{}, 2); len(got) != 2 {
		t.Errorf("k = 2 gives %v", got)
	}
}

func testLexicalTies(t *testing.T, e *env) {
	s := e.store(t)
	var texts []string
	for range 20 {
		texts = append(texts, "same words here")
	}
	f := file("a.go", "go", texts...)
	for i := range f.Chunks {
		f.Chunks[i].Symbol = ""
	}
	must(t, s.PutFiles(t.Context(), chunker, []indexer.File{f}))
	hits, _, err := s.Lexical(t.Context(), search.Terms(tokens.Unique("words")), search.Filter{}, 15)
	must(t, err)
	all, _, err := s.Lexical(t.Context(), search.Terms(tokens.Unique("words")), search.Filter{}, 100)
	must(t, err)
	sortedByScore(t, all)
	if len(all) != 20 || !slices.Equal(hits, all[:15]) {
		t.Errorf("of equal scores the lowest IDs must win:\n%v\n%v", hits, all)
	}
}

func testLexicalFilters(t *testing.T, e *env) {
	s := e.store(t)
	files := corpus(30)
	for i := range files {
		for j := range files[i].Chunks {
			files[i].Chunks[j].Text += " everywhere"
		}
	}
	must(t, s.PutFiles(t.Context(), chunker, files))
	for _, c := range filters {
		want := []place{}
		for _, f := range files {
			for _, ch := range f.Chunks {
				if c.pass(f, ch) {
					want = append(want, place{f.Path, ch.StartLine})
				}
			}
		}
		got := find(t, s, "everywhere", c.filter, 1000)
		if !slices.Equal(sorted(got), sorted(want)) {
			t.Errorf("%s: %d hits, want %d", c.name, len(got), len(want))
		}
		if few := find(t, s, "everywhere", c.filter, 2); len(few) != min(2, len(want)) {
			t.Errorf("%s: %d hits for k = 2", c.name, len(few))
		}
	}
}

func sorted(p []place) []place {
	slices.SortFunc(p, func(a, b place) int {
		return strings.Compare(fmt.Sprintf("%s:%09d", a.path, a.line), fmt.Sprintf("%s:%09d", b.path, b.line))
	})
	return p
}

// testLexicalWeights: a term's score counts as often as its weight says, and no term counts for nothing.
func testLexicalWeights(t *testing.T, e *env) {
	s := e.store(t)
	must(t, s.PutFiles(t.Context(), chunker, []indexer.File{file("a.go", "go", "everywhere first"), file("b.go", "go", "everywhere second"), file("c.go", "go", "everywhere third")}))
	score := func(terms ...search.Term) map[search.ID]float64 {
		hits, _, err := s.Lexical(t.Context(), terms, search.Filter{}, 10)
		must(t, err)
		out := map[search.ID]float64{}
		for _, h := range hits {
			out[h.ID] = float64(h.Score)
		}
		return out
	}
	common, rare := search.Term{Text: "everywhere", Weight: 1}, search.Term{Text: "first", Weight: 1}
	all := score(common)
	if len(all) != 3 {
		t.Fatalf("%d chunks have a word of all", len(all))
	}
	first := score(rare)
	common.Weight, rare.Weight = 0.25, 3
	for id, both := range score(common, rare) {
		if want := 0.25*all[id] + 3*first[id]; all[id] <= 0 || math.Abs(both-want) > 1e-4*want {
			t.Errorf("chunk %d: %g, want %g", id, both, want)
		}
	}
	for _, weight := range []float64{0, -1, math.NaN(), math.Inf(1), search.MaxTermWeight + 1} {
		_, _, err := s.Lexical(t.Context(), []search.Term{{Text: "first", Weight: weight}}, search.Filter{}, 10)
		wantCode(t, err, fault.Invalid, "weight")
	}
}

// testLexicalOddQueries: a query is words, never an expression of the store's language.
func testLexicalOddQueries(t *testing.T, e *env) {
	s := e.store(t)
	must(t, s.PutFiles(t.Context(), chunker, []indexer.File{file("a.go", "go", "select near and or not null plain")}))
	for query, want := range map[string]int{
		"": 0, "  \n": 0, "+-*/(){}": 0, `"`: 0, `""" OR`: 1, "AND": 1, "OR NOT": 1, "NEAR(plain)": 1, "pla*": 0, "body:plain": 1,
		"plain'; DROP TABLE chunks; --": 1, "^plain": 1, "\x00plain": 1, "\xff\xfeplain": 1, "ünknown": 0,
		strings.Repeat("plain other ", 3000): 1, strings.Repeat("x", 1<<16): 0,
	} {
		hits, _, err := s.Lexical(t.Context(), search.Terms(tokens.Unique(query)), search.Filter{}, 10)
		if err != nil || len(hits) != want {
			t.Errorf("%.40q: %d hits, %v, want %d", query, len(hits), err, want)
		}
	}
}

func testBadRequests(t *testing.T, e *env) {
	s := e.store(t)
	ctx := t.Context()
	must(t, s.PutSpace(ctx, space("s", 70), true))
	v := vector("q", 70)
	for name, f := range map[string]search.Filter{
		"pattern":  {Paths: []string{"a[b"}},
		"lines":    {Exclude: []search.Span{{Path: "a.go", StartLine: 5, EndLine: 4}}},
		"no start": {Exclude: []search.Span{{Path: "a.go", StartLine: 0, EndLine: 4}}},
	} {
		_, err := s.Dense(ctx, "s", v, f, 1, false)
		wantCode(t, err, fault.Invalid, "Dense: "+name)
		_, _, err = s.Lexical(ctx, search.Terms(tokens.Unique("word")), f, 1)
		wantCode(t, err, fault.Invalid, "Lexical: "+name)
	}
	_, err := s.Dense(ctx, "s", v, search.Filter{}, -1, false)
	wantCode(t, err, fault.Invalid, "Dense: negative k")
	_, _, err = s.Lexical(ctx, search.Terms(tokens.Unique("word")), search.Filter{}, -1)
	wantCode(t, err, fault.Invalid, "Lexical: negative k")
	_, err = s.At(ctx, nil, "a.go", 9, 2)
	wantCode(t, err, fault.Invalid, "At: lines")
	_, err = s.Chunks(ctx, nil, []search.ID{1})
	wantCode(t, err, fault.NotFound, "Chunks: unknown")
}

func testAt(t *testing.T, e *env) {
	s := e.store(t)
	must(t, s.PutFiles(t.Context(), chunker, []indexer.File{file("a.go", "go", "one", "two", "three")})) // lines 1-10, 11-20, 21-30
	for _, c := range []struct{ a, b, first, n int }{
		{0, 0, 1, 3}, {1, 1, 1, 1}, {10, 11, 1, 2}, {15, 15, 11, 1}, {12, 99, 11, 2}, {31, 40, 0, 0},
	} {
		got, err := s.At(t.Context(), nil, "a.go", c.a, c.b)
		must(t, err)
		if len(got) != c.n || c.n > 0 && got[0].Chunk.StartLine != c.first {
			t.Errorf("At(%d, %d) gives %d chunks: %+v", c.a, c.b, len(got), got)
		}
	}
	if got, err := s.At(t.Context(), nil, "unknown.go", 0, 0); err != nil || len(got) != 0 {
		t.Errorf("At of an unknown file: %v, %v", got, err)
	}
}
