package main

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestStaleMarks: what attributes and .loradexignore say of files holds for those that changed since they were indexed, and for
// what an editor shows, as it does for the index.
func TestStaleMarks(t *testing.T) {
	p := newPlace(t)
	p.env["LORADEX_MODEL"], p.env["LORADEX_SEARCH_FOLD"] = "none", "none"
	p.env["LORADEX_SEARCH_FRESHNESS"] = "5s" // however busy the machine is
	const rules = "gen/*.py linguist-generated\nmine.py linguist-vendored\n*.tpl linguist-language=Python\n*.u16 working-tree-encoding=UTF-16LE linguist-language=Python\nkept.py linguist-generated\n"
	python := func(name string) string { return "def " + name + "(): return 1\n" }
	dir := repo(t, map[string]string{
		".gitattributes": rules, ".loradexignore": "!kept.py\n!/vendor/\n!rows.csv\nprivate.py\n",
		"a.py": python("plain_alpha"), "gen/g.py": python("plain_gamma"), "mine.py": python("plain_mine"), "kept.py": python("plain_kept"),
		"vendor/x/v.py": python("plain_vendor"), "private.py": python("plain_private"), "rows.csv": "plain_rows,1\n", "x.tpl": python("plain_template"),
		"wide.u16": utf16(python("plain_wide")), "empty.py": "", "big.ipynb": notebook("plain_notebook"),
		"shop/vendor/v.py": python("plain_trader"), "lib/vendor/zlib/LICENSE": "MIT\n", "lib/vendor/zlib/z.py": python("plain_copy"),
	})
	p.ok("index", dir)
	want := "a.py big.ipynb empty.py kept.py rows.csv shop/vendor/v.py vendor/x/v.py wide.u16 x.tpl"
	all := func(word string) string {
		t.Helper()
		return strings.Join(found(t, p.json("search", "--mode", "lexical", "--repo", dir, "-k", "50", word)), " ")
	}
	if got := all("plain"); got != strings.Replace(want, "empty.py ", "", 1) {
		t.Fatalf("as indexed: %s", got)
	}
	texts := map[string]string{}
	for _, path := range []string{"a.py", "gen/g.py", "mine.py", "kept.py", "vendor/x/v.py", "private.py", "x.tpl", "empty.py", "shop/vendor/v.py", "lib/vendor/zlib/z.py"} {
		texts[path] = python("edited_one")
	}
	texts["big.ipynb"] = notebook("edited_one")
	texts["rows.csv"], texts["wide.u16"] = "edited_one,1\n", utf16(python("edited_one"))
	write(t, dir, texts)
	if got := all("edited"); got != want {
		t.Errorf("edited: %s, want %s", got, want)
	}
	if n := number(t, p.json("status", dir)["index"].(map[string]any), "changed"); n != 9 {
		t.Errorf("status: %v changed", n)
	}
	write(t, dir, map[string]string{
		"gen/new.py": python("newborn_one"), "vendor/x/new.py": python("newborn_one"), "gen/deep/new.py": python("newborn_one"), "new.tpl": python("newborn_one"),
		"lib/vendor/zlib/new.py": python("newborn_one"), "shop/vendor/new.py": python("newborn_one"),
	})
	if got := all("newborn"); got != "gen/deep/new.py new.tpl shop/vendor/new.py vendor/x/new.py" {
		t.Errorf("new: %s", got)
	}
	p.ok("index", dir)
	if got := all("edited"); got != want {
		t.Errorf("indexed anew: %s, want %s", got, want)
	}
	e := p.edit(dir)
	delete(texts, "big.ipynb")
	texts["gen/unsaved.py"] = ""
	names := map[string]string{}
	for path := range texts {
		names[path] = strings.Repeat(string(rune('a'+len(names))), 8)
		e.open(filepath.Join(dir, filepath.FromSlash(path)), python(names[path]))
	}
	for path, name := range names {
		want := filepath.Base(path)
		if path == "mine.py" || path == "private.py" || strings.HasPrefix(path, "gen/") || strings.HasPrefix(path, "lib/") {
			want = ""
		}
		if got := e.symbols(name); got != want {
			t.Errorf("an editor shows %s: %q is found, want %q", path, got, want)
		}
	}
	e.leaves()
}

// TestStaleRules changes what ignore files and attributes say of files that stay as they are.
func TestStaleRules(t *testing.T) {
	p := newPlace(t)
	p.env["LORADEX_SEARCH_FRESHNESS"] = "5s" // however busy the machine is
	p.env["LORADEX_MODEL"], p.env["LORADEX_SEARCH_FOLD"] = "none", "none"
	text := "def thing(): return 1\n"
	dir := repo(t, map[string]string{".gitignore": "out/\n", "a.py": text, "sub/b.py": text, "sub/c.py": text, "d.py": text})
	write(t, dir, map[string]string{"untracked.py": text, "out/e.py": text})
	p.ok("index", dir)
	for _, step := range []struct{ file, text, want, rules string }{
		{"", "", "a.py d.py sub/b.py sub/c.py untracked.py", ""},
		{".loradexignore", "d.py\n", "a.py sub/b.py sub/c.py untracked.py", ".loradexignore"},
		{"sub/.gitattributes", "b.py linguist-generated\n", "a.py sub/c.py untracked.py", ".loradexignore sub/.gitattributes"},
		{".gitignore", "out/\nuntracked.py\nc.py\n", "a.py sub/c.py", ".gitignore .loradexignore sub/.gitattributes"}, // c.py is tracked
		{".loradexignore", "", "a.py d.py sub/c.py", ".gitignore .loradexignore sub/.gitattributes"},
	} {
		if step.file != "" {
			write(t, dir, map[string]string{step.file: step.text})
		}
		doc := p.json("search", "--mode", "lexical", "--repo", dir, "thing")
		rules, _ := doc["freshness"].(map[string]any)["rules"].([]any)
		names := []string{}
		for _, r := range rules {
			names = append(names, r.(string))
		}
		slices.Sort(names)
		if got := strings.Join(found(t, doc), " "); got != step.want || strings.Join(names, " ") != step.rules {
			t.Errorf("%s with %q: %s, rules %q", step.file, step.text, got, names)
		}
	}
	if r := p.run("search", "--mode", "lexical", "--repo", dir, "thing"); !strings.Contains(r.err, "sub/.gitattributes changed since the index was made") {
		t.Errorf("it is not said: %s", r.err)
	}
	p.ok("index", dir)
	doc := p.json("search", "--mode", "lexical", "--repo", dir, "thing")
	if got := strings.Join(found(t, doc), " "); got != "a.py d.py sub/c.py" || doc["freshness"].(map[string]any)["rules"] != nil {
		t.Errorf("after the next index: %s, %v", got, doc["freshness"])
	}
}

// utf16 writes a text of ASCII in UTF-16, little end first.
func utf16(text string) string {
	var out strings.Builder
	for i := range len(text) {
		out.WriteString(text[i:i+1] + "\x00")
	}
	return out.String()
}

// notebook is one that is larger than files of code may be.
func notebook(name string) string {
	return `{"cells":[{"cell_type":"code","source":["def ` + name + `(): return 1\n"],"outputs":[{"text":"` + strings.Repeat("x", 1200<<10) +
		`"}]}],"metadata":{"language_info":{"name":"python"}}}`
}
