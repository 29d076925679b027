package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// This file tests that no answer is of files as they were when they were indexed.

// hits lists the hits of a search as path:start-end, in order. None of them may be stale.
func hits(t *testing.T, doc map[string]any) []string {
	t.Helper()
	out := []string{}
	for _, h := range doc["hits"].([]any) {
		hit := h.(map[string]any)
		out = append(out, fmt.Sprintf("%s:%v-%v", hit["path"], hit["start_line"], hit["end_line"]))
		if hit["stale"] != nil {
			t.Errorf("%v is stale", hit)
		}
	}
	return out
}

// freshness is what an answer says of it, as checked/of/refreshed.
func freshness(t *testing.T, doc map[string]any) string {
	t.Helper()
	if doc["freshness"] == nil {
		return "none"
	}
	return fmt.Sprintf("%v/%v/%v", number(t, doc, "freshness.checked"), number(t, doc, "freshness.of"), number(t, doc, "freshness.refreshed"))
}

// stale is a repository where a file was deleted, one edited and one made since it was indexed.
func stale(t *testing.T) (p *place, dir string) {
	t.Helper()
	p = newPlace(t)
	p.env["LORADEX_SEARCH_FRESHNESS"] = "5s" // however busy the machine is
	p.env["LORADEX_MODEL"] = "none"
	dir = repo(t, map[string]string{
		"g.py": "def ghost_function(): return 1\n", "m.py": "x = 1\n\n\ndef moved_function():\n    return 2\n", "same.py": "def kept(): return 3\n",
	})
	p.ok("index", dir)
	must(t, os.Remove(filepath.Join(dir, "g.py")))
	write(t, dir, map[string]string{
		"m.py":   "import a\nimport b\n\n\n\ndef renamed_thing():\n    return 2\n\n\n\n\n\n\n\n\n\ndef moved_function():\n    return 4\n",
		"new.py": "def newborn(): return 5\n",
	})
	return p, dir
}

func TestStale(t *testing.T) {
	p, dir := stale(t)
	for query, want := range map[string]string{"ghost": "", "moved": "m.py", "renamed": "m.py", "newborn": "new.py", "kept": "same.py"} {
		doc := p.json("search", "--mode", "lexical", "--repo", dir, query)
		if got := hits(t, doc); top(doc) != want || len(got) > 1 {
			t.Errorf("%s: %v, want %s", query, got, want)
		}
		if want != "" && !isTrue(doc["hits"].([]any)[0].(map[string]any)["dirty"]) {
			t.Errorf("%s: the work tree has changed, and is not dirty: %v", query, doc)
		}
		if got := freshness(t, doc); got != "3/3/3" {
			t.Errorf("%s: freshness %s", query, got)
		}
	}
	doc := p.json("search", "--mode", "lexical", "--repo", dir, "moved")
	hit := doc["hits"].([]any)[0].(map[string]any)
	if text := hit["text"].(string); !strings.Contains(text, "return 4") || hit["end_line"].(float64) != 18 {
		t.Errorf("the text is the old one, or at its old place: %v", hit)
	}
	if r := p.run("search", "--mode", "lexical", "--repo", dir, "kept"); !strings.Contains(r.err, "3 files were read anew") || strings.Contains(r.out, "stale") {
		t.Errorf("it does not say that files were read: %+v", r)
	}

	doc = p.json("search", "--mode", "lexical", "--repo", dir, "--as-indexed", "ghost")
	if got := hits(t, doc); !slices.Equal(got, []string{"g.py:1-1"}) || freshness(t, doc) != "none" {
		t.Errorf("--as-indexed: %v, freshness %s", got, freshness(t, doc))
	}

	status := p.json("status", dir)["index"].(map[string]any)
	if number(t, status, "changed") != 3 || !isTrue(status["dirty"]) {
		t.Errorf("status: %v", status)
	}
	if out := p.ok("status", dir); !strings.Contains(out, "changed since: 3 files") {
		t.Errorf("status: %s", out)
	}
	if out := p.run("doctor", dir).out; !strings.Contains(out, "files that changed since the index was made: 3") {
		t.Errorf("doctor: %s", out)
	}

	p.ok("index", dir)
	doc = p.json("search", "--mode", "lexical", "--repo", dir, "newborn")
	if got := freshness(t, doc); got != "3/3/0" || len(hits(t, doc)) != 1 {
		t.Errorf("after the next index: freshness %s, %v", got, doc)
	}
	if status := p.json("status", dir)["index"].(map[string]any); number(t, status, "changed") != 0 {
		t.Errorf("status after the next index: %v", status)
	}
	if out := p.run("doctor", dir).out; !strings.Contains(out, "the index has the files as they are") {
		t.Errorf("doctor: %s", out)
	}
}

