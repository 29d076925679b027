package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// found lists the hits that have a word in them, as "path start-end".
func (p *place) found(dir, word string) []string {
	p.t.Helper()
	doc := p.json("search", "--repo", dir, "--mode", "lexical", "-k", "100", word)
	var out []string
	for _, h := range doc["hits"].([]any) {
		hit := h.(map[string]any)
		if text, _ := hit["text"].(string); strings.Contains(text, word) {
			out = append(out, fmt.Sprintf("%v %v-%v", hit["path"], hit["start_line"], hit["end_line"]))
		}
	}
	slices.Sort(out)
	return out
}

// skipped lists what is not indexed, with the reason.
func (p *place) skipped(dir string) map[string]string {
	p.t.Helper()
	out := map[string]string{}
	for _, f := range p.json("status", dir, "--skipped")["index"].(map[string]any)["skipped_files"].([]any) {
		file := f.(map[string]any)
		out[file["path"].(string)] = file["reason"].(string)
	}
	return out
}

func (p *place) wantFound(dir, word string, want ...string) {
	p.t.Helper()
	if got := p.found(dir, word); !slices.Equal(got, want) {
		p.t.Errorf("%s: %q, want %q", word, got, want)
	}
}

// Cells of notebooks, and files that describe projects.
func TestDataFiles(t *testing.T) {
	p := newPlace(t)
	p.env["LORADEX_MODEL"] = "none"
	big := "[" + strings.Repeat("{\"a\":\"orphaned\"},\n", 2000) + "1]"
	dir := repo(t, map[string]string{
		"rates.ipynb": `{"cells":[{"cell_type":"markdown","metadata":{},"source":["# Parcel rates\n"]},{"cell_type":"code","metadata":{},` +
			`"outputs":[],"source":["def zone_of(postcode):\n","    return postcode[:2]\n"]}],"metadata":{"language_info":{"name":"python"}},"nbformat":4}`,
		"pom.xml":           "<project><artifactId>parcel-tracker</artifactId><dependencies>zone-table</dependencies></project>\n",
		"package.json":      "{\"name\":\"parcel-ui\",\"scripts\":{\"relabel\":\"node relabel.js\"}}\n",
		"package-lock.json": "{\"lockfileVersion\": 3}\n", "data.json": big, "testdata/x.json": "{\"orphaned\":1}\n",
		".github/workflows/ci.yml": "on: pushworkflow\n", "Dockerfile": "FROM dockerbase\n", "q.sql": "SELECT sqlword;\n",
		"a.proto": "syntax = \"proto3\";\nmessage Protoword {}\n", "s.graphql": "type Graphword { b: Int }\n", "main.tf": "resource \"tfword\" \"b\" {}\n",
	})
	p.ok("index", dir)
	p.wantFound(dir, "zone_of", "rates.ipynb 1-1")
	p.wantFound(dir, "zone-table", "pom.xml 1-1")
	p.wantFound(dir, "relabel", "package.json 1-1")
	for word, path := range map[string]string{
		"pushworkflow": ".github/workflows/ci.yml", "dockerbase": "Dockerfile", "sqlword": "q.sql", "Protoword": "a.proto",
		"Graphword": "s.graphql", "tfword": "main.tf",
	} {
		if got := p.found(dir, word); len(got) != 1 || !strings.HasPrefix(got[0], path) {
			t.Errorf("%s: %q", word, got)
		}
	}
	if got := p.json("search", "--repo", dir, "--mode", "lexical", "--lang", "python", "zone_of")["hits"].([]any); len(got) != 1 {
		t.Errorf("cells in Python: %v", got)
	}
	left := p.skipped(dir)
	if left["package-lock.json"] != "data" || left["data.json"] != "data" || left["testdata/x.json"] != "data" || len(left) != 3 {
		t.Errorf("not indexed: %v", left)
	}
	if text := p.ok("status", dir, "--skipped"); text != "data.json\tdata\npackage-lock.json\tdata\ntestdata/x.json\tdata\n" {
		t.Errorf("in words: %q", text)
	}
	p.wantFound(dir, "orphaned")
	write(t, dir, map[string]string{".loradexignore": "!testdata/*.json\n"})
	p.ok("index", dir)
	p.wantFound(dir, "orphaned", "testdata/x.json 1-1")
	p.env["LORADEX_INDEX_DATA"] = "none"
	p.ok("index", dir)
	p.wantFound(dir, "relabel")
	p.env["LORADEX_INDEX_DATA"] = "all"
	p.ok("index", dir)
	if got := p.found(dir, "orphaned"); len(got) < 2 {
		t.Errorf("all data: %q", got)
	}
	if left := p.skipped(dir); left["package-lock.json"] != "generated" || len(left) != 1 {
		t.Errorf("all data, but not %v", left)
	}
}

