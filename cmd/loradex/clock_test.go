package main

// This file tests clocks that jump: of the machine, and of tools that set the times of files.

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestClockJumps: whatever times files have, and the index itself, a change is seen and what has not changed is not
// taken for one.
func TestClockJumps(t *testing.T) {
	p := newPlace(t)
	p.env["LORADEX_MODEL"] = "none"
	dir := repo(t, map[string]string{
		"a.go": "package a\n\n// Alpha returns one.\nfunc Alpha() int { return 1 }\n",
		"b.go": "package a\n\n// Beta returns two.\nfunc Beta() int { return 2 }\n",
	})
	file, database := filepath.Join(dir, "a.go"), filepath.Join(dir, ".loradex", "index.db")
	p.ok("index", dir)
	p.ok("index", dir) // now the stat data is old enough to be believed
	for _, jump := range []struct {
		name string
		to   time.Duration
	}{{"back an hour", -time.Hour}, {"back to 1970", -time.Duration(time.Now().Unix()) * time.Second}, {"ahead a year", 365 * 24 * time.Hour}} {
		to := time.Now().Add(jump.to)
		before, err := os.Stat(file)
		must(t, err)
		must(t, os.Chtimes(database, to, to))
		must(t, os.Chtimes(filepath.Join(dir, "b.go"), to, to))
		if doc := p.json("index", dir); number(t, doc, "files.indexed") != 0 || number(t, doc, "files.unchanged") != 2 {
			t.Errorf("%s, nothing changed: %v", jump.name, doc["files"])
		}
		// As many bytes as before, at the time of before: only what the system keeps for itself tells.
		text, err := os.ReadFile(file)
		must(t, err)
		text[len(text)-4]++ // the number that Alpha returns
		must(t, os.WriteFile(file, text, 0o600))
		must(t, os.Chtimes(file, before.ModTime(), before.ModTime()))
		if doc := p.json("index", dir); number(t, doc, "files.indexed") != 1 {
			t.Errorf("%s, a change of equal length with the old time: %v", jump.name, doc["files"])
		}
		must(t, os.Chtimes(file, to, to))
		if r := p.run("search", "--repo", dir, "--mode", "lexical", "alpha returns"); r.code != exitOK || r.out == "" {
			t.Errorf("%s: %+v", jump.name, r)
		}
		if r := p.run("doctor", dir); r.code != exitOK {
			t.Errorf("%s: %s", jump.name, r.out)
		}
	}
}
