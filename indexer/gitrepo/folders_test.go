package gitrepo

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"loradex/internal/fault"
)

// folders lists what is to be watched, relative to a folder.
func (s *sandbox) folders(r *Repo, base string) ([]string, func(string) bool) {
	s.Helper()
	var dirs []string
	matters, err := r.Folders(s.Context(), func(dir string) error {
		rel, err := filepath.Rel(base, dir)
		dirs = append(dirs, filepath.ToSlash(rel))
		return err
	})
	if err != nil {
		s.Fatal(err)
	}
	slices.Sort(dirs)
	return slices.Compact(dirs), matters
}

func TestFolders(t *testing.T) {
	s := newSandbox(t)
	s.repo(s.dir, map[string]string{
		"a.go": "package a\n", "d/e/f.go": "package e\n", "kept/build/x.go": "package x\n", "tracked/secret/y.go": "package y\n",
	})
	s.write(s.dir, map[string]string{
		".gitignore": "build/\n*.log\n!keep.log\n", ".loradexignore": "secret\n", "d/.gitignore": "/out\n",
		"build/deep/z.o": "x", "kept/build/other/w.go": "x", "d/out/v.go": "x", "new/deep/u.go": "package u\n", ".loradex/index.db": "x",
	})
	s.git(s.dir, "init", "-q", "inner")
	s.write(s.dir, map[string]string{"inner/sub/t.go": "package t\n"})
	r := s.open(s.dir)
	got, matters := s.folders(r, s.dir)
	want := []string{".", ".git", ".git/info", "d", "d/e", "kept", "kept/build", "new", "new/deep", "tracked"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	for path, want := range map[string]bool{
		".": true, "a.go": true, "b.go": true, "x.log": false, "keep.log": true, "build": false, "d/out": false, "d/e": true,
		"kept/build": true, "kept/build/x.go": true, "kept/build/new.go": false, "tracked/secret": false,
		".gitignore": true, "d/.gitignore": true, ".loradexignore": true,
		".git": false, ".loradex": false, ".loradex/index.db": false,
		".git/HEAD": true, ".git/index": true, ".git/index.lock": false, ".git/FETCH_HEAD": false,
		".git/info/exclude": true, ".git/info/refs": false, "gone/folder": true, "../elsewhere": false, "bad\x01name": false,
	} {
		if got := matters(filepath.Join(s.dir, filepath.FromSlash(path))); got != want {
			t.Errorf("%s matters: %v", path, got)
		}
	}
	// Everything that a scan lists is in a folder that is watched, and matters.
	for _, e := range s.scan(workTree{r}).Entries {
		dir, _ := splitPath(e.Path)
		if dir == "" {
			dir = "."
		}
		if e.Path != "inner" && (!slices.Contains(got, dir) || !matters(filepath.Join(s.dir, filepath.FromSlash(e.Path)))) {
			t.Errorf("%s is listed and not followed", e.Path)
		}
	}
}

// TestFoldersOfLinkedWorkTree: its HEAD and index lie apart from the repository's.
func TestFoldersOfLinkedWorkTree(t *testing.T) {
	s := newSandbox(t)
	s.repo(s.dir, map[string]string{"a.go": "package a\n"})
	linked := filepath.Join(filepath.Dir(s.dir), "linked")
	s.git(s.dir, "worktree", "add", "-q", linked, "-b", "other")
	r := s.open(linked)
	got, matters := s.folders(r, filepath.Dir(s.dir))
	want := []string{"linked", "repo/.git", "repo/.git/info", "repo/.git/worktrees/linked"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if !matters(filepath.Join(s.dir, ".git", "worktrees", "linked", "HEAD")) || matters(filepath.Join(linked, ".git")) {
		t.Error("the wrong files of git matter")
	}

	bare := filepath.Join(filepath.Dir(s.dir), "bare.git")
	s.git(s.dir, "clone", "-q", "--bare", s.dir, bare)
	if _, err := s.open(bare).Folders(t.Context(), func(string) error { return nil }); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("a bare repository: %v", err)
	}
	stop := fault.New(fault.Unavailable, "no more")
	if _, err := r.Folders(t.Context(), func(dir string) error {
		if strings.HasSuffix(dir, "linked") {
			return stop
		}
		return nil
	}); fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("an error of the visitor: %v", err)
	}
	if err := os.RemoveAll(linked); err != nil {
		t.Fatal(err)
	}
}