func TestEncodings(t *testing.T) {
	p := newPlace(t)
	p.env["LORADEX_MODEL"] = "none"
	wide := "\xff\xfe"
	for _, c := range "public class Rate {\r\n  public decimal ParcelRate(int grams) { return grams * 2; }\r\n}\r\n" {
		wide += string([]byte{byte(c), 0})
	}
	dir := repo(t, map[string]string{
		"Rate.cs": wide, "fee.c": "/* Geb\xfchr je Paket */\nint parcel_fee(int grams)\n{\n\treturn grams * 3;\n}\n",
		"kana.c": "/* \x81\x5b\x83\x80 */\nint kana_fee(void) { return 1; }\n", "raw.c": "\x81\x01\x02\n",
	})
	p.ok("index", dir)
	if got := p.found(dir, "ParcelRate"); len(got) != 1 || !strings.HasPrefix(got[0], "Rate.cs ") {
		t.Errorf("UTF-16: %q", got)
	}
	p.wantFound(dir, "parcel_fee", "fee.c 1-5")
	p.wantFound(dir, "Gebühr", "fee.c 1-5")
	if left := p.skipped(dir); left["kana.c"] != "invalid_utf8" || left["raw.c"] != "invalid_utf8" || len(left) != 2 {
		t.Errorf("not indexed: %v", left)
	}
	write(t, dir, map[string]string{".gitattributes": "kana.c working-tree-encoding=shift_jis\n"})
	p.ok("index", dir)
	p.wantFound(dir, "kana_fee", "kana.c 1-2")
	p.env["LORADEX_INDEX_ENCODING"] = "no-such"
	p.fails(exitFailure, "invalid", "no-such", "index", dir)
	p.env["LORADEX_INDEX_ENCODING"] = "utf-8"
	p.ok("index", dir)
	p.wantFound(dir, "parcel_fee")
}

func TestLongLines(t *testing.T) {
	p := newPlace(t)
	p.env["LORADEX_MODEL"] = "none"
	rows := ""
	for n := range 6 {
		rows += fmt.Sprintf("PROMPT_%d = %q\n", n, strings.Repeat("Never book an invoice twice and ask for the cost centre before you answer. ", 5))
	}
	dir := repo(t, map[string]string{
		"prompts.py": rows + "def build_prompt(kind, invoice):\n    return PROMPT_0 + kind + repr(invoice)\n",
		"prompts.js": strings.ReplaceAll(rows, "PROMPT", "const PROMPT") + "function jsPrompt(kind) {\n  return PROMPT_0 + kind;\n}\n",
		"packed.js":  strings.Repeat("function a(b,c){return b(c)}", 200),
	})
	p.ok("index", dir)
	if got := p.found(dir, "build_prompt"); len(got) != 1 || !strings.HasPrefix(got[0], "prompts.py ") {
		t.Errorf("by hand: %q", got)
	}
	if got := p.found(dir, "jsPrompt"); len(got) == 0 {
		t.Error("a script by hand is not found")
	}
	if left := p.skipped(dir); left["packed.js"] != "minified" || len(left) != 1 {
		t.Errorf("not indexed: %v", left)
	}
}

