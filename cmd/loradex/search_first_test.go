package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"loradex/indexer"
)

// This file tests searches where nothing is indexed yet.

func TestSearchUnindexed(t *testing.T) {
	p := newPlace(t).withEncoder()
	dir := repo(t, sample())
	t.Chdir(dir)
	r := p.run("search", "writer lock of a folder")
	if r.code != exitOK || !strings.HasPrefix(r.out, "lock/lock.go:") {
		t.Fatalf("%+v", r)
	}
	for _, want := range []string{
		dir + " is not indexed: its words are indexed first", "answered by words, which were indexed just now: 4 files",
		"vectors follow with `loradex index`; `loradex search --background` starts that",
	} {
		if !strings.Contains(r.err, want) {
			t.Errorf("it does not say %q: %s", want, r.err)
		}
	}
	if strings.Contains(r.err, "has no vectors") {
		t.Errorf("it is said twice: %s", r.err)
	}
	// The second search has nothing to index.
	if doc := p.json("search", "writer lock"); doc["indexing"] != nil || top(doc) != "lock/lock.go" {
		t.Errorf("the second search: %v", doc)
	}
	p.ok("clean", "--yes")
	doc := p.json("search", "writer lock", "--repo", filepath.Join(dir, "lock"))
	if number(t, doc, "indexing.files") != 4 || number(t, doc, "indexing.chunks") != 4 || number(t, doc, "indexing.seconds") <= 0 ||
		doc["indexing"].(map[string]any)["command"] != "loradex index "+filepath.Join(dir, "lock") || doc["indexing"].(map[string]any)["pid"] != nil {
		t.Errorf("indexing %v", doc["indexing"])
	}
	if got := number(t, p.json("index"), "coverage"); got != 1 {
		t.Errorf("coverage after index %v", got)
	}
	// Without a model no vectors follow.
	p.ok("clean", "--yes")
	if doc := p.json("search", "writer lock", "--model", "none"); doc["indexing"].(map[string]any)["command"] != nil {
		t.Errorf("without a model: %v", doc["indexing"])
	}
	// A linked work tree that was never indexed answers too, and has the vectors of what it shares.
	p.ok("index")
	side := linked(t, dir, "side")
	doc = p.json("search", "writer lock", "--repo", side)
	if top(doc) != "lock/lock.go" || doc["mode"] != "hybrid" || number(t, doc, "coverage") != 1 || number(t, doc, "indexing.files") != 4 {
		t.Errorf("in a linked work tree: %v", doc)
	}
	// What is no repository is none.
	p.fails(exitFailure, "not_found", "loradex index", "search", "lock", "--repo", t.TempDir())
}

func TestSearchInBackground(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	p := newPlace(t).withEncoder()
	dir := repo(t, sample())
	r := p.asChild(dir, "search", "writer lock", "--background", "--json")
	if r.code != exitOK {
		t.Fatalf("%+v", r)
	}
	doc := document(t, r.out)
	log := filepath.Join(dir, ".loradex", logFile)
	if top(doc) != "lock/lock.go" || doc["mode"] != "lexical" || number(t, doc, "indexing.pid") < 1 || doc["indexing"].(map[string]any)["log"] != log {
		t.Errorf("%v", doc)
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		if number(t, p.json("status", dir)["index"].(map[string]any), "coverage") == 1 {
			break
		}
		if time.Now().After(deadline) {
			text, _ := os.ReadFile(log)
			t.Fatalf("the vectors do not come: %s", text)
		}
	}
	waitUnlocked(t, filepath.Join(dir, ".loradex"))
	if r := p.asChild(dir, "search", "writer lock", "--background"); r.code != exitOK || !strings.Contains(r.err, "makes the vectors; see `loradex status`, and "+log) {
		t.Errorf("%+v", r)
	}
	waitUnlocked(t, filepath.Join(dir, ".loradex"))
}

// TestSearchUnindexedAtOnce: several first searches index once, and all answer.
func TestSearchUnindexedAtOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	p := newPlace(t)
	p.env["LORADEX_MODEL"] = "none"
	files := sample()
	for i := range 100 {
		files[fmt.Sprintf("f%d.go", i)] = fmt.Sprintf("package main\n\n// F%d counts.\nfunc F%d() int { return %d }\n", i, i, i)
	}
	dir := repo(t, files)
	var group sync.WaitGroup
	for range 5 {
		group.Go(func() {
			r := p.asChild(dir, "search", "writer lock of a folder", "--json")
			if r.code != exitOK {
				t.Errorf("%+v", r)
			} else if got := found(t, document(t, r.out)); !slices.Contains(got, "lock/lock.go") {
				t.Errorf("hits %v", got)
			}
		})
	}
	group.Wait()
}

// TestSearchInBackgroundTwice: of two that want the vectors at one time, one starts what makes them, and the other says who does.
func TestSearchInBackgroundTwice(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	p := newPlace(t).withEncoder()
	dir := repo(t, sample())
	at := filepath.Join(dir, indexer.FolderOf)
	must(t, os.Mkdir(at, 0o750))
	hold, _, err := indexer.HoldBackground(at)
	must(t, err)
	const other = 4242
	_, err = hold.WriteString(itoa(other))
	must(t, err)
	r := p.asChild(dir, "search", "writer lock", "--background", "--json")
	if r.code != exitOK {
		t.Fatalf("%+v", r)
	}
	if doc := document(t, r.out); number(t, doc, "indexing.pid") != other || top(doc) != "lock/lock.go" {
		t.Errorf("%v", doc)
	}
	if r := p.asChild(dir, "search", "writer lock", "--background"); !strings.Contains(r.err, "process 4242 makes the vectors") {
		t.Errorf("%+v", r)
	}
	if _, err := os.Stat(filepath.Join(at, logFile)); err == nil {
		t.Error("the second one was started")
	}
	must(t, hold.Close())
	if doc := document(t, p.asChild(dir, "search", "writer lock", "--background", "--json").out); number(t, doc, "indexing.pid") == other {
		t.Errorf("nobody was started: %v", doc)
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) { // it has the right until it ends
		if hold, _, err = indexer.HoldBackground(at); hold != nil || err != nil || time.Now().After(deadline) {
			break
		}
	}
	must(t, err)
	if hold == nil {
		t.Fatal("what was started does not end")
	}
	must(t, hold.Close())
}