// TestStaleSiblings changes a tree in the ways that stat data alone, or a list of tracked files, would not show.
func TestStaleSiblings(t *testing.T) {
	p := newPlace(t)
	p.env["LORADEX_SEARCH_FRESHNESS"] = "5s" // however busy the machine is
	p.env["LORADEX_MODEL"] = "none"
	files := map[string]string{
		".gitignore": "out/\n*.log.py\n", "a.py": "def first_alpha(): return 1\n", "pkg/b.py": "def beta(): return 1\n", "pkg/deep/c.py": "def gamma(): return 1\n",
		"copy1.py": "def twin_delta(): return 'twin'\n", "copy2.py": "def twin_delta(): return 'twin'\n", "empty.py": "", "go/d.py": "def epsilon(): return 1\n",
	}
	dir := repo(t, files)
	p.ok("index", dir)
	search := func(query string) []string {
		t.Helper()
		var out []string
		for _, h := range p.json("search", "--mode", "lexical", "--repo", dir, query)["hits"].([]any) {
			hit := h.(map[string]any)
			if out = append(out, hit["path"].(string)); hit["copies"] != nil {
				for _, c := range hit["copies"].([]any) {
					out = append(out, c.(map[string]any)["path"].(string))
				}
			}
		}
		return out
	}
	if got := search("twin"); len(got) != 2 {
		t.Errorf("before: %v", got)
	}
	at := func(name string) string { return filepath.Join(dir, filepath.FromSlash(name)) }
	// Of the same length, with the time of before.
	info, err := os.Stat(at("a.py"))
	must(t, err)
	write(t, dir, map[string]string{"a.py": "def other_alpha(): return 1\n"})
	must(t, os.Chtimes(at("a.py"), info.ModTime(), info.ModTime()))
	must(t, os.Remove(at("copy2.py")))
	must(t, os.Rename(at("pkg/b.py"), at("pkg/moved.py")))
	must(t, os.RemoveAll(at("pkg/deep")))
	must(t, os.Rename(at("go"), at("gone")))
	write(t, dir, map[string]string{
		"empty.py": "def zeta_filled(): return 1\n", "out/eta.py": "def eta_ignored(): pass\n", "x.log.py": "def eta_ignored(): pass\n",
		"brand/new/theta.py": "def theta(): pass\n", "data.csv": "theta,1\n",
	})
	git(t, dir, "init", "-q", "nested")
	write(t, dir, map[string]string{"nested/iota.py": "def iota(): pass\n"})
	for query, want := range map[string][]string{
		"first": nil, "other": {"a.py"}, "twin": {"copy1.py"}, "beta": {"pkg/moved.py"}, "gamma": nil, "epsilon": {"gone/d.py"}, "zeta": {"empty.py"},
		"eta": nil, "theta": {"brand/new/theta.py"}, "iota": nil,
	} {
		if got := search(query); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", query, got, want)
		}
	}
	// What is as it was indexed is no change, whatever its stat data say.
	git(t, dir, "stash", "-q", "-u")
	must(t, os.RemoveAll(at("nested")))
	if doc := p.json("search", "--mode", "lexical", "--repo", dir, "first"); freshness(t, doc) != "6/6/0" || len(hits(t, doc)) != 1 || isTrue(doc["hits"].([]any)[0].(map[string]any)["dirty"]) {
		t.Errorf("all is as it was: %v", doc)
	}
	// A folder in the place of a file, and a link.
	must(t, os.Remove(at("a.py")))
	must(t, os.Mkdir(at("a.py"), 0o750))
	must(t, os.Remove(at("copy1.py")))
	must(t, os.Symlink("copy2.py", at("copy1.py")))
	if got := search("alpha"); got != nil {
		t.Errorf("a folder is found as %v", got)
	}
	if got := search("twin"); !slices.Equal(got, []string{"copy2.py"}) {
		t.Errorf("a link is found: %v", got)
	}
}

