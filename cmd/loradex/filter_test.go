package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"loradex/indexer/chunk"
)

// TestFilters has the filters that people type, in every surface.
func TestFilters(t *testing.T) {
	p := newPlace(t)
	p.env["LORADEX_MODEL"] = "none"
	const ts = "export function zed() { return %s; }\n"
	dir := repo(t, map[string]string{
		"app/[id]/page.ts": strings.ReplaceAll(ts, "%s", "1"), "src/api/page.ts": strings.ReplaceAll(ts, "%s", "2"), "b.tsx": strings.ReplaceAll(ts, "%s", "<b/>"),
		"c.cpp": "int zed() { return 1; }\n", "e.go": "package a\n\nfunc zed() {}\n", "s.sh": "zed() {\n  echo zed\n}\n", "d.cs": "class A { int zed() { return 1; } }\n",
		"src/j.js": "function zed() { return 3; }\n",
	})
	p.ok("index", dir)
	t.Chdir(dir)
	search := func(args ...string) string {
		t.Helper()
		return strings.Join(found(t, p.json(append([]string{"search", "--mode", "lexical", "zed"}, args...)...)), " ")
	}
	all := search()
	for _, c := range []struct{ flag, value, want string }{
		{"--lang", "typescript", "app/[id]/page.ts b.tsx src/api/page.ts"},
		{"--lang", "ts", "app/[id]/page.ts b.tsx src/api/page.ts"},
		{"--lang", "TSX", "b.tsx"},
		{"--lang", "cpp", "c.cpp"},
		{"--lang", "golang", "e.go"},
		{"--lang", "csharp", "d.cs"},
		{"--lang", "bash", "s.sh"},
		{"--lang", "js", "src/j.js"},
		{"--lang", "go,ruby", "e.go"},
		{"--path", "app/[id]/page.ts", "app/[id]/page.ts"},
		{"--path", "src/api", "src/api/page.ts"},
		{"--path", "./src/api/page.ts", "src/api/page.ts"},
		{"--path", "./src", "src/api/page.ts src/j.js"},
		{"--path", dir + "/src/api/**", "src/api/page.ts"},
		{"--path", dir, all},
		{"--path", ".", all},
		{"--path", "src/", "src/api/page.ts src/j.js"},
		{"--path", "**/*.ts", "app/[id]/page.ts src/api/page.ts"},
		{"--path", "app/[id]", "app/[id]/page.ts"},
		{"--kind", "func", search("--kind", "function")},
		{"--kind", "methods", search("--kind", "method")},
	} {
		if got := search(c.flag, c.value); got != c.want {
			t.Errorf("%s %s: %s, want %s", c.flag, c.value, got, c.want)
		}
	}
	if got := search("--path", "src", "--path", "e.go", "--path", "!**/*.js"); got != "e.go src/api/page.ts" {
		t.Errorf("several paths: %s", got)
	}
	behind := func(args ...string) string {
		t.Helper()
		return strings.Join(found(t, document(t, p.ok(append([]string{"search", "--json", "--mode", "lexical"}, args...)...))), " ")
	}
	if got := behind("zed", "--", "src/api", "e.go"); got != "e.go src/api/page.ts" {
		t.Errorf("paths behind --: %s", got)
	}
	if got := behind("--code", "e.go:3", "--", "c.cpp"); got != "c.cpp" {
		t.Errorf("paths behind -- with --code: %s", got)
	}
	if got := behind("--", "zed"); got != all {
		t.Errorf("a question behind --: %s", got)
	}
	if r := p.run("search", "--mode", "lexical", "zed", "src/api"); !strings.Contains(r.err, "`-- src/api` looks there only") {
		t.Errorf("a path in the question: %+v", r)
	}

	for _, c := range []struct {
		code              int
		kind, words, flag string
		value             string
	}{
		{exitUsage, "invalid", "no language \"klingon\"", "--lang", "klingon"},
		{exitUsage, "invalid", "typescript", "--lang", "klingon"},
		{exitFailure, "not_found", "no indexed file is in ruby", "--lang", "ruby"},
		{exitFailure, "not_found", "the index has c#, c++, go", "--lang", "ruby"},
		{exitFailure, "not_found", "no indexed file matches the path nowhere/**", "--path", "nowhere/**"},
		{exitFailure, "not_found", "did you mean '**/*.js'? name a file", "--path", "*.js"},
		{exitFailure, "not_found", "no indexed file matches the path src/apx", "--path", "src/apx"},
		{exitFailure, "invalid", "lies outside of " + dir, "--path", filepath.Dir(dir)},
		{exitUsage, "invalid", "not a kind", "--kind", "klass"},
	} {
		p.fails(c.code, c.kind, c.words, "search", "--mode", "lexical", "zed", c.flag, c.value)
	}
	p.fails(exitFailure, "not_found", "no indexed file in go matches the path src", "search", "--mode", "lexical", "zed", "--lang", "go", "--path", "src")
	if doc := p.json("search", "--mode", "lexical", "nothingofthekind", "--path", "src"); len(doc["hits"].([]any)) != 0 {
		t.Errorf("words that no file has: %v", doc)
	}

	// From a folder below, what is there counts from there.
	t.Chdir(filepath.Join(dir, "src"))
	for _, c := range []struct{ value, want string }{
		{"api", "src/api/page.ts"},
		{"./api", "src/api/page.ts"},
		{"../e.go", "e.go"},
		{"j.js", "src/j.js"},
		{".", "src/api/page.ts src/j.js"},
		{"src/api", "src/api/page.ts"},
		{"e.go", "e.go"},
		{"api/*", "src/api/page.ts"},
		{"!../src", strings.ReplaceAll(all, " src/api/page.ts src/j.js", "")},
	} {
		if got := search("--path", c.value); got != c.want {
			t.Errorf("below, --path %s: %s, want %s", c.value, got, c.want)
		}
	}
	t.Chdir(t.TempDir())
	must(t, os.Mkdir("src", 0o750))
	if got := search("--repo", dir, "--path", "src/api"); got != "src/api/page.ts" {
		t.Errorf("from elsewhere: %s", got)
	}
	// A file that the index does not have yet.
	write(t, dir, map[string]string{"later/l.go": "package later\n\nfunc zed() {}\n"})
	if got := search("--repo", dir, "--path", "later"); got != "later/l.go" {
		t.Errorf("a new folder: %s", got)
	}
	if got := search("--repo", dir, "--path", "later", "--lang", "go"); got != "later/l.go" {
		t.Errorf("a new folder in a language: %s", got)
	}

	s := p.serve("--repo", dir)
	for query, want := range map[string]string{
		"lang=ts&path=src": "src/api/page.ts", "path=app/%5Bid%5D/page.ts": "app/[id]/page.ts", "path=" + dir + "/src/api": "src/api/page.ts", "path=./e.go": "e.go",
		"path=src&path=!**/*.js": "src/api/page.ts", "kind=func&lang=cpp": "c.cpp",
	} {
		if strings.HasPrefix(query, "kind=") && !chunk.Available() {
			continue // no grammar, no kinds
		}
		status, doc := s.get("/v1/search?q=zed&mode=lexical&" + query)
		if status != 200 || strings.Join(found(t, doc), " ") != want {
			t.Errorf("HTTP %s: %d %v", query, status, doc)
		}
	}
	if status, doc := s.post("/v1/search", `{"q":"zed","mode":"lexical","path":["src","!src/j.js"]}`); status != 200 || strings.Join(found(t, doc), " ") != "src/api/page.ts" {
		t.Errorf("HTTP, a list of paths: %d %v", status, doc)
	}
	for query, want := range map[string]struct {
		status int
		words  string
	}{
		"lang=klingon": {400, "no language"}, "lang=ruby": {404, "no indexed file is in ruby"}, "path=nowhere": {404, "nowhere"}, "kind=klass": {400, "not a kind"},
		"path=/etc": {400, "lies outside"}, "path=[a": {400, "not a pattern"},
	} {
		status, doc := s.get("/v1/search?q=zed&mode=lexical&" + query)
		if detail, _ := doc["detail"].(string); status != want.status || !strings.Contains(detail, want.words) {
			t.Errorf("HTTP %s: %d %v", query, status, doc)
		}
	}
	s.stop()

	e := p.edit(dir)
	paths, _, _ := e.hits("loradex.search", `{"query":"zed","mode":"lexical","lang":"ts","path":["./src"]}`)
	if len(paths) != 1 || !strings.HasSuffix(paths[0], "/src/api/page.ts") {
		t.Errorf("language server: %v", paths)
	}
	for argument, words := range map[string]string{`"lang":"klingon"`: "no language", `"path":"nowhere"`: "nowhere", `"kind":"klass"`: "not a kind"} {
		if got := e.refused("loradex.search", `{"query":"zed","mode":"lexical",`+argument+`}`); !strings.Contains(got, words) {
			t.Errorf("language server, %s: %s", argument, got)
		}
	}
	e.leaves()
}
