package main

// This file tests language-wise indexes, from the index to the search.

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"loradex/adapters"
	"loradex/workspace"
)

// peftFolders is absolute: tests change their folder.
var peftFolders, _ = filepath.Abs(filepath.Dir(peftFolder))

// withLanguageAdapter adds an adapter of the test data whose card names languages.
func (p *place) withLanguageAdapter(folder, name string, languages ...string) {
	p.t.Helper()
	if peftFolders == "" {
		p.t.Fatal("the folder of the test data is not known")
	}
	from := filepath.Join(peftFolders, folder)
	if _, err := os.Stat(from); err != nil {
		p.t.Skip(err)
	}
	dir := filepath.Join(p.t.TempDir(), name)
	must(p.t, os.CopyFS(dir, os.DirFS(from)))
	card, err := json.Marshal(adapters.Card{Name: name, Side: adapters.SideBoth, Languages: languages})
	must(p.t, err)
	must(p.t, os.WriteFile(filepath.Join(dir, adapters.CardFile), card, 0o600))
	p.ok("adapters", "add", dir, "--name", name, "--base", "--replace")
}

// spacesOf lists the spaces of a report as "mix languages: vectors".
func spacesOf(doc map[string]any) []string {
	var out []string
	for _, s := range doc["spaces"].([]any) {
		space := s.(map[string]any)
		var languages []string
		if list, ok := space["languages"].([]any); ok {
			for _, l := range list {
				languages = append(languages, l.(string))
			}
		}
		out = append(out, space["adapter"].(string)+" "+strings.Join(languages, ",")+": "+itoa(int(space["vectors"].(float64))))
	}
	slices.Sort(out)
	return out
}

// hitsOf gives the adapter of each hit by its path, and the paths in order.
func hitsOf(doc map[string]any) (adapterOf map[string]string, paths []string) {
	adapterOf = map[string]string{}
	for _, h := range doc["hits"].([]any) {
		hit := h.(map[string]any)
		path := hit["path"].(string)
		adapterOf[path] = hit["adapter"].(string)
		paths = append(paths, path)
	}
	return adapterOf, paths
}

// polyglot is a repository in three languages, with a chunk's worth of each.
func polyglot() map[string]string {
	return map[string]string{
		"lock.go":   "package lock\n\n// Acquire takes the writer lock of a folder.\nfunc Acquire(dir string) error { return flock(dir) }\n",
		"fetch.py":  "def download_with_retry(url):\n    \"\"\"Fetch a page again after a failure.\"\"\"\n    return fetch(url)\n",
		"README.md": "# Potatoes\n\nBoil them for twenty minutes.\n",
	}
}