func TestVendorAndAttributes(t *testing.T) {
	p := newPlace(t)
	p.env["LORADEX_MODEL"] = "none"
	dir := repo(t, map[string]string{
		"src/main/java/shop/vendor/VendorPayout.java": "package shop.vendor;\npublic class VendorPayout {\n  long payoutDue() { return 1; }\n}\n",
		"gen/c.py": "def generated_client(): pass\n", "page.tpl": "<?php function tpl_fn() { return 1; }\n",
		"vendor/x/x.go": "package x\n\nfunc VendoredFn() {}\n", "third_party/y.c": "int third_fn(void) { return 1; }\n",
		".gitattributes": "gen/* linguist-generated=true\n*.tpl linguist-language=PHP\nthird_party/** -linguist-vendored\n",
		".gitignore":     "out/\n",
	})
	write(t, dir, map[string]string{"out/a.go": "package out\n", ".loradexignore": "*.sql\n", "q.sql": "SELECT 1;\n"})
	p.ok("index", dir)
	p.wantFound(dir, "payoutDue", "src/main/java/shop/vendor/VendorPayout.java 1-4")
	p.wantFound(dir, "generated_client")
	p.wantFound(dir, "tpl_fn", "page.tpl 1-1")
	p.wantFound(dir, "VendoredFn")
	p.wantFound(dir, "third_fn", "third_party/y.c 1-1")
	left := p.skipped(dir)
	for path, want := range map[string]string{
		"gen/c.py": "generated", "vendor/x/x.go": "vendored", "out/": "gitignore", "q.sql": "loradexignore", ".gitignore": "data",
	} {
		if left[path] != want {
			t.Errorf("%s: %q, want %q", path, left[path], want)
		}
	}
	write(t, dir, map[string]string{".loradexignore": "!vendor/\n", "later.go": "package later\n", ".gitattributes": "*.py linguist-generated\n"})
	if left := p.skipped(dir); left["later.go"] != "not_yet" {
		t.Errorf("a new file: %v", left)
	}
	p.ok("index", dir)
	if got := p.found(dir, "VendoredFn"); len(got) != 1 {
		t.Errorf("taken in: %q", got)
	}
	p.wantFound(dir, "third_fn") // its attribute is gone
	if left := p.skipped(dir); left["third_party/y.c"] != "vendored" || left["vendor/x/x.go"] != "" {
		t.Errorf("after the change: %v", left)
	}
	must(t, os.Remove(filepath.Join(dir, ".loradexignore")))
	p.ok("index", dir)
	p.wantFound(dir, "VendoredFn")
}

// Settings that git reads never stop an index, and what is included holds.
func TestGitSettings(t *testing.T) {
	p := newPlace(t)
	user := t.TempDir()
	p.env["LORADEX_MODEL"], p.env["HOME"] = "none", user
	for _, text := range []string{"[a] k = v\n", "[section.sub]\n\tk = v\n", "[user]\n\tname = J\xfcrgen\n"} {
		dir := repo(t, map[string]string{"a.py": "def settled_fn(): pass\n"})
		config, err := os.ReadFile(filepath.Join(dir, ".git", "config"))
		must(t, err)
		write(t, dir, map[string]string{".git/config": string(config) + text})
		if r := p.run("index", dir); r.code != exitOK || strings.Contains(r.err, "no git setting") {
			t.Errorf("%q: %+v", text, r)
		}
		p.wantFound(dir, "settled_fn", "a.py 1-1")
	}
	write(t, user, map[string]string{"ig": "*.secret.py\n", "more": "[core]\n\texcludesFile = ~/ig\n", ".gitconfig": "[include]\n\tpath = ~/more\n[bad\n"})
	dir := repo(t, map[string]string{"a.py": "def kept(): pass\n"})
	write(t, dir, map[string]string{"a.secret.py": "def hidden(): pass\n"})
	if r := p.run("index", dir); r.code != exitOK || !strings.Contains(r.err, ".gitconfig, line 3 is no git setting") {
		t.Errorf("%+v", r)
	}
	p.wantFound(dir, "hidden")
	if left := p.skipped(dir); left["a.secret.py"] != "gitignore" {
		t.Errorf("not indexed: %v", left)
	}
}
