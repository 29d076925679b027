package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"loradex/search/sqlite"
)

// TestDoctorFix damages an index in ways that `doctor` must find and `doctor --fix` must repair from what the database
// knows; the answer to a query is then what it was.
func TestDoctorFix(t *testing.T) {
	if testing.Short() {
		t.Skip("encodes")
	}
	p := newPlace(t).withEncoder()
	dir := repo(t, sample())
	p.ok("index", dir)
	derived := func(suffix string) string {
		t.Helper()
		files, err := filepath.Glob(filepath.Join(dir, ".loradex", "*", "*"+suffix))
		must(t, err)
		if len(files) != 1 {
			t.Fatalf("files %v", files)
		}
		return files[0]
	}
	spoil := func(path string, at int) {
		t.Helper()
		b, err := os.ReadFile(path)
		must(t, err)
		b[len(b)+at] ^= 8
		must(t, os.WriteFile(path, b, 0o600))
	}
	answer := func() string {
		t.Helper()
		return p.ok("search", "--repo", dir, "take the lock of a folder")
	}
	flush := func() {
		t.Helper()
		s, err := sqlite.Open(t.Context(), filepath.Join(dir, ".loradex"), sqlite.Options{})
		must(t, err)
		must(t, s.Flush(t.Context()))
		must(t, s.Close())
	}
	want := answer()
	for _, c := range []struct {
		name   string
		damage func()
	}{
		{"a bit of a vector", func() { spoil(derived(".rows"), -9) }},
		{"a bit of the map", func() { spoil(derived(".map"), -70) }},
		{"the map cut short", func() { must(t, os.Truncate(derived(".map"), 100)) }},
		{"the rows gone", func() { must(t, os.Remove(derived(".rows"))) }},
		{"a bit of the words", func() { spoil(derived(".words"), -120) }},
		{"the words cut short", func() { must(t, os.Truncate(derived(".words"), 100)) }},
		{"the list of words", func() { spoil(filepath.Join(dir, ".loradex", "words", "list"), -20) }},
	} {
		flush()
		c.damage()
		if r := p.run("doctor", dir); r.code != exitFailure || !strings.Contains(r.out, "fail  index") {
			t.Errorf("%s: doctor finds nothing: %s", c.name, r.out)
		}
		if r := p.run("doctor", dir, "--fix"); r.code != exitOK {
			t.Errorf("%s: doctor --fix: exit %d, %s", c.name, r.code, r.out)
		}
		if r := p.run("doctor", dir); r.code != exitOK {
			t.Errorf("%s, after --fix: %s", c.name, r.out)
		}
		if got := answer(); got != want {
			t.Errorf("%s, after --fix: %s, want %s", c.name, got, want)
		}
	}
}
