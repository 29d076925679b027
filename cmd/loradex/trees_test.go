package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// This file tests indexes of several trees: branches, revisions, repositories.

// branchy is a repository with a branch, and a place where nothing makes vectors.
func branchy(t *testing.T) (p *place, dir string) {
	t.Helper()
	p = newPlace(t)
	p.env["LORADEX_MODEL"] = "none"
	dir = repo(t, sample())
	git(t, dir, "switch", "-q", "-c", "feature/ovens")
	write(t, dir, map[string]string{"oven/oven.go": "package oven\n\n// Preheat warms the oven up to a temperature.\nfunc Preheat(celsius int) {}\n"})
	commitAll(t, dir)
	git(t, dir, "switch", "-q", "main")
	write(t, dir, map[string]string{"README.md": "# Sample\n\nMain has gone on.\n"})
	commitAll(t, dir)
	return p, dir
}

// found lists the places of a search's hits, sorted.
func found(t *testing.T, doc map[string]any) []string {
	t.Helper()
	var out []string
	for _, h := range doc["hits"].([]any) {
		hit := h.(map[string]any)
		at := hit["path"].(string)
		if branch, ok := hit["branch"].(string); ok {
			at = branch + ":" + at
		}
		out = append(out, at)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func TestBranches(t *testing.T) {
	p, dir := branchy(t)
	doc := p.json("index", dir, "--branch", "feature/ovens")
	trees := doc["trees"].([]any)
	if len(trees) != 1 || trees[0].(map[string]any)["branch"] != "feature/ovens" || number(t, trees[0].(map[string]any), "files.seen") != 6 {
		t.Errorf("trees of the report: %v", trees)
	}
	search := func(args ...string) []string {
		t.Helper()
		return found(t, p.json(append([]string{"search", "preheat", "oven", "temperature", "--repo", dir}, args...)...))
	}
	if got := search(); len(got) != 0 {
		t.Errorf("the work tree has %v", got)
	}
	want := []string{"feature/ovens:oven/oven.go"}
	for _, args := range [][]string{{"--branch", "feature/ovens"}, {"--all-branches"}, {"--rev", "feature/ovens"}, {"--rev", git(t, dir, "rev-parse", "feature/ovens")[:8]}} {
		if got := search(args...); !slices.Equal(got, want) {
			t.Errorf("%v: %v, want %v", args, got, want)
		}
	}
	// What both have is found once, in the work tree.
	both := p.json("search", "Acquire writer lock", "--repo", dir, "--all-branches")
	if got := found(t, both); !slices.Contains(got, "lock/lock.go") || slices.Contains(got, "feature/ovens:lock/lock.go") {
		t.Errorf("a file of both trees is at %v", got)
	}
	if hit := both["hits"].([]any)[0].(map[string]any); hit["repo"] != dir || hit["commit"] != git(t, dir, "rev-parse", "HEAD") {
		t.Errorf("hit %v", hit)
	}
	p.fails(exitFailure, "not_found", "feature/ovens", "search", "x", "--repo", dir, "--branch", "other")
	p.fails(exitFailure, "not_found", "no branch", "index", dir, "--branch", "other")
	p.fails(exitFailure, "not_found", "add-rev", "search", "x", "--repo", dir, "--rev", "HEAD~1")
	p.fails(exitUsage, "invalid", "--all-branches", "index", dir, "--since", "3d")

	// A branch goes completely.
	p.ok("index", dir, "--add-rev", "HEAD~1")
	if got := found(t, p.json("search", "potatoes", "--repo", dir, "--rev", "HEAD~1")); !slices.Equal(got, []string{"README.md"}) {
		t.Errorf("the revision has %v", got)
	}
	status := p.json("status", dir)["index"].(map[string]any)
	if got := status["trees"].([]any); len(got) != 3 || status["repo"] != dir || number(t, status, "files") != 4 && number(t, status, "files") != 5 {
		t.Errorf("status %v", status)
	}
	if text := p.ok("status", dir); !strings.Contains(text, "branch feature/ovens of "+dir) || !strings.Contains(text, "revision of") {
		t.Errorf("status %s", text)
	}
	if in := holding(t, dir, "preheat"); len(in) == 0 {
		t.Fatal("the test looks in the wrong place")
	}
	p.ok("clean", dir, "--branch", "feature/ovens")
	if in := holding(t, dir, "preheat"); in != nil {
		t.Errorf("after clean --branch %v have it", in)
	}
	p.ok("clean", dir, "--rev", "HEAD~1")
	if in := holding(t, dir, "potatoes"); in != nil {
		t.Errorf("after clean --rev %v have it", in)
	}
	if got := found(t, p.json("search", "writer lock", "--repo", dir)); !slices.Equal(got, []string{"lock/lock.go"}) {
		t.Errorf("the work tree has %v left", got)
	}
	if again := p.json("index", dir); number(t, again, "files.indexed") != 0 {
		t.Errorf("the work tree was touched: %v", again)
	}
	p.fails(exitFailure, "not_found", "does not hold", "clean", dir, "--branch", "feature/ovens")
	p.fails(exitUsage, "invalid", "--index", "clean", dir, "--repo", "x")
}

// holding returns the files of an index folder that have a text in them, in any case.
func holding(t *testing.T, dir, text string) []string {
	t.Helper()
	if base := filepath.Join(dir, ".loradex"); isDir(base) {
		dir = base
	}
	var out []string
	must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if bytes.Contains(bytes.ToLower(data), []byte(text)) {
			out = append(out, path)
		}
		return err
	}))
	return out
}

