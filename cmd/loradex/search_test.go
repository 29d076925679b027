package main

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"loradex/indexer/chunk"
	"loradex/search"
)

const hitKeys = ` hits.path hits.start_line hits.end_line hits.language hits.symbol hits.symbols hits.kind hits.commit hits.dirty hits.score
	hits.scores hits.scores.dense hits.scores.lexical hits.scores.fused hits.space hits.adapter hits.text`

// symbolKeys are those of definitions, which a build without grammars does not know of code.
const symbolKeys = ` hits.symbols.name hits.symbols.kind hits.symbols.start_line hits.symbols.end_line`

const answerKeys = `query mode hits coverage took_ms took_ms.encode took_ms.dense took_ms.lexical took_ms.total
	freshness freshness.checked freshness.of freshness.refreshed`

// top returns the path of the best hit, "" without one.
func top(doc map[string]any) string {
	hits, ok := doc["hits"].([]any)
	if !ok || len(hits) == 0 {
		return ""
	}
	return hits[0].(map[string]any)["path"].(string)
}

func TestSearchLexical(t *testing.T) {
	p := newPlace(t)
	dir := repo(t, sample())
	t.Chdir(dir)
	p.ok("index", "--model", "none")
	doc := p.json("search", "--model", "none", "writer", "lock", "of", "a", "folder")
	keys := answerKeys + hitKeys + " hits.probability"
	if chunk.Available() {
		keys += symbolKeys
	}
	wantKeys(t, doc, keys)
	if top(doc) != "lock/lock.go" || doc["query"] != "writer lock of a folder" || doc["mode"] != "lexical" || number(t, doc, "coverage") != 0 {
		t.Errorf("%v", doc)
	}
	hit := doc["hits"].([]any)[0].(map[string]any)
	if hit["commit"] != git(t, dir, "rev-parse", "HEAD") || isTrue(hit["dirty"]) || hit["language"] != "go" {
		t.Errorf("%v", hit)
	}

	r := p.run("search", "--model", "none", "download", "retry")
	if !strings.HasPrefix(r.out, "net/fetch.py:") || chunk.Available() && !strings.Contains(r.out, "download_with_retry function") || strings.Contains(r.out, "\x1b") {
		t.Errorf("plain output: %s", r.out)
	}
	if !strings.Contains(r.err, "search is lexical") {
		t.Errorf("it does not say that it is lexical: %q", r.err)
	}
	if r := p.run("search", "--mode", "lexical", "lock"); r.code != 0 || r.err != "" {
		t.Errorf("lexical search that was asked for: %+v", r)
	}

	for _, tt := range []struct{ flags, want string }{
		{"--lang python", "net/fetch.py"},
		{"--lang Python,ruby", "net/fetch.py"},
		{"--path lock/**", "lock/lock.go"},
		{"--path **/*.md", "README.md"},
		{"--kind section", "README.md"},
	} {
		args := append([]string{"search", "--mode", "lexical", "lock download potatoes"}, strings.Fields(tt.flags)...)
		if got := top(p.json(args...)); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.flags, got, tt.want)
		}
	}
	if doc := p.json("search", "--mode", "lexical", "lock download potatoes", "-k", "1"); len(doc["hits"].([]any)) != 1 {
		t.Errorf("-k 1: %v", doc)
	}
	t.Chdir(filepath.Join(dir, "net")) // the index is found upwards
	if got := top(p.json("search", "--mode", "lexical", "lock")); got != "lock/lock.go" {
		t.Errorf("from a folder below: %q", got)
	}
	if out := p.ok("search", "--mode", "lexical", "lock", "--explain"); !strings.Contains(out, "mode lexical") || !strings.Contains(out, "lexical") {
		t.Errorf("--explain: %s", out)
	}
}

func TestSearchWrongUse(t *testing.T) {
	p := newPlace(t)
	t.Chdir(repo(t, sample()))
	p.ok("index", "--model", "none")
	for _, tt := range []struct{ words, args string }{
		{"nothing to search for", "search"},
		{"not for both", "search x --code go.mod"},
		{"mode", "search x --mode fast"},
		{"-k", "search x -k 0"},
		{"k = 1001", "search x -k 1001"},
		{"not a kind", "search x --kind klass"},
		{"not a pattern", "search x --path [a"},
		{"--adapter", "search x --adapter +"},
		{"no adapter", "search x --mode lexical --adapter go"},
		{"FILE:A-B", "search --code go.mod:x"},
		{"FILE:A-B", "search --code go.mod:3-2"},
		{"3 lines", "search --code go.mod:9"},
	} {
		p.fails(exitUsage, "invalid", tt.words, strings.Fields(tt.args)...)
	}
	p.fails(exitFailure, "unsupported", "none", "search", "x", "--mode", "dense", "--model", "none")
	p.fails(exitFailure, "unsupported", "none", "search", "x", "--adapter", "go", "--model", "none")
	p.fails(exitFailure, "not_found", "nowhere.go", "search", "--code", "/nowhere.go", "--mode", "lexical")
}

