package main

import (
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// foundAt lists the places of a search's hits, as REPO BRANCH PATH.
func foundAt(doc map[string]any) []string {
	var out []string
	hits, _ := doc["hits"].([]any)
	for _, h := range hits {
		h, _ := h.(map[string]any)
		repo, _ := h["repo"].(string)
		branch, _ := h["branch"].(string)
		path, _ := h["path"].(string)
		out = append(out, strings.TrimSpace(filepath.Base(repo)+" "+branch+" "+path))
	}
	slices.Sort(out)
	return out
}

// TestServeTrees: requests name repositories, branches and revisions of the served index, and nothing else.
func TestServeTrees(t *testing.T) {
	p := newPlace(t)
	base := t.TempDir()
	one, two := filepath.Join(base, "one"), filepath.Join(base, "two")
	for _, dir := range []string{one, two} {
		git(t, base, "init", "-q", "-b", "main", dir)
		write(t, dir, servedFiles)
		commitAll(t, dir)
	}
	write(t, two, map[string]string{"lock.go": servedFiles["lock.go"] + "\n// of the second repository\n"})
	commitAll(t, two)
	git(t, one, "checkout", "-q", "-b", "side")
	write(t, one, map[string]string{"lock.go": "package lock\n\n// Release gives the lock back.\nfunc Release() {}\n"})
	commitAll(t, one)
	side := strings.TrimSpace(git(t, one, "rev-parse", "HEAD"))
	git(t, one, "checkout", "-q", "main")
	shared := filepath.Join(base, "shared")
	p.ok("index", one, "--index", shared, "--branch", "side")
	p.ok("index", two, "--index", shared)
	s := p.serve("--index", shared)
	for _, c := range []struct{ query, want string }{
		{"q=lock", "one  lock.go,two  lock.go"},
		{"q=lock&repo=two", "two  lock.go"},
		{"q=lock&repo=" + url.QueryEscape(one), "one  lock.go"},
		{"q=lock&repo=" + url.QueryEscape(filepath.Join(one, "some", "folder")), "one  lock.go"},
		{"q=lock&branch=side", "one side lock.go"},
		{"q=acquire&repo=one&all_branches=true", "one  lock.go"},
		{"q=release&repo=one&all_branches=true", "one side lock.go"},
		{"q=release&repo=one", ""},
		{"q=lock&repo=one&rev=side", "one side lock.go"},
		{"q=lock&rev=" + side[:8], "one side lock.go"},
		{"q=read&repo=two&path=*.py&kind=function,window", "two  read.py"},
	} {
		code, doc := s.get("/v1/search?mode=lexical&" + c.query)
		if got := strings.Join(foundAt(doc), ","); code != http.StatusOK || got != c.want {
			t.Errorf("%s finds %q (%d %v), want %q", c.query, got, code, doc["detail"], c.want)
		}
	}
	for query, words := range map[string]string{
		"q=lock&repo=three":                    "it holds",
		"q=lock&repo=.":                        "it holds", // the server's own folder is nobody's business
		"q=lock&repo=../one":                   "it holds",
		"q=lock&repo=two&branch=side":          "loradex index --branch side",
		"q=lock&repo=one&rev=nowhere":          "",
		"q=lock&rev=nowhere":                   "",
		"q=lock&repo=one&rev=" + one + "/.git": "",
	} {
		code, doc := s.get("/v1/search?" + query)
		hint, _ := doc["hint"].(string)
		if code != http.StatusNotFound && code != http.StatusBadRequest || !strings.Contains(hint, words) {
			t.Errorf("%s: %d %v", query, code, doc)
		}
	}
	code, doc := s.get("/v1/repos")
	list, _ := doc["repos"].([]any)
	if code != http.StatusOK || len(list) != 3 {
		t.Fatalf("%d %v", code, doc)
	}
	var trees []string
	for _, r := range list {
		r, _ := r.(map[string]any)
		wantKeys(t, r, "repo tree branch rev dirty indexed_at files chunks coverage")
		name, _ := r["repo"].(string)
		kind, _ := r["tree"].(string)
		branch, _ := r["branch"].(string)
		trees = append(trees, strings.TrimSpace(filepath.Base(name)+" "+kind+" "+branch))
		if r["files"] != 2.0 || r["coverage"] != 0.0 || isTrue(r["dirty"]) {
			t.Errorf("%v", r)
		}
	}
	if got := strings.Join(trees, ","); got != "one work tree,two work tree,one branch side" {
		t.Errorf("the trees are %q", got)
	}
	code, doc = s.post("/v1/search", `{"q":"lock","mode":"lexical","repo":"one","branch":["side"]}`)
	if got := strings.Join(foundAt(doc), ","); code != http.StatusOK || got != "one side lock.go" {
		t.Errorf("by POST %q (%d)", got, code)
	}
	if code := s.stop(); code != exitOK {
		t.Errorf("exit %d", code)
	}
}

// TestServeTreesOfOneRepository: an index in its repository, with a branch beside the work tree.
func TestServeTreesOfOneRepository(t *testing.T) {
	p := newPlace(t)
	dir := repo(t, servedFiles)
	git(t, dir, "branch", "old")
	write(t, dir, map[string]string{"lock.go": "package lock\n\n// Release gives the lock back.\nfunc Release() {}\n"})
	p.ok("index", dir, "--branch", "old")
	s := p.serve("--repo", dir)
	for _, c := range []struct{ query, text string }{
		{"q=release+acquire", "func Release"},
		{"q=release+acquire&branch=old", "func Acquire"},
		{"q=release+acquire&repo=" + url.QueryEscape(filepath.Base(dir)), "func Release"},
	} {
		code, doc := s.get("/v1/search?mode=lexical&" + c.query)
		hits, _ := doc["hits"].([]any)
		if code != http.StatusOK || len(hits) != 1 || !strings.Contains(textOf(hits[0]), c.text) {
			t.Errorf("%s: %d %v", c.query, code, doc)
		}
	}
	if code, doc := s.get("/v1/search?q=lock&repo=other"); code != http.StatusNotFound {
		t.Errorf("another repository: %d %v", code, doc)
	}
	if code := s.stop(); code != exitOK {
		t.Errorf("exit %d", code)
	}
}

func textOf(hit any) string {
	h, _ := hit.(map[string]any)
	text, _ := h["text"].(string)
	return text
}