// TestStaleOthers looks at trees that are no files on this disk, or not all of them.
func TestStaleOthers(t *testing.T) {
	p, dir := branchy(t)
	shared := filepath.Join(t.TempDir(), "shared")
	p.ok("index", dir, "--branch", "feature/ovens", "--add-rev", "HEAD~1")
	p.ok("index", dir, "--index", shared)
	other := repo(t, map[string]string{"boat.go": "package boat\n\n// Sail hoists the sails.\nfunc Sail() {}\n"})
	p.ok("index", other, "--index", shared)
	n := int(number(t, p.json("status", dir)["index"].(map[string]any), "files"))
	own := fmt.Sprintf("%d/%d/2", n, n)
	both := fmt.Sprintf("%d/%d/2", n+1, n+1)
	must(t, os.Remove(filepath.Join(dir, "lock", "lock.go")))
	write(t, dir, map[string]string{"lock/new.go": "package lock\n\n// Padlock is a new kind.\nfunc Padlock() {}\n"})
	search := func(args ...string) string {
		t.Helper()
		doc := p.json(append([]string{"search", "--mode", "lexical"}, args...)...)
		return strings.Join(found(t, doc), " ") + " " + freshness(t, doc)
	}
	for _, c := range []struct{ args, want string }{
		{"Padlock", "lock/new.go " + own},
		{"Padlock --branch feature/ovens", " none"},
		{"Padlock --rev HEAD", " none"},
		{"Padlock --all-branches", "lock/new.go " + own},
		{"Acquire", " " + own},
		{"Acquire --branch feature/ovens", "feature/ovens:lock/lock.go none"},
		{"Acquire --rev HEAD", "lock/lock.go none"},
		{"Acquire --rev HEAD~1", "lock/lock.go none"},
		{"Acquire --all-branches", "feature/ovens:lock/lock.go " + own},
	} {
		if got := search(append(strings.Fields(c.args), "--repo", dir)...); got != c.want {
			t.Errorf("%s: %q, want %q", c.args, got, c.want)
		}
	}
	if got := search("Padlock", "--index", shared); got != "lock/new.go "+both {
		t.Errorf("an index of several repositories: %q", got)
	}
	if got := search("Sail", "--index", shared, "--repo", other); got != "boat.go 1/1/0" {
		t.Errorf("the other repository: %q", got)
	}
	status := p.json("status", "--index", shared)["index"].(map[string]any)
	changed := []float64{}
	for _, tree := range status["trees"].([]any) {
		n, _ := tree.(map[string]any)["changed"].(float64)
		changed = append(changed, n)
	}
	if slices.Sort(changed); !slices.Equal(changed, []float64{0, 2}) {
		t.Errorf("the trees of the status: %v", status)
	}
	// The index of a revision is not compared with the files.
	p.ok("index", dir, "--rev", "HEAD~1")
	if got := search("Acquire", "--repo", dir); got != "lock/lock.go none" {
		t.Errorf("an index of a revision: %q", got)
	}
	// A repository that was moved or deleted is named.
	moved := other + "-moved"
	must(t, os.Rename(other, moved))
	s := p.serve("--index", shared)
	_, served := s.get("/v1/search?mode=lexical&q=Sail")
	s.stop()
	for face, doc := range map[string]map[string]any{"command": p.json("search", "--mode", "lexical", "--index", shared, "Sail"), "HTTP": served} {
		hit := doc["hits"].([]any)[0].(map[string]any)
		missing, _ := doc["freshness"].(map[string]any)["missing"].([]any)
		if top(doc) != "boat.go" || !isTrue(hit["stale"]) || len(missing) != 1 || missing[0] != other || freshness(t, doc) != fmt.Sprintf("%d/%d/2", n, n+1) {
			t.Errorf("%s: a repository that was moved: %v", face, doc)
		}
	}
	if doc := p.json("search", "--mode", "lexical", "--index", shared, "Padlock"); len(hits(t, doc)) != 1 {
		t.Errorf("the one that is still there: %v", doc)
	}
	if r := p.run("search", "--mode", "lexical", "--index", shared, "Sail"); !strings.Contains(r.err, other+" is not there any more") || !strings.Contains(r.out, "stale") {
		t.Errorf("it does not say that a repository is gone: %+v", r)
	}
	if out := p.ok("status", "--index", shared); !strings.Contains(out, "not there any more, or cannot be opened: "+other) {
		t.Errorf("status: %s", out)
	}
	if out := p.run("doctor", "--index", shared).out; !strings.Contains(out, other+" is not there any more") {
		t.Errorf("doctor: %s", out)
	}
	must(t, os.Rename(moved, other))
	if doc := p.json("search", "--mode", "lexical", "--index", shared, "Sail"); len(hits(t, doc)) != 1 || freshness(t, doc) != both {
		t.Errorf("a repository that is back: %v", doc)
	}
}

