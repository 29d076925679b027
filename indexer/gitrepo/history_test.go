package gitrepo

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"loradex/internal/fault"
)

func TestBranches(t *testing.T) {
	s := newSandbox(t)
	s.repo(s.dir, map[string]string{"a.go": "package a\n"})
	s.git(s.dir, "branch", "feature/x")
	s.git(s.dir, "tag", "v1")
	s.git(s.dir, "update-ref", "refs/remotes/origin/far", "HEAD")
	s.git(s.dir, "pack-refs", "--all")
	s.git(s.dir, "branch", "loose")
	r, err := Open(t.Context(), s.dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close() //nolint:errcheck // only read
	branches, err := r.Branches(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	head := strings.TrimSpace(s.git(s.dir, "rev-parse", "HEAD"))
	var names []string
	for _, b := range branches {
		names = append(names, b.Name)
		if b.Commit != head || b.Time.Year() != 2020 {
			t.Errorf("branch %v", b)
		}
	}
	if got := strings.Join(names, " "); got != "feature/x loose main" {
		t.Errorf("branches %q", got)
	}
	for _, name := range []string{"main", "loose", "feature/x", "origin/far"} {
		if b, err := r.Branch(name); err != nil || b.Commit != head || b.Name != name {
			t.Errorf("%s: %v, %v", name, b, err)
		}
	}
	for _, name := range []string{"v1", "far", head, "", "../HEAD", "a b", "..", "refs/heads/main/x"} {
		if b, err := r.Branch(name); fault.CodeOf(err) != fault.NotFound {
			t.Errorf("%q: %v, %v", name, b, err)
		}
	}
	if hash, when, err := r.Commit("v1"); err != nil || hash != head || when.Year() != 2020 {
		t.Errorf("v1 is %s of %v, %v", hash, when, err)
	}
}

func TestIntroduced(t *testing.T) {
	s := newSandbox(t)
	text := "func One() int {\n\treturn 1\n}\n"
	filler := strings.Repeat("// filler\n", 30)
	s.repo(s.dir, map[string]string{"old.go": "package a\n", "other.go": "package a\n"})
	s.write(s.dir, map[string]string{"old.go": "package a\n\n" + text + filler})
	brought := s.commit(s.dir, "Bring One\n\nWith a body.")
	s.write(s.dir, map[string]string{"old.go": "package a\n\nvar X = 1\n\n" + strings.ReplaceAll(text+filler, "\n", "\r\n")})
	s.commit(s.dir, "Other line ends")
	s.git(s.dir, "mv", "old.go", "moved.go")
	s.commit(s.dir, "Move it")
	s.git(s.dir, "mv", "moved.go", "sub.go")
	s.write(s.dir, map[string]string{"sub.go": "package b\n\n" + text})
	s.commit(s.dir, "Move and change it")
	s.git(s.dir, "switch", "-q", "-c", "side")
	s.write(s.dir, map[string]string{"new.go": "package b\n\nfunc Side() {}\n"})
	side := s.commit(s.dir, "Side")
	s.git(s.dir, "switch", "-q", "main")
	s.write(s.dir, map[string]string{"third.go": "package b\n"})
	s.commit(s.dir, "Main goes on")
	s.git(s.dir, "merge", "-q", "--no-ff", "side", "-m", "Merge")
	head := strings.TrimSpace(s.git(s.dir, "rev-parse", "HEAD"))
	r, err := Open(t.Context(), s.dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close() //nolint:errcheck // only read
	for _, c := range []struct{ path, text, commit, subject string }{
		{"sub.go", text, brought, "Bring One"},
		{"sub.go", "\n" + strings.ReplaceAll(text, "\n", "\r\n"), brought, "Bring One"},
		{"new.go", "func Side() {}", side, "Side"},
		{"other.go", "package a", strings.TrimSpace(s.git(s.dir, "rev-list", "--max-parents=0", "HEAD")), "first"},
	} {
		got, err := r.Introduced(t.Context(), head, c.path, c.text)
		if err != nil || got.Commit != c.commit || got.Subject != c.subject || got.Bounded || got.Author != "a" || got.Time.Year() != 2020 {
			t.Errorf("%s: %+v, %v; want %s %s", c.path, got, err, c.commit, c.subject)
		}
	}
	for _, c := range []struct{ path, text string }{{"sub.go", "func Two"}, {"no.go", text}, {"sub.go", ""}, {"", "x"}} {
		if got, err := r.Introduced(t.Context(), head, c.path, c.text); fault.CodeOf(err) != fault.NotFound {
			t.Errorf("%q in %q: %+v, %v", c.text, c.path, got, err)
		}
	}
	// No time left, and a history that is cut off.
	late, cancel := context.WithDeadline(t.Context(), time.Unix(1, 0))
	defer cancel()
	if got, err := r.Introduced(late, head, "sub.go", text); err != nil || !got.Bounded || got.Commit != head {
		t.Errorf("past the deadline: %+v, %v", got, err)
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if _, err := r.Introduced(stopped, head, "sub.go", text); fault.CodeOf(err) != fault.Canceled {
		t.Errorf("canceled: %v", err)
	}
	shallow := filepath.Join(filepath.Dir(s.dir), "shallow")
	s.git(filepath.Dir(s.dir), "clone", "-q", "--depth", "1", "file://"+s.dir, shallow)
	cut, err := Open(t.Context(), shallow, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer cut.Close() //nolint:errcheck // only read
	if got, err := cut.Introduced(t.Context(), head, "sub.go", text); err != nil || !got.Bounded {
		t.Errorf("in a shallow clone: %+v, %v", got, err)
	}
}
