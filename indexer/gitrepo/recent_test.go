package gitrepo

import (
	"path/filepath"
	"slices"
	"testing"
)

func TestRecent(t *testing.T) {
	s := newSandbox(t)
	r := filepath.Join(s.dir, "r")
	s.repo(r, map[string]string{"old.go": "1", "a/b.go": "1", "a/c.go": "1"})
	s.write(r, map[string]string{"a/b.go": "2", "x.go": "1"})
	s.commit(r, "second")
	s.write(r, map[string]string{"a/c.go": "2"})
	rev := s.commit(r, "third")
	repo := s.open(r)
	for name, recent := range map[string]func() ([]string, error){
		"work tree": func() ([]string, error) { return s.scan(workTree{repo}).Recent(t.Context()) },
		"revision":  func() ([]string, error) { return s.scan(revision{repo, rev}).Recent(t.Context()) },
	} {
		got, err := recent()
		if want := []string{"a/c.go", "a/b.go", "x.go"}; err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %q, %v, want %q", name, got, err, want)
		}
	}
	// What git does not have ends the list and no more: a shallow clone, a work tree with a broken history.
	if got, err := repo.recent(t.Context(), "0123456789012345678901234567890123456789"); err != nil || len(got) > 0 {
		t.Errorf("a commit that is not there: %q, %v", got, err)
	}
	empty := filepath.Join(s.dir, "empty")
	s.repo(empty, nil)
	if got, err := s.scan(workTree{s.open(empty)}).Recent(t.Context()); err != nil || len(got) > 0 {
		t.Errorf("no commit: %q, %v", got, err)
	}
}