// TestStaleWithoutList has an index whose list of files is missing, damaged or of another state.
func TestStaleWithoutList(t *testing.T) {
	for _, damage := range []func(file string) error{
		os.Remove,
		func(file string) error { return os.Truncate(file, 100) },
		func(file string) error { return os.WriteFile(file, nil, 0o600) },
	} {
		p := newPlace(t)
		p.env["LORADEX_SEARCH_FRESHNESS"] = "5s" // however busy the machine is
		p.env["LORADEX_MODEL"] = "none"
		dir := repo(t, map[string]string{"a.py": "def alpha(): return 1\n", "b.py": "def beta(): return 1\n"})
		time.Sleep(100 * time.Millisecond) // so that stat data tell
		p.ok("index", dir)
		must(t, damage(filepath.Join(dir, ".loradex", "files.list")))
		must(t, os.Remove(filepath.Join(dir, "a.py")))
		time.Sleep(1100 * time.Millisecond) // the index tells seconds
		write(t, dir, map[string]string{"c.py": "def gamma(): return 1\n"})
		for query, want := range map[string]string{"alpha": "", "beta": "b.py", "gamma": "c.py"} {
			if got := top(p.json("search", "--mode", "lexical", "--repo", dir, query)); got != want {
				t.Errorf("%s: %q, want %q", query, got, want)
			}
		}
	}
}

// TestStaleHits has no time to read all that changed: what is shown as it was is marked, in every face.
func TestStaleHits(t *testing.T) {
	p := newPlace(t)
	p.env["LORADEX_MODEL"], p.env["LORADEX_SEARCH_FOLD"] = "none", "none"
	const n, read = 12, 8
	files := map[string]string{}
	for i := range n {
		files[fmt.Sprintf("f%02d.py", i)] = fmt.Sprintf("def shared_before_%d(): return 1\n", i)
	}
	dir := repo(t, files)
	p.ok("index", dir)
	for path, text := range files {
		files[path] = strings.Replace(text, "before", "after", 1)
	}
	write(t, dir, files)
	count := func(where string, doc map[string]any) {
		t.Helper()
		marked, old := 0, 0
		for _, h := range doc["hits"].([]any) {
			hit := h.(map[string]any)
			if isTrue(hit["stale"]) {
				marked++
			}
			if strings.Contains(hit["text"].(string), "before") {
				old++
			}
			if isTrue(hit["stale"]) != strings.Contains(hit["text"].(string), "before") {
				t.Errorf("%s: %v", where, hit)
			}
		}
		if marked != n-read || old != n-read || len(doc["hits"].([]any)) != n {
			t.Errorf("%s: of %d hits %d are marked as stale and %d are", where, len(doc["hits"].([]any)), marked, old)
		}
		if got := number(t, doc, "freshness.checked"); got != read {
			t.Errorf("%s: %v files are compared", where, got)
		}
	}
	p.env["LORADEX_SEARCH_FRESHNESS"] = "0s"
	search := []string{"search", "--mode", "lexical", "--repo", dir, "-k", "50", "shared"}
	count("JSON", p.json(search...))
	r := p.run(search...)
	if strings.Count(r.out, "[stale]") != n-read || strings.Count(r.out, "def shared_before") != n-read ||
		!strings.Contains(r.err, "8 files were read anew") || !strings.Contains(r.err, "hits marked as stale") {
		t.Errorf("text: %+v", r)
	}
	s := p.serve("--repo", dir)
	_, doc := s.get("/v1/search?mode=lexical&k=50&q=shared")
	count("HTTP", doc)
	_, doc = s.get("/v1/search?mode=lexical&k=50&q=shared") // what was read for the first answer is there for the next one
	if got := hits(t, doc); len(got) != n {
		t.Errorf("the next request: %v", got)
	}
	s.stop()
	p.env["LORADEX_SEARCH_FRESHNESS"] = "5s"
	if got := hits(t, p.json(search...)); len(got) != n {
		t.Errorf("with time: %v", got)
	}
}

