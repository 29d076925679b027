package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"loradex/indexer/chunk"
)

// placesOf lists "path:start" of the hits of a document.
func placesOf(doc map[string]any) (out []string) {
	for _, h := range doc["hits"].([]any) {
		hit := h.(map[string]any)
		out = append(out, fmt.Sprintf("%v:%v", hit["path"], hit["start_line"]))
	}
	return out
}

// many is a repository of n files, each with a function that fetches; every third has a mark.
func many(n int) map[string]string {
	files := map[string]string{}
	for i := range n {
		mark := ""
		if i%3 == 0 {
			mark = fmt.Sprintf("\t// TODO(%d): later\n", i)
		}
		files[fmt.Sprintf("p/f%02d.go", i)] = fmt.Sprintf("package p\n\n// Fetch%02d fetches page %d.\nfunc Fetch%02d() int {\n%s\treturn %d\n}\n", i, i, i, mark, i)
	}
	return files
}

// TestSearchMatch: -e ranks what matches alone, and loses none of it.
func TestSearchMatch(t *testing.T) {
	p := newPlace(t)
	files := many(30)
	dir := repo(t, files)
	t.Chdir(dir)
	p.ok("index", "--model", "none")
	var want []string
	for i := 0; i < 30; i += 3 {
		want = append(want, fmt.Sprintf("p/f%02d.go:", i))
	}
	same := func(doc map[string]any, want []string, what string) {
		t.Helper()
		got := placesOf(doc)
		for i := range got {
			got[i] = got[i][:strings.IndexByte(got[i], ':')+1]
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	doc := p.json("search", "-e", `TODO\(\d+\)`, "-k", "20")
	same(doc, want, "-e alone is in the order of paths")
	hit := doc["hits"].([]any)[3].(map[string]any)
	if m := hit["matches"].([]any)[0].(map[string]any); m["line"] != 5.0 || m["text"] != "\t// TODO(9): later" {
		t.Errorf("matches %v", m)
	}
	same(p.json("search", "-e", `TODO`, "-e", `return 1\d`, "-k", "20"), []string{"p/f12.go:", "p/f15.go:", "p/f18.go:"}, "both")
	same(p.json("search", "-e", `(?i)^\s+// todo\(2[0-9]\): LATER$`), []string{"p/f21.go:", "p/f24.go:", "p/f27.go:"}, "edges of lines, case")
	ranked := p.json("search", "--mode", "lexical", "-e", "TODO", "-k", "20", "page", "21")
	if got := placesOf(ranked); len(got) != len(want) || !strings.HasPrefix(got[0], "p/f21.go") {
		t.Errorf("ranked: %v", got)
	}
	unknown := p.json("search", "--mode", "lexical", "-e", "TODO", "-k", "20", "zeppelin")
	same(unknown, want, "matches without a word")
	write(t, dir, map[string]string{"p/f00.go": "package p\n", "p/f01.go": files["p/f01.go"] + "\n// TODO(new)\nvar X = 1\n"})
	same(p.json("search", "-e", "TODO", "-k", "20"), append([]string{"p/f01.go:"}, want[1:]...), "files as they are")
	out := p.ok("search", "-e", "TODO", "-l", "-k", "3")
	if out != "p/f01.go\np/f03.go\np/f06.go\n" {
		t.Errorf("-l: %q", out)
	}
	if out := p.ok("search", "-e", `TODO\(3`, "-k", "2"); !strings.Contains(out, "    5: // TODO(3): later\n") {
		t.Errorf("matching lines: %q", out)
	}
	p.fails(exitUsage, "invalid", "RE2", "search", "-e", "(", "x")
}

// TestSearchPages: a cursor goes through all hits, each once, and is refused for another question and another index.
func TestSearchPages(t *testing.T) {
	p := newPlace(t)
	dir := repo(t, many(30))
	t.Chdir(dir)
	p.ok("index", "--model", "none")
	ask := []string{"search", "--mode", "lexical", "fetch page", "-k", "7"}
	seen, cursor := map[string]bool{}, ""
	for page := 0; ; page++ {
		doc := p.json(append(ask, "--cursor", cursor)...)
		for _, place := range placesOf(doc) {
			if seen[place] {
				t.Errorf("page %d repeats %s", page, place)
			}
			seen[place] = true
		}
		next, _ := doc["cursor"].(string)
		if next == "" || page > 10 {
			break
		}
		cursor = next
	}
	all := p.json("search", "--mode", "lexical", "fetch page", "-k", "100")
	if got := placesOf(all); len(seen) != len(got) || len(got) < 30 || all["cursor"] != nil {
		t.Errorf("%d hits by pages, %d at once", len(seen), len(got))
	}
	p.fails(exitUsage, "invalid", "not a cursor", append(ask, "--cursor", "nonsense")...)
	p.fails(exitFailure, "invalid", "another question", "search", "--mode", "lexical", "fetch", "--cursor", cursor)
	write(t, dir, map[string]string{"p/new.go": "package p\n\nfunc New() {}\n"})
	git(t, dir, "add", "-A")
	p.ok("index", "--model", "none")
	p.fails(exitFailure, "conflict", "changed", append(ask, "--cursor", cursor)...)

	short := p.json("search", "--mode", "lexical", "fetch page", "--lines", "1", "--tokens", "40")
	if n := number(t, short, "tokens"); n > 40 || n == 0 || len(placesOf(short)) < 2 || short["cursor"] == nil {
		t.Errorf("--tokens 40: %v", short)
	}
	for _, h := range short["hits"].([]any) {
		if strings.Contains(h.(map[string]any)["text"].(string), "\n") {
			t.Errorf("--lines 1: %v", h)
		}
	}
	lines := strings.Split(strings.TrimSpace(p.ok("search", "--mode", "lexical", "fetch page", "--jsonl", "-k", "3")), "\n")
	var first, last map[string]any
	must(t, json.Unmarshal([]byte(lines[0]), &first))
	must(t, json.Unmarshal([]byte(lines[len(lines)-1]), &last))
	if len(lines) != 4 || first["path"] == nil || last["query"] != "fetch page" || last["cursor"] == nil {
		t.Errorf("--jsonl: %v", lines)
	}
}

// TestSearchChanged: only what changed since a revision, on disk or in a range.
func TestSearchChanged(t *testing.T) {
	p := newPlace(t)
	long := func(name, result string) string { // a chunk of its own
		return "func " + name + "() int {\n" + strings.Repeat("\tprintln(\"a line of "+name+" that is there to be long\")\n", 60) + "\treturn " + result + "\n}\n\n"
	}
	dir := repo(t, map[string]string{"a.go": "package a\n\n" + long("One", "1") + long("Two", "2"), "b.go": "package a\n\n" + long("Three", "3")})
	t.Chdir(dir)
	first := git(t, dir, "rev-parse", "HEAD")
	write(t, dir, map[string]string{"a.go": "package a\n\n" + long("One", "1") + long("Two", "22")})
	git(t, dir, "add", "-A")
	git(t, dir, "-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-q", "-m", "two")
	p.ok("index", "--model", "none")
	found := func(rev string) string {
		t.Helper()
		var out []string
		for _, h := range p.json("search", "-e", "return", "--changed", rev)["hits"].([]any) {
			hit := h.(map[string]any)
			out = append(out, fmt.Sprint(hit["path"], " ", hit["matches"].([]any)[0].(map[string]any)["text"]))
		}
		return strings.Join(out, ", ")
	}
	for rev, want := range map[string]string{
		first: "a.go \treturn 22", "HEAD": "", first + "..HEAD": "a.go \treturn 22", first + "..": "a.go \treturn 22", "HEAD..HEAD": "",
	} {
		if got := found(rev); got != want {
			t.Errorf("--changed %s: %q, want %q", rev, got, want)
		}
	}
	write(t, dir, map[string]string{"b.go": "package a\n\n" + long("Three", "33")})
	if got := found("HEAD"); got != "b.go \treturn 33" {
		t.Errorf("of an edited file: %q", got)
	}
	p.fails(exitFailure, "not_found", "nowhere", "search", "x", "--mode", "lexical", "--changed", "nowhere")
}

// TestSearchOutput: piped output is plain; headings, colors and links come when asked for; the lines of a hit are the best ones.
func TestSearchOutput(t *testing.T) {
	if !chunk.Available() {
		t.Skip("without the parser chunks are windows of lines")
	}
	p := newPlace(t)
	body := strings.Repeat("\tstep()\n", 10)
	dir := repo(t, map[string]string{"a/wait.go": "package a\n\n// Wait waits.\nfunc Wait() {\n" + body + "\tretry(download)\n" + body + "}\n", "b.go": "package b\n\nfunc Other() { download() }\n"})
	t.Chdir(dir)
	p.ok("index", "--model", "none")
	ask := []string{"search", "--mode", "lexical", "retry a download"}
	plain := p.ok(ask...)
	if !strings.HasPrefix(plain, "a/wait.go:4: Wait function  ") || !strings.Contains(plain, "    …\n        retry(download)\n") || strings.Contains(plain, "\x1b") {
		t.Errorf("plain: %s", plain)
	}
	if n := strings.Count(plain, "step()"); n != 8 { // of ten lines one is the definition, and one has the words
		t.Errorf("%d lines: %s", n, plain)
	}
	if out := p.ok(append(ask, "--lines", "0")...); strings.Count(out, "\n") != 2 || strings.Contains(out, "    ") {
		t.Errorf("--lines 0: %q", out)
	}
	p.env["NO_COLOR"] = "1"
	if out := p.ok(append(ask, "--heading", "--color", "auto")...); !strings.HasPrefix(out, "a/wait.go\n#1 4: Wait function  ") || !strings.Contains(out, "    15:     retry(download)\n") {
		t.Errorf("--heading: %s", out)
	}
	colored := p.ok(append(ask, "--color", "always", "--hyperlink-format", "x://{path}?{line}")...)
	if !strings.Contains(colored, "\x1b[1;31mretry\x1b[0m(") || !strings.Contains(colored, "\x1b]8;;x://") || !strings.Contains(colored, "/a/wait.go?4\x1b\\") {
		t.Errorf("--color always: %q", colored)
	}
	whole := p.json(ask...)["hits"].([]any)[0].(map[string]any)
	cut := p.json(append(ask, "--lines", "2")...)["hits"].([]any)[0].(map[string]any)
	if cut["text"] != "func Wait() {\n\tretry(download)" || fmt.Sprint(cut["lines"]) != "[4 15]" || whole["lines"] != nil || len(whole["text"].(string)) < 150 {
		t.Errorf("%v\n%v", cut, whole)
	}
	if hit := p.json(append(ask, "--lines", "0", "--history")...)["hits"].([]any)[0].(map[string]any); hit["introduced"] == nil {
		t.Errorf("--history of a hit without text: %v", hit)
	}
	p.fails(exitUsage, "invalid", "always", append(ask, "--color", "often")...)
	p.fails(exitUsage, "invalid", "{path}", append(ask, "--hyperlink-format", "x")...)
	if out := p.ok("__complete", "search", "--hyperlink-format", ""); !strings.Contains(out, "vscode\n") {
		t.Errorf("%s", out)
	}
}

// TestSearchContext: -C shows lines of the file around those of a hit, as the file is now, and of a branch as it is there.
func TestSearchContext(t *testing.T) {
	if !chunk.Available() {
		t.Skip("without the parser chunks are windows of lines")
	}
	p := newPlace(t)
	long := func(name string) string {
		return "func " + name + "() int {\n" + strings.Repeat("\tprintln(\"a line of "+name+" that is there to be long\")\n", 40) + "\treturn 1\n}\n\n"
	}
	files := map[string]string{"a.go": "package a\n\n" + long("One") + long("Two") + "func Three() {}\n"}
	dir := repo(t, files)
	t.Chdir(dir)
	git(t, dir, "branch", "side")
	p.ok("index", "--model", "none")
	p.ok("index", "--model", "none", "--branch", "side")
	around := func(args ...string) string {
		t.Helper()
		hit := p.json(append([]string{"search", "--mode", "lexical", "-k", "1"}, args...)...)["hits"].([]any)[0].(map[string]any)
		lines, _ := hit["context"].([]any)
		out := fmt.Sprint(hit["start_line"], "-", hit["end_line"], ":")
		for _, l := range lines {
			line := l.(map[string]any)
			out += fmt.Sprint(" ", line["line"], " ", strings.TrimSpace(line["text"].(string)), ";")
		}
		return out
	}
	if got := around("Two", "-C", "2"); !strings.Contains(got, " 45 };") {
		t.Errorf("around a chunk: %s", got)
	}
	if got := around("-e", "func Two", "--lines", "1", "-C", "1"); !strings.Contains(got, `48 println("a line of Two`) {
		t.Errorf("around a line: %s", got)
	}
	if out := p.ok("search", "-e", "func Two", "-C", "1"); !strings.Contains(out, ": func Two() int {\n") || !strings.Contains(out, `-     println("a line of Two`) {
		t.Errorf("plain: %s", out)
	}
	write(t, dir, map[string]string{"a.go": strings.Replace(files["a.go"], "func Three", "// new\nfunc Three", 1)})
	if got := around("-e", "func Three", "--lines", "1", "-C", "1"); !strings.Contains(got, " // new;") {
		t.Errorf("edited: %s", got)
	}
	if got := around("-e", "func Three", "--lines", "1", "-C", "3", "--branch", "side"); strings.Contains(got, "new") || !strings.Contains(got, " };") {
		t.Errorf("a branch: %s", got)
	}
	if out := p.ok("search", "-e", "func Three", "--lines", "0", "-C", "1"); !strings.Contains(out, "- // new\n") {
		t.Errorf("--lines 0: %s", out)
	}
	p.fails(exitUsage, "invalid", "context", "search", "x", "-C", "-1")
}

// TestSearchFiles: -l counts files, lists each once, goes on from a cursor, and is one document with --json.
func TestSearchFiles(t *testing.T) {
	p := newPlace(t)
	files := many(12)
	for name, text := range files { // two chunks each
		files[name] = text + "\n" + strings.ReplaceAll(strings.ReplaceAll(text, "package p\n\n", ""), "Fetch", "Fetch page again Other") + strings.Repeat("// long\n", 60)
	}
	dir := repo(t, files)
	t.Chdir(dir)
	p.ok("index", "--model", "none")
	ask := []string{"search", "--mode", "lexical", "-l", "fetch page", "-k", "5"}
	if lines := strings.Split(strings.TrimSpace(p.ok(ask...)), "\n"); len(lines) != 5 || !strings.HasPrefix(lines[0], "p/f") {
		t.Errorf("-l: %q", lines)
	}
	seen, cursor := map[string]bool{}, ""
	for range 5 {
		doc := p.json(append(ask, "--cursor", cursor)...)
		if len(doc["hits"].([]any)) != 0 {
			t.Errorf("hits: %v", doc["hits"])
		}
		for _, f := range doc["files"].([]any) {
			file := f.(map[string]any)
			if path := file["path"].(string); seen[path] || number(t, file, "line") < 1 || file["text"] != nil {
				t.Errorf("again, or no file: %v", file)
			} else {
				seen[path] = true
			}
		}
		if cursor, _ = doc["cursor"].(string); cursor == "" {
			break
		}
	}
	if len(seen) != 12 {
		t.Errorf("%d files by pages", len(seen))
	}
	if got := strings.Fields(p.ok("search", "-e", "return", "-l", "-k", "12")); len(got) != 12 {
		t.Errorf("-e -l: %q", got)
	}
}

// TestSearchNear: what is near the place that --near names comes first, and --explain says so; nothing moves without it.
func TestSearchNear(t *testing.T) {
	p := newPlace(t)
	text := func(name string) string { return "package " + name + "\n\n// Open opens a session.\nfunc Open() {}\n" }
	dir := repo(t, map[string]string{"one/a/open.go": text("a"), "two/b/open.go": text("b"), "two/b/user.go": "package b\n\nimport (\n\t\"mod/three/c\"\n)\n\nvar X = c.Open\n", "three/c/open.go": text("c")})
	t.Chdir(dir)
	p.ok("index", "--model", "none")
	first := func(args ...string) string {
		t.Helper()
		return placesOf(p.json(append([]string{"search", "--mode", "lexical", "opening the session"}, args...)...))[0]
	}
	if got := first("--near", "two/b/user.go:7"); !strings.HasPrefix(got, "two/b/open.go") {
		t.Errorf("same folder: %s", got)
	}
	if got := first("--near", "one/a/open.go"); !strings.HasPrefix(got, "one/a/open.go") {
		t.Errorf("same file: %s", got)
	}
	hits := p.json("search", "--mode", "lexical", "opening the session", "--explain", "--near", "two/b/user.go", "--path", "!two")["hits"].([]any)
	if hit := hits[0].(map[string]any); hit["path"] != "three/c/open.go" || number(t, hit["parts"].(map[string]any)["signals"].(map[string]any), "near") <= 0 {
		t.Errorf("imported: %v", hits[0])
	}
	if out := p.ok("search", "--mode", "lexical", "opening the session", "--explain"); strings.Contains(out, "near") {
		t.Errorf("without --near: %s", out)
	}
	if out := p.ok("search", "--mode", "lexical", "opening the session", "--explain", "--near", "two/b/user.go"); !strings.Contains(out, ", near 0.5;") || !strings.Contains(out, ", near +") {
		t.Errorf("--explain: %s", out)
	}
	t.Chdir(dir + "/one/a")
	if got := first("--near", "open.go:1"); !strings.HasPrefix(got, "one/a/open.go") {
		t.Errorf("from a folder: %s", got)
	}
	p.fails(exitFailure, "not_found", "two/b/nothing.go", "search", "x", "--mode", "lexical", "--near", "two/b/nothing.go")
	p.fails(exitUsage, "invalid", "near", "search", "-e", "x", "--near", "open.go")
	p.fails(exitUsage, "invalid", "FILE:LINE", "search", "x", "--near", "open.go:0")
}

// TestSearchSeveralRepos: several --repo of a shared index are one ranking, each hit says of which it is, and pages go through all.
func TestSearchSeveralRepos(t *testing.T) {
	p := newPlace(t)
	all := t.TempDir()
	var dirs []string
	for _, name := range []string{"one", "two", "three"} {
		dir := repo(t, map[string]string{name + ".go": "package " + name + "\n\n// Open opens a session.\nfunc Open" + name + "() {}\n"})
		dirs = append(dirs, dir)
		p.ok("index", dir, "--index", all, "--model", "none")
	}
	ask := []string{"search", "--mode", "lexical", "session", "--index", all, "--repo", dirs[0], "--repo", dirs[2]}
	doc := p.json(ask...)
	var got []string
	for _, h := range doc["hits"].([]any) {
		hit := h.(map[string]any)
		got = append(got, fmt.Sprint(hit["path"], " ", hit["repo"]))
	}
	slices.Sort(got)
	if want := []string{"one.go " + dirs[0], "three.go " + dirs[2]}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	page := p.json(append(ask, "-k", "1")...)
	next := p.json(append(ask, "-k", "1", "--cursor", page["cursor"].(string))...)
	if a, b := placesOf(page), placesOf(next); len(a) != 1 || len(b) != 1 || a[0] == b[0] || next["cursor"] != nil {
		t.Errorf("pages: %v, %v", page, next)
	}
	if out := p.ok(append(ask, "-l")...); strings.Count(out, "\n") != 2 || strings.Contains(out, "two.go") {
		t.Errorf("-l: %q", out)
	}
	if out := p.ok(ask...); !strings.Contains(out, "["+dirs[0]+"]") {
		t.Errorf("labels: %q", out)
	}
	p.fails(exitFailure, "not_found", "does not hold the repository", append(ask, "--repo", "four")...)
	p.fails(exitUsage, "invalid", "--index DIR", "search", "x", "--repo", dirs[0], "--repo", dirs[1])
}
