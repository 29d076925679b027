package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestNotCovered searches from folders that the index above them does not hold.
func TestNotCovered(t *testing.T) {
	p := newPlace(t)
	p.env["LORADEX_MODEL"] = "none"
	lib := repo(t, map[string]string{"l.py": "def lib_only_fn(): pass\n"})
	dir := repo(t, map[string]string{
		"t.py": "def top_only_fn(): pass\n", ".gitignore": "build/\nforced/\n", ".loradexignore": "private/\n", "private/p.py": "def private_fn(): pass\n",
		"plain/sub/s.py": "def plain_fn(): pass\n", "forced/f.py": "def forced_fn(): pass\n",
	})
	git(t, dir, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", lib, "inner")
	git(t, dir, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", lib, "unfetched")
	git(t, dir, "add", "-f", "forced")
	commitAll(t, dir)
	git(t, dir, "submodule", "--quiet", "deinit", "-f", "unfetched")
	git(t, dir, "init", "-q", "nested")
	must(t, os.MkdirAll(filepath.Join(dir, "trees"), 0o750))
	write(t, dir, map[string]string{
		"nested/deep/n.py": "def nested_fn(): pass\n", "build/gen/g.py": "def built_fn(): pass\n", "inner/more/m.py": "def more_fn(): pass\n",
	})
	p.ok("index", dir)
	at := func(path string) string { return filepath.Join(dir, filepath.FromSlash(path)) }
	for path, c := range map[string]struct{ inner, why, hint string }{
		"inner":       {"inner", "a repository of its own", "loradex index " + at("inner")},
		"inner/more":  {"inner", "a repository of its own", "loradex index " + at("inner")},
		"nested/deep": {"nested", "a repository of its own", "loradex index " + at("nested")},
		"unfetched":   {"unfetched", "a repository of its own", "loradex index " + at("unfetched")},
		"build/gen":   {"build", "ignored", "loradex index " + dir},
		"private":     {"private", "ignored", "loradex index " + dir},
	} {
		t.Chdir(at(path))
		words := at(c.inner) + " is " + c.why + ", and not part of the index of " + dir
		p.fails(exitFailure, "not_found", words, "search", "--mode", "lexical", "fn")
		p.fails(exitFailure, "not_found", c.hint, "search", "--mode", "lexical", "fn")
		if out := p.ok("status"); !strings.Contains(out, words) {
			t.Errorf("status in %s: %s", path, out)
		}
		if out := p.run("doctor").out; !strings.Contains(out, words) {
			t.Errorf("doctor in %s: %s", path, out)
		}
		p.ok("clean", "--yes")
		if !isDir(at(".loradex")) {
			t.Fatalf("clean in %s removed the index above it", path)
		}
	}
	// A name that nothing has is not the folder above it.
	for _, command := range []string{"status", "doctor", "clean"} {
		if r := p.run(command, at("plian")); !strings.Contains(r.out+r.err, at("plian")+" does not exist") {
			t.Errorf("%s of what is not there: %+v", command, r)
		}
	}
	if !isDir(at(".loradex")) {
		t.Fatal("clean of what is not there removed the index above it")
	}
	for path, c := range map[string]struct{ query, want string }{
		"plain/sub": {"plain", "plain/sub/s.py"}, "forced": {"forced", "forced/f.py"}, "trees": {"top", "t.py"},
	} {
		t.Chdir(at(path))
		if doc := p.json("search", "--mode", "lexical", c.query); top(doc) != c.want {
			t.Errorf("in %s: %v", path, doc)
		}
	}
	// With an index of its own it answers, and so does the other where it is named.
	t.Chdir(at("inner"))
	if got := top(p.json("search", "--mode", "lexical", "top", "--repo", dir)); got != "t.py" {
		t.Errorf("--repo: %q", got)
	}
	p.ok("index")
	if got := top(p.json("search", "--mode", "lexical", "lib")); got != "l.py" {
		t.Errorf("with an index of its own: %q", got)
	}
	// An index of several repositories does not hold it either.
	shared := filepath.Join(t.TempDir(), "shared")
	p.ok("index", dir, "--index", shared)
	p.fails(exitFailure, "not_found", "a repository of its own", "search", "--mode", "lexical", "fn", "--index", shared, "--repo", at("nested"))
	// An index that lies in the home, since the folder cannot be written to.
	if os.Getuid() != 0 {
		other := repo(t, map[string]string{"o.py": "def other_fn(): pass\n"})
		git(t, other, "init", "-q", "nested")
		must(t, os.Chmod(other, 0o500))
		t.Cleanup(func() { must(t, os.Chmod(other, 0o700)) })
		p.ok("index", other)
		p.fails(exitFailure, "not_found", "a repository of its own", "search", "--mode", "lexical", "fn", "--repo", filepath.Join(other, "nested"))
	}
	s := p.serve("--repo", at("nested"))
	if status, doc := s.get("/v1/search?mode=lexical&q=fn"); status != 404 || !strings.Contains(doc["detail"].(string), "not part of the index") {
		t.Errorf("over HTTP: %d %v", status, doc)
	}
	s.stop()
}