// TestSwitchBranches: what was seen once is neither cut nor encoded again, wherever the work tree goes.
func TestAllBranchesAndSwitching(t *testing.T) {
	p, dir := branchy(t)
	git(t, dir, "branch", "old", "main~1")
	p.ok("index", dir)
	doc := p.json("index", dir, "--all-branches")
	var names []string
	for _, tree := range doc["trees"].([]any) {
		names = append(names, tree.(map[string]any)["branch"].(string))
	}
	if !slices.Equal(names, []string{"feature/ovens", "main", "old"}) {
		t.Errorf("branches %v", names)
	}
	if recent := p.json("index", dir, "--all-branches", "--since", "1d")["trees"].([]any); len(recent) != 3 {
		t.Errorf("since yesterday: %d branches", len(recent))
	}
	if none := p.json("index", dir, "--all-branches", "--since", time.Now().AddDate(0, 0, 1).Format(time.DateOnly)); none["trees"] != nil {
		t.Errorf("since tomorrow: %v", none["trees"])
	}
	git(t, dir, "branch", "-D", "old")
	if r := p.run("index", dir, "--all-branches"); !strings.Contains(r.err, "branch old") {
		t.Errorf("it does not say that a branch is gone: %s", r.err)
	}
	git(t, dir, "switch", "-q", "feature/ovens")
	switched := p.json("index", dir)
	if number(t, switched, "files.indexed") != 2 {
		t.Errorf("switching: %v", switched)
	}
	if got := found(t, p.json("search", "preheat", "--repo", dir)); !slices.Equal(got, []string{"oven/oven.go"}) {
		t.Errorf("after the switch: %v", got)
	}
}