func TestLanguageWise(t *testing.T) {
	p := newPlace(t).withEncoder()
	p.withLanguageAdapter("qv_r4", "code-go", "go")
	p.withLanguageAdapter("all_r8", "code-python", "python")
	dir := repo(t, polyglot())
	t.Chdir(dir)
	index := func(name string, encoded int, want []string, args ...string) map[string]any {
		t.Helper()
		doc := p.json(append([]string{"index"}, args...)...)
		if got := spacesOf(doc); int(number(t, doc, "chunks.encoded")) != encoded || !slices.Equal(got, want) || number(t, doc, "coverage") != 1 {
			t.Errorf("%s: %v encoded, want %d; spaces %q, want %q; coverage %v", name, number(t, doc, "chunks.encoded"), encoded, got, want, doc["coverage"])
		}
		return doc
	}
	count := func(language string) int { // chunks, as the base has them
		n := 0
		for _, h := range p.json("search", "-k", "1000", "--mode", "lexical", "--lang", language, "lock package acquire def download fetch page potatoes boil")["hits"].([]any) {
			if h != nil {
				n++
			}
		}
		return n
	}
	p.ok("index", "--model", "none")
	g, y, m := count("go"), count("python"), count("markdown")
	if g == 0 || y == 0 || m == 0 {
		t.Fatalf("%d, %d and %d chunks", g, y, m)
	}
	total := g + y + m
	bothSpaces := []string{"code-go go: " + itoa(g), "code-python python: " + itoa(y), "none markdown: " + itoa(m)}

	// Every way to say it gives the same index; once made, nothing is encoded again.
	index("by prefix", total, bothSpaces, "--language-wise=code")
	for _, args := range [][]string{
		{}, {"--language-wise"}, {"--language-wise=code"}, {"--language-wise=golang=code-go,py=code-python,rust=none"},
	} {
		doc := index(strings.Join(args, " "), 0, bothSpaces, args...)
		if number(t, doc, "chunks.cached") != float64(total) {
			t.Errorf("%q: %v", args, doc["chunks"])
		}
	}
	p.env["LORADEX_INDEX_LANGUAGE_WISE"] = "code"
	index("by the configuration", 0, bothSpaces)
	delete(p.env, "LORADEX_INDEX_LANGUAGE_WISE")

	doc := p.json("search", "take the lock of a folder", "--explain")
	adapterOf, paths := hitsOf(doc)
	if adapterOf["lock.go"] != "code-go" || adapterOf["fetch.py"] != "code-python" || adapterOf["README.md"] != "none" || len(paths) != 3 {
		t.Errorf("hits %v, %v", paths, adapterOf)
	}
	spaces := doc["explain"].(map[string]any)["spaces"].([]any)
	if len(spaces) != 3 || number(t, doc, "coverage") != 1 {
		t.Errorf("%v", doc["explain"])
	}
	if out := p.ok("search", "lock", "--explain"); !strings.Contains(out, "documents code-go, query code-go") || !strings.Contains(out, "merged by cosines") {
		t.Errorf("--explain: %s", out)
	}
	p.env["LORADEX_SEARCH_MERGE"] = "ranks"
	if out := p.ok("search", "lock", "--explain"); !strings.Contains(out, "merged by ranks") {
		t.Errorf("--explain: %s", out)
	}
	delete(p.env, "LORADEX_SEARCH_MERGE")
	status := p.json("status")["index"].(map[string]any)
	if status["coverage"] != 1.0 || len(status["spaces"].([]any)) != 3 {
		t.Errorf("status: %v", status)
	}
	if out := p.ok("status"); !strings.Contains(out, "space    code-go for go") {
		t.Errorf("status: %s", out)
	}

	// One more file costs its own chunks; a run that went step by step answers as a fresh one.
	write(t, dir, map[string]string{"more.py": "def upload(path):\n    \"\"\"Send a file.\"\"\"\n    return send(path)\n"})
	more := []string{bothSpaces[0], "code-python python: " + itoa(2*y), bothSpaces[2]}
	index("one more file", y, more)
	stepwise := p.json("search", "send a file")
	must(t, os.RemoveAll(filepath.Join(dir, ".loradex")))
	index("afresh", total+y, more, "--language-wise=code")
	fresh := p.json("search", "send a file")
	if a, b := hitsText(stepwise), hitsText(fresh); a != b {
		t.Errorf("step by step\n%s\nafresh\n%s", a, b)
	}

	// Another adapter under the same name: its language alone is encoded again.
	p.withLanguageAdapter("rslora_r32", "code-go", "go")
	p.fails(exitFailure, "conflict", "run `loradex index`", "search", "lock")
	index("another adapter for go", g, more)
	p.ok("search", "lock")

	// A missing one is named; whoever does not need it does without.
	p.ok("adapters", "remove", "code-go")
	p.fails(exitFailure, "not_found", `go with "code-go"`, "search", "lock")
	p.fails(exitFailure, "not_found", "--language-wise", "search", "lock")
	p.ok("search", "fetch", "--lang", "python")
	p.ok("search", "lock", "--mode", "lexical")
	r := p.run("index")
	if r.code != exitOK || !strings.Contains(r.err, "code-go") {
		t.Errorf("index without the adapter: %+v", r)
	}
	p.fails(exitFailure, "not_found", "code-go", "index", "--language-wise=go=code-go")

	// A language less, then off.
	index("without go", g, []string{more[1], "none go,markdown: " + itoa(g+m)}, "--language-wise=code")
	index("off", 2*y, []string{"none : " + itoa(total+y)}, "--language-wise=none")
	index("off again", 0, []string{"none : " + itoa(total+y)})
	if adapterOf, _ := hitsOf(p.json("search", "fetch")); adapterOf["fetch.py"] != "none" {
		t.Errorf("after it is off: %v", adapterOf)
	}
	// On again: the base has what it needs already.
	index("on again", 2*y, []string{more[1], "none go,markdown: " + itoa(g+m)}, "--language-wise=code")
}

