package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestPathsFromHere: what is printed is called as in the working folder, and can be given to --code and opened.
func TestPathsFromHere(t *testing.T) {
	p := newPlace(t)
	p.env["LORADEX_MODEL"] = "none"
	lock := sample()["lock/lock.go"]
	dir := repo(t, map[string]string{"lock/lock.go": lock, "lock/deep/other.go": strings.ReplaceAll(lock, "Acquire", "Obtain"), "top.go": "package top\n\n// Summit is high.\nfunc Summit() {}\n"})
	p.ok("index", dir)
	shown := func(args ...string) []string {
		t.Helper()
		out := []string{}
		for line := range strings.SplitSeq(p.ok(append([]string{"search", "--mode", "lexical"}, args...)...), "\n") {
			if line != "" && !strings.HasPrefix(line, " ") {
				path, _, _ := strings.Cut(line, ":")
				out = append(out, path)
				if _, err := os.Stat(path); err != nil {
					t.Errorf("%v: what is shown cannot be opened: %v", args, err)
				}
			}
		}
		slices.Sort(out)
		return out
	}
	for folder, want := range map[string][2][]string{
		"":          {{"lock/deep/other.go", "lock/lock.go"}, {"top.go"}},
		"lock":      {{"deep/other.go", "lock.go"}, {"../top.go"}},
		"lock/deep": {{"../lock.go", "other.go"}, {"../../top.go"}},
		"..":        {{filepath.Base(dir) + "/lock/deep/other.go", filepath.Base(dir) + "/lock/lock.go"}, {filepath.Base(dir) + "/top.go"}},
	} {
		t.Chdir(filepath.Join(dir, folder))
		for i, query := range []string{"writer lock", "summit"} {
			if got := shown(query, "--repo", dir); !slices.Equal(got, want[i]) {
				t.Errorf("in %q, %s: %v, want %v", folder, query, got, want[i])
			}
		}
		// Fed back, the code does not find itself.
		if got := shown("--code", want[0][1], "--repo", dir); slices.Contains(got, want[0][1]) || !slices.Contains(got, want[0][0]) {
			t.Errorf("in %q, --code %s: %v", folder, want[0][1], got)
		}
		if doc := p.json("search", "--mode", "lexical", "summit", "--repo", dir); top(doc) != "top.go" {
			t.Errorf("the path of a document starts at the top of the repository: %v", doc)
		}
	}
	// Through a link, and where the repository was moved.
	link := filepath.Join(t.TempDir(), "link")
	must(t, os.Symlink(dir, link))
	t.Chdir(filepath.Join(link, "lock"))
	if got := shown("summit"); !slices.Equal(got, []string{"../top.go"}) {
		t.Errorf("through a link: %v", got)
	}

	// An index of several repositories names them.
	second := repo(t, map[string]string{"boat/lock.go": lock})
	shared := filepath.Join(t.TempDir(), "shared")
	p.ok("index", dir, "--index", shared)
	p.ok("index", second, "--index", shared)
	t.Chdir(filepath.Join(second, "boat"))
	out := p.ok("search", "--mode", "lexical", "summit", "--index", shared)
	rel, err := filepath.Rel(filepath.Join(second, "boat"), filepath.Join(dir, "top.go"))
	must(t, err)
	if !strings.HasPrefix(out, rel+":") || !strings.Contains(out, "["+dir+"]") {
		t.Errorf("several repositories: %s", out)
	}
	if got := shown("--code", "lock.go", "--index", shared); slices.Contains(got, "lock.go") || len(got) == 0 {
		t.Errorf("--code of the second repository finds %v", got)
	}
}