func TestSharedIndex(t *testing.T) {
	p, first := branchy(t)
	second := repo(t, map[string]string{"lock/lock.go": sample()["lock/lock.go"], "boat.go": "package boat\n\n// Sail hoists the sails.\nfunc Sail() {}\n"})
	yard := filepath.Join(t.TempDir(), "shipyard") // a name that no digest holds by chance
	must(t, os.Rename(second, yard))
	second = yard
	shared := filepath.Join(t.TempDir(), "shared")
	p.fails(exitFailure, "not_found", "not an index", "search", "x", "--index", shared)
	p.ok("index", first, "--index", shared, "--branch", "feature/ovens")
	doc := p.json("index", second, "--index", shared)
	if number(t, doc, "files.seen") != 2 || number(t, doc, "chunks.total") == 0 {
		t.Errorf("the second repository: %v", doc)
	}
	if isDir(filepath.Join(second, ".loradex")) {
		t.Error("it has an index of its own, too")
	}
	search := func(words string, args ...string) []string {
		t.Helper()
		var out []string
		for _, h := range p.json(append([]string{"search", words, "--index", shared}, args...)...)["hits"].([]any) {
			hit := h.(map[string]any)
			out = append(out, filepath.Base(hit["repo"].(string))+":"+hit["path"].(string))
		}
		slices.Sort(out)
		return slices.Compact(out)
	}
	a, b := filepath.Base(first), filepath.Base(second)
	for _, c := range []struct {
		words string
		args  []string
		want  []string
	}{
		{"hoists sails", nil, []string{b + ":boat.go"}},
		{"hoists sails", []string{"--repo", second}, []string{b + ":boat.go"}},
		{"hoists sails", []string{"--repo", b}, []string{b + ":boat.go"}},
		{"hoists sails", []string{"--repo", first}, nil},
		{"preheat", nil, nil},
		{"preheat", []string{"--all-branches"}, []string{a + ":oven/oven.go"}},
		{"preheat", []string{"--repo", first, "--branch", "feature/ovens"}, []string{a + ":oven/oven.go"}},
	} {
		if got := search(c.words, c.args...); !slices.Equal(got, c.want) {
			t.Errorf("%s %v: %v, want %v", c.words, c.args, got, c.want)
		}
	}
	if got := search("writer lock Acquire"); len(got) != 1 || !strings.HasSuffix(got[0], ":lock/lock.go") {
		t.Errorf("a file of both repositories is found at %v", got)
	}
	p.fails(exitFailure, "not_found", "does not hold", "search", "x", "--index", shared, "--repo", "nothing-of-the-kind")
	if status := p.json("status", "--index", shared)["index"].(map[string]any); len(status["trees"].([]any)) != 3 {
		t.Errorf("status %v", status)
	}
	p.fails(exitUsage, "invalid", "--repo", "clean", "--index", shared, "--rev", "x")
	p.ok("clean", "--index", shared, "--repo", second)
	if in := holding(t, shared, "hoists"); in != nil {
		t.Errorf("after clean --repo %v have it", in)
	}
	if in := holding(t, shared, strings.ToLower(b)); in != nil {
		t.Errorf("after clean --repo %v have its name", in)
	}
	if got := search("writer lock Acquire", "--repo", first); !slices.Equal(got, []string{a + ":lock/lock.go"}) {
		t.Errorf("the other repository has %v", got)
	}
	other := t.TempDir()
	write(t, other, map[string]string{"mine.txt": "x"})
	p.fails(exitFailure, "conflict", "not empty", "index", first, "--index", other)
}

func TestHistory(t *testing.T) {
	p, dir := branchy(t)
	p.ok("index", dir)
	hit := p.json("search", "writer lock Acquire", "--repo", dir, "--history", "-k", "1")["hits"].([]any)[0].(map[string]any)
	in, ok := hit["introduced"].(map[string]any)
	if !ok || in["commit"] != git(t, dir, "rev-list", "--max-parents=0", "HEAD") || in["author"] != "t" || in["subject"] != "x" {
		t.Errorf("introduced %v", hit["introduced"])
	}
	if text := p.ok("search", "writer lock Acquire", "--repo", dir, "--history", "-k", "1"); !strings.Contains(text, "since "+in["commit"].(string)[:10]) {
		t.Errorf("shown as\n%s", text)
	}
	write(t, dir, map[string]string{"new.go": "package sample\n\n// Unheard is not committed.\nfunc Unheard() {}\n"})
	p.ok("index", dir)
	if hit := p.json("search", "Unheard", "--repo", dir, "--history", "-k", "1")["hits"].([]any)[0].(map[string]any); hit["introduced"] != nil {
		t.Errorf("what is not committed was introduced by %v", hit["introduced"])
	}
}
