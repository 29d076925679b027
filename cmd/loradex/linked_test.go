package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// This file tests linked work trees, which share the index of their repository.

// linked adds a work tree beside a repository.
func linked(t *testing.T, dir, name string) string {
	t.Helper()
	at := filepath.Join(filepath.Dir(dir), filepath.Base(dir)+"-"+name)
	git(t, dir, "worktree", "add", "-q", at, "-b", name)
	t.Cleanup(func() { must(t, os.RemoveAll(at)) })
	return at
}

func TestLinkedWorkTree(t *testing.T) {
	p := newPlace(t)
	p.env["LORADEX_MODEL"] = "none"
	dir := repo(t, sample())
	p.ok("index", dir)
	side := linked(t, dir, "side")
	write(t, side, map[string]string{"oven/oven.go": "package oven\n\n// Preheat warms the oven up to a temperature.\nfunc Preheat(celsius int) {}\n"})
	if out := p.ok("status", side); !strings.Contains(out, side+" is not in the index in "+filepath.Join(dir, ".loradex")) {
		t.Errorf("status before: %s", out)
	}
	if out := p.run("doctor", side).out; !strings.Contains(out, side+" is not in the index") {
		t.Errorf("doctor before: %s", out)
	}
	report := p.json("index", side)
	if isDir(filepath.Join(side, ".loradex")) {
		t.Error("the linked work tree has an index of its own")
	}
	if report["repo"] != side || number(t, report, "files.indexed") != 5 || number(t, report, "chunks.total") != 5 {
		t.Errorf("report %v", report)
	}
	bases := func(where string) int {
		t.Helper()
		names, err := filepath.Glob(filepath.Join(where, ".loradex", "files-*.base"))
		must(t, err)
		return len(names)
	}
	if n := bases(dir); n != 1 {
		t.Errorf("%d bases of lists", n)
	}
	if again := p.json("index", side); number(t, again, "files.indexed") != 0 || number(t, again, "files.unchanged") != 5 {
		t.Errorf("again %v", again)
	}
	find := func(query string, args ...string) []string {
		t.Helper()
		return found(t, p.json(append([]string{"search", query}, args...)...))
	}
	if got := find("preheat", "--repo", side); !slices.Equal(got, []string{"oven/oven.go"}) {
		t.Errorf("the linked work tree has %v", got)
	}
	if got := find("preheat", "--repo", dir); len(got) != 0 {
		t.Errorf("the main work tree has %v", got)
	}
	// Freshness is of its own files.
	write(t, side, map[string]string{"kiln.go": "package kiln\n\n// Fire burns the clay.\nfunc Fire() {}\n"})
	write(t, dir, map[string]string{"wheel.go": "package wheel\n\n// Spin turns the clay.\nfunc Spin() {}\n"})
	if got := find("clay", "--repo", side); !slices.Equal(got, []string{"kiln.go"}) {
		t.Errorf("changed in the linked work tree: %v", got)
	}
	if got := find("clay", "--repo", dir); !slices.Equal(got, []string{"wheel.go"}) {
		t.Errorf("changed in the main work tree: %v", got)
	}
	t.Chdir(filepath.Join(side, "oven"))
	if out := p.ok("search", "preheat", "--path", "."); !strings.HasPrefix(out, "oven.go:") {
		t.Errorf("paths from the working folder: %s", out)
	}
	if got := find("clay"); !slices.Equal(got, []string{"kiln.go"}) {
		t.Errorf("from a folder of it: %v", got)
	}
	if out := p.ok("status"); !strings.Contains(out, "repo     "+side) || !strings.Contains(out, "work tree of "+dir) {
		t.Errorf("status %s", out)
	}
	// Branches are those of the repository.
	p.ok("index", side, "--branch", "side")
	if got := find("writer lock", "--repo", dir, "--branch", "side"); !slices.Equal(got, []string{"side:lock/lock.go"}) {
		t.Errorf("the branch has %v", got)
	}
	if got := find("preheat", "--repo", side, "--all-branches"); !slices.Equal(got, []string{"oven/oven.go"}) {
		t.Errorf("with all branches %v", got)
	}
	// The repository is moved, and git is told: the index is used as it is.
	moved := dir + "-moved"
	must(t, os.Rename(dir, moved))
	t.Cleanup(func() { must(t, os.RemoveAll(moved)) })
	git(t, moved, "worktree", "repair")
	for where, want := range map[string]string{moved: "wheel.go", side: "kiln.go"} {
		if got := find("clay", "--repo", where); !slices.Equal(got, []string{want}) {
			t.Errorf("in %s after the move %v", where, got)
		}
	}
	if again := p.json("index", side); number(t, again, "files.indexed") != 0 || number(t, again, "files.unchanged") != 6 {
		t.Errorf("after the move %v", again)
	}
	// clean takes it out of the index, which stays.
	if doc := p.json("clean", side, "--yes"); !slices.Equal(doc["trees"].([]any), []any{"work tree of " + side}) || !isDir(filepath.Join(moved, ".loradex")) {
		t.Errorf("clean in the linked work tree: %v", doc)
	}
	p.ok("index", side)
	t.Chdir(moved)
	git(t, moved, "worktree", "remove", "--force", side)
	if out := p.ok("status"); !strings.Contains(out, side+" at") || !strings.Contains(out, "removed; `loradex clean --gone`") {
		t.Errorf("status of a removed one: %s", out)
	}
	if out := p.run("doctor").out; !strings.Contains(out, side+" was removed, and the index still has it") {
		t.Errorf("doctor of a removed one: %s", out)
	}
	if doc := p.json("clean", "--gone"); !slices.Equal(doc["trees"].([]any), []any{"work tree of " + side}) {
		t.Errorf("clean --gone: %v", doc)
	}
	if n := bases(moved); n != 0 {
		t.Errorf("%d bases of lists are left", n)
	}
	p.ok("clean", "--branch", "side", "--yes")
	if in := holding(t, moved, "preheat"); in != nil {
		t.Errorf("after clean %v have it", in)
	}
	if r := p.run("clean", "--gone"); r.code != exitOK || !strings.Contains(r.err, "nothing to remove") {
		t.Errorf("nothing gone: %+v", r)
	}
}

