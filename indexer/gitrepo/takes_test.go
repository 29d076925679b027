package gitrepo

import (
	"testing"

	"loradex/indexer"
)

// TestTakes: what is taken is what a scan would list, for files that are there and for those that may come.
func TestTakes(t *testing.T) {
	s := newSandbox(t)
	s.repo(s.dir, map[string]string{"a.go": "package a\n", "kept/build/x.go": "package x\n", "tracked/secret/y.go": "package y\n"})
	s.write(s.dir, map[string]string{
		".gitignore": "build/\n*.log\n!keep.log\n", ".loradexignore": "secret\n", "d/.gitignore": "/out\n", "d/out/v.go": "x",
	})
	s.git(s.dir, "init", "-q", "inner")
	s.write(s.dir, map[string]string{"inner/sub/t.go": "package t\n"})
	r := s.open(s.dir)
	for path, want := range map[string]bool{
		"a.go": true, "new.go": true, "new/deep/u.go": true, "x.log": false, "keep.log": true, "build/x.go": false,
		"kept/build/x.go": true, "kept/build/new.go": false, "tracked/secret/y.go": false, "tracked/z.go": true,
		"d/out/v.go": false, "d/in.go": true, "inner/sub/t.go": false, ".git/COMMIT_EDITMSG": false, ".loradex/index.db": false,
		"": false, "../a.go": false, "a/../../b.go": false, "bad\x01.go": false,
	} {
		got, err := r.Takes(t.Context(), path)
		if err != nil || got != want {
			t.Errorf("%q: %v, %v", path, got, err)
		}
	}
	listed := map[string]bool{}
	for _, e := range s.scan(workTree{r}).Entries {
		if e.Skip == indexer.Submodule {
			continue // a folder
		}
		listed[e.Path] = e.Skip == ""
		if got, err := r.Takes(t.Context(), e.Path); err != nil || got != (e.Skip == "") {
			t.Errorf("%q is listed (%q), and taken: %v, %v", e.Path, e.Skip, got, err)
		}
	}
	if !listed["a.go"] {
		t.Error("the scan lists nothing")
	}
}
