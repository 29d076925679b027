package repos

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestGrep(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"a.go": "Lock\n" + strings.Repeat("x\n", 99), "b/b.go": "a lock\nthe LOCK\n", "none.go": "nothing\n", ".hidden/c.go": "lock\nlock\nlock\n", "bin": "lock\n\x00",
	} {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	g, err := OpenGrep(dir)
	if err != nil {
		t.Fatal(err)
	}
	hits, err := g.Ask(t.Context(), GrepRead, "Where is the lock?", 100)
	if err != nil || len(hits) != 4 || hits[0] != (Hit{Path: "b/b.go", Start: 1, End: 3, Tokens: 4}) || hits[1] != (Hit{Path: "a.go", Start: 1, End: 50, Tokens: 26}) || hits[2].Start != 51 {
		t.Errorf("%+v %v", hits, err)
	}
	if hits, err = g.Ask(t.Context(), GrepHead, "lock", 100); err != nil || len(hits) != 2 || hits[1].Path != "a.go" {
		t.Errorf("%+v %v", hits, err)
	}
	if hits, err = g.Ask(t.Context(), GrepHead, "where is the", 100); err != nil || len(hits) != 0 {
		t.Errorf("only words that every question has: %+v %v", hits, err)
	}
}