// TestSearchCode: code does not find itself, whether it is read from disk or from the index.
func TestSearchCode(t *testing.T) {
	p := newPlace(t)
	files := sample()
	files["lock/other.go"] = strings.ReplaceAll(files["lock/lock.go"], "Acquire", "Obtain")
	dir := repo(t, files)
	t.Chdir(dir)
	p.ok("index", "--model", "none")
	for _, code := range []string{"lock/lock.go", "lock/lock.go:6-9", "./lock/lock.go:1-99", filepath.Join(dir, "lock", "lock.go") + ":8"} {
		if got := top(p.json("search", "--mode", "lexical", "--code", code)); got != "lock/other.go" {
			t.Errorf("--code %s finds %q", code, got)
		}
	}
	var out strings.Builder
	if code := run(t.Context(), []string{"search", "--mode", "lexical", "--code", "-", "--json"}, p.getenv,
		strings.NewReader("def download_with_retry(url): pass"), &out, &out); code != 0 || top(document(t, out.String())) != "net/fetch.py" {
		t.Errorf("standard input: %s", out.String())
	}

	bare := filepath.Join(t.TempDir(), "bare.git")
	git(t, dir, "clone", "-q", "--bare", dir, bare)
	p.ok("index", bare, "--model", "none")
	t.Chdir(t.TempDir())
	if got := top(p.json("search", "--repo", bare, "--mode", "lexical", "--code", "lock/lock.go:6-9")); got != "lock/other.go" {
		t.Errorf("of a bare repository: %q", got)
	}
}

func TestSearchWithEncoder(t *testing.T) {
	p := newPlace(t).withEncoder().withAdapter("small")
	p.withQueryAdapter("asker")
	t.Chdir(repo(t, sample()))
	p.ok("index")
	for _, tt := range []struct{ query, want string }{
		{"how long are spuds cooked", "README.md"}, // shares no word with the answer
		{"fetch a web document again after a failure", "net/fetch.py"},
		{"mutual exclusion of processes", "lock/lock.go"},
	} {
		doc := p.json("search", "--mode", "dense", tt.query)
		wantKeys(t, doc, answerKeys+" model"+hitKeys+symbolKeys)
		if top(doc) != tt.want || number(t, doc, "coverage") != 1 {
			t.Errorf("%s: %v", tt.query, doc)
		}
	}
	hybrid := p.json("search", "lock of a folder", "--explain")
	if top(hybrid) != "lock/lock.go" || hybrid["mode"] != "hybrid" || hybrid["explain"] == nil {
		t.Errorf("%v", hybrid)
	}

	// An adapter for both sides needs its own space; one for queries does not.
	p.fails(exitFailure, "not_found", "loradex index --adapter 'small'", "search", "x", "--adapter", "small")
	p.fails(exitFailure, "not_found", "asker, small", "search", "x", "--adapter", "ghost")
	asked := p.json("search", "lock", "--adapter", "asker")
	if hit := asked["hits"].([]any)[0].(map[string]any); hit["adapter"] != "asker" {
		t.Errorf("%v", hit)
	}
	p.ok("index", "--adapter", "small")
	adapted := p.json("search", "lock", "--adapter", "small")
	if hit := adapted["hits"].([]any)[0].(map[string]any); hit["adapter"] != "small" {
		t.Errorf("%v", hit)
	}
	// Other settings make another space: an old index is not searched with them by accident.
	p.env["LORADEX_MAX_TOKENS"] = "64"
	p.fails(exitFailure, "conflict", "loradex index", "search", "lock")
}

// TestKindsAreTheChunkersOwn keeps the list of kinds in step with what the chunker makes.
func TestKindsAreTheChunkersOwn(t *testing.T) {
	for _, src := range []string{"package p\n\ntype A interface{ M() }\n\nconst C = 1\n\nfunc (a B) F() {}\n"} {
		chunks, err := chunk.Split(t.Context(), "go", []byte(src))
		must(t, err)
		for _, c := range chunks {
			if !slices.Contains(search.Kinds(), c.Kind) {
				t.Errorf("kind %q is not offered", c.Kind)
			}
		}
	}
}