// TestLinkedOwnIndex: where a linked work tree has an index of its own, that one is meant.
func TestLinkedOwnIndex(t *testing.T) {
	p := newPlace(t)
	p.env["LORADEX_MODEL"] = "none"
	dir := repo(t, sample())
	p.ok("index", dir)
	side := linked(t, dir, "side")
	must(t, os.Mkdir(filepath.Join(side, ".loradex"), 0o750))
	write(t, side, map[string]string{"own.go": "package own\n\n// Kettle boils.\nfunc Kettle() {}\n"})
	p.ok("index", side)
	if doc := p.json("status", side)["index"].(map[string]any); doc["dir"] != filepath.Join(side, ".loradex") || doc["trees"] != nil {
		t.Errorf("status %v", doc)
	}
	if got := top(p.json("search", "kettle", "--repo", side)); got != "own.go" {
		t.Errorf("hit %q", got)
	}
	if doc := p.json("status", dir)["index"].(map[string]any); doc["trees"] != nil {
		t.Errorf("the main one has %v", doc["trees"])
	}
}

// TestLinkedOfBare: a bare repository's linked work trees share its index in the home folder.
func TestLinkedOfBare(t *testing.T) {
	p := newPlace(t)
	p.env["LORADEX_MODEL"] = "none"
	bare := filepath.Join(t.TempDir(), "sample.git")
	git(t, repo(t, sample()), "clone", "-q", "--bare", ".", bare)
	side := linked(t, bare, "side")
	p.ok("index", side)
	p.ok("index", bare)
	if isDir(filepath.Join(side, ".loradex")) {
		t.Error("the linked work tree has an index of its own")
	}
	if got := top(p.json("search", "writer lock", "--repo", side)); got != "lock/lock.go" {
		t.Errorf("hit %q", got)
	}
	if got := p.json("status", bare)["index"].(map[string]any)["trees"].([]any); len(got) != 2 {
		t.Errorf("trees %v", got)
	}
}

// TestLinkedAtOnce: ten agents index and search at once.
func TestLinkedAtOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	p := newPlace(t).withEncoder()
	files := sample()
	for i := range 40 {
		files[fmt.Sprintf("f%d.go", i)] = fmt.Sprintf("package main\n\n// F%d counts to %d.\nfunc F%d() int { return %d }\n", i, i, i, i)
	}
	dir := repo(t, files)
	var sides []string
	for i := range 10 {
		side := linked(t, dir, fmt.Sprintf("agent%d", i))
		write(t, side, map[string]string{"agent.go": fmt.Sprintf("package main\n\n// Agent%d says zebra%c.\nfunc Agent%d() {}\n", i, 'a'+i, i)})
		sides = append(sides, side)
	}
	var group sync.WaitGroup
	for i, side := range sides {
		group.Go(func() {
			if r := p.asChild(side, "index", "--json"); r.code != exitOK {
				t.Errorf("index in %s: %+v", side, r)
			}
			if r := p.asChild(side, "search", "counts to seven", "--json"); r.code != exitOK || len(found(t, document(t, r.out))) == 0 {
				t.Errorf("search by meaning in %s: %+v", side, r)
			}
			r := p.asChild(side, "search", fmt.Sprintf("zebra%c", 'a'+i), "--mode", "lexical", "--json")
			if r.code != exitOK {
				t.Errorf("search in %s: %+v", side, r)
			} else if got := found(t, document(t, r.out)); !slices.Equal(got, []string{"agent.go"}) {
				t.Errorf("search in %s: %v", side, got)
			}
		})
	}
	group.Wait()
	// Whoever ended last has made what was left.
	for _, side := range sides {
		if got := number(t, p.json("status", side)["index"].(map[string]any), "coverage"); got != 1 {
			t.Errorf("coverage of %s is %v", side, got)
		}
	}
}