// hitsText is an answer without its times.
func hitsText(doc map[string]any) string {
	hits := doc["hits"].([]any)
	for _, h := range hits {
		for _, scores := range []any{h, h.(map[string]any)["scores"]} {
			for k, v := range scores.(map[string]any) {
				if f, ok := v.(float64); ok {
					scores.(map[string]any)[k] = float64(int(f*1e4)) / 1e4 // batches may differ in the last digits
				}
			}
		}
	}
	text, _ := json.Marshal(hits)
	return string(text)
}

// TestLanguageWiseSameAdapterTwice: two names of one adapter are one space.
func TestLanguageWiseSameAdapterTwice(t *testing.T) {
	p := newPlace(t).withEncoder()
	p.withLanguageAdapter("qv_r4", "a-go", "go")
	p.withLanguageAdapter("qv_r4", "a-python", "python")
	t.Chdir(repo(t, polyglot()))
	doc := p.json("index", "--language-wise")
	if len(doc["spaces"].([]any)) != 2 || number(t, doc, "coverage") != 1 {
		t.Errorf("%v", doc)
	}
	if again := p.json("index", "--language-wise"); number(t, again, "chunks.encoded") != 0 {
		t.Errorf("%v", again)
	}
	if adapterOf, _ := hitsOf(p.json("search", "fetch")); adapterOf["lock.go"] != "a-go" || adapterOf["fetch.py"] != "a-go" {
		t.Errorf("%v", adapterOf)
	}
}

func TestLanguageWiseWrongUse(t *testing.T) {
	p := newPlace(t).withEncoder()
	p.withLanguageAdapter("qv_r4", "a-go", "go")
	p.withLanguageAdapter("all_r8", "b-go", "go")
	p.withLanguageAdapter("all_r8", "c-odd", "klingon")
	p.withLanguageAdapter("all_r8", "d-none")
	p.withQueryAdapter("asker")
	dir := repo(t, polyglot())
	t.Chdir(dir)
	for _, tt := range []struct {
		code              int
		kind, words, args string
	}{
		{exitUsage, "invalid", "klingon", "--language-wise=klingon=a-go"},
		{exitUsage, "invalid", "two mixes", "--language-wise=go=a-go,golang=b-go"},
		{exitUsage, "invalid", "LANGUAGE=MIX", "--language-wise=go=a-go,b-go"},
		{exitUsage, "invalid", "language-wise", "--language-wise=go=+"},
		{exitUsage, "invalid", "language-wise", "--language-wise=Upper"},
		{exitUsage, "invalid", "empty", "--language-wise="},
		{exitUsage, "invalid", "no re-indexing", "--language-wise=go=asker"},
		{exitFailure, "unsupported", "auto", "--language-wise=go=auto"},
		{exitFailure, "not_found", "ghost", "--language-wise=go=ghost"},
		{exitFailure, "not_found", "ghost-LANGUAGE", "--language-wise=ghost"},
		{exitFailure, "invalid", "klingon", "--language-wise=c"},
		{exitFailure, "invalid", "names no language", "--language-wise=d"},
	} {
		p.fails(tt.code, tt.kind, tt.words, "index", tt.args)
	}
	p.ok("adapters", "remove", "c-odd")
	p.fails(exitFailure, "conflict", "a-go, b-go", "index", "--language-wise")
	p.fails(exitFailure, "unsupported", "none", "index", "--language-wise=go=a-go", "--model", "none")

	p.ok("index", "--language-wise=a")
	p.fails(exitUsage, "invalid", "go alone", "index", "--adapter", "a-go")
	p.fails(exitUsage, "invalid", "the mix of go", "index", "--drop-space", "a-go")
	p.fails(exitFailure, "unsupported", "language-wise", "adapt")
	// A run without vectors keeps the mapping.
	p.ok("index", "--model", "none")
	if adapterOf, _ := hitsOf(p.json("search", "lock")); adapterOf["lock.go"] != "a-go" {
		t.Errorf("%v", adapterOf)
	}
	p.ok("index", "--language-wise=none")
	must(t, workspace.Adapt(filepath.Join(dir, ".loradex"), "asker"))
	p.fails(exitFailure, "conflict", "adapt --forget", "index", "--language-wise=a")
}
