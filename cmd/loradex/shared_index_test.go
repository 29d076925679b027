package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCommandsOfASharedIndex: what looks after an index takes one of several repositories as well.
func TestCommandsOfASharedIndex(t *testing.T) {
	p := newPlace(t)
	one, two, shared := repo(t, servedFiles), repo(t, sample()), filepath.Join(t.TempDir(), "shared")
	p.ok("index", one, "--index", shared)
	p.ok("index", two, "--index", shared)
	index := func(args ...string) string {
		t.Helper()
		r := p.run(append([]string{"doctor", "--index", shared, "--json"}, args...)...)
		doc := document(t, r.out)
		checks, _ := doc["checks"].([]any)
		for _, c := range checks {
			c, _ := c.(map[string]any)
			if c["name"] == "index" {
				status, _ := c["status"].(string)
				detail, _ := c["message"].(string)
				return status + " " + detail
			}
		}
		t.Fatalf("no check of the index: %s\n%s", r.out, r.err)
		return ""
	}
	if got := index(); !strings.HasPrefix(got, "ok ") || !strings.Contains(got, shared) {
		t.Errorf("doctor says %q", got)
	}
	must(t, os.WriteFile(filepath.Join(shared, "index.db"), []byte("no database"), 0o600))
	if got := index("--fix"); !strings.HasPrefix(got, "fail") {
		t.Errorf("of a damaged one doctor says %q", got)
	}
	p.fails(exitFailure, "conflict", shared, "store", "copy", "--index", shared, "--to", "sqlite")
}