func TestStaleServed(t *testing.T) {
	p, dir := stale(t)
	s := p.serve("--repo", dir)
	for _, c := range []struct{ query, want string }{
		{"q=ghost", " 3/3/3"}, {"q=newborn", "new.py 3/3/3"}, {"q=renamed", "m.py 3/3/3"}, {"q=ghost&as_indexed=true", "g.py none"},
	} {
		status, doc := s.get("/v1/search?mode=lexical&" + c.query)
		if got := top(doc) + " " + freshness(t, doc); status != 200 || got != c.want {
			t.Errorf("%s: %d %q, want %q", c.query, status, got, c.want)
		}
	}
	if status, doc := s.post("/v1/search", `{"q":"ghost","mode":"lexical","as_indexed":true}`); status != 200 || top(doc) != "g.py" {
		t.Errorf("a body: %d %v", status, doc)
	}
	write(t, dir, map[string]string{"new.py": "def reborn(): return 6\n", "later.py": "def latecomer(): return 7\n"})
	must(t, os.Remove(filepath.Join(dir, "m.py")))
	for query, want := range map[string]string{"newborn": "", "reborn": "new.py", "latecomer": "later.py", "renamed": ""} {
		if _, doc := s.get("/v1/search?mode=lexical&q=" + query); top(doc) != want {
			t.Errorf("while it runs, %s: %v", query, doc)
		}
	}
	p.ok("index", dir)
	if _, doc := s.get("/v1/search?mode=lexical&q=reborn"); top(doc) != "new.py" || freshness(t, doc) != "3/3/0" {
		t.Errorf("after another process has indexed: %v", doc)
	}
	s.stop()
}

func TestStaleInEditor(t *testing.T) {
	p, dir := stale(t)
	e := p.edit(dir)
	for query, want := range map[string]string{"ghost": "", "newborn": "new.py", "renamed": "m.py"} {
		if got := e.symbols(query); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
	paths, _, _ := e.hits("loradex.search", `{"query":"ghost","mode":"lexical","as_indexed":true}`)
	if !slices.Equal(paths, []string{fileURI(filepath.Join(dir, "g.py"))}) {
		t.Errorf("as indexed: %v", paths)
	}
	// What the editor shows is newer than what the disk has.
	e.open(filepath.Join(dir, "new.py"), "def shown_only(): return 8\n")
	write(t, dir, map[string]string{"new.py": "def on_disk_only(): return 9\n"})
	if got := e.symbols("shown"); got != "new.py" {
		t.Errorf("the editor's text: %q", got)
	}
	if got := e.symbols("disk"); got != "" {
		t.Errorf("the disk's text, which the editor does not show: %q", got)
	}
	e.on(filepath.Join(dir, "new.py"), "didClose")
	if got := e.symbols("disk"); got != "new.py" {
		t.Errorf("the disk's text, after the file was closed: %q", got)
	}
	e.leaves()
}
