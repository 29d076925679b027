package arch

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestModule holds this very tree against the rules.
func TestModule(t *testing.T) {
	violations, err := check(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	tracked, err := checkTracked("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range append(violations, tracked...) {
		t.Error(v)
	}
}

// TestTrackedAndIgnored adds a file by force, in a repository and in a second work tree of it.
func TestTrackedAndIgnored(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("the git program is not installed")
	}
	dir, second := t.TempDir(), filepath.Join(t.TempDir(), "second")
	git := func(args ...string) {
		t.Helper()
		cmd := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=t", "-c", "user.email=t@example.org"}, args...)...)
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_SYSTEM="+os.DevNull)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	if got, err := checkTracked(dir); err != nil || got != nil {
		t.Errorf("no work tree: %v, %v", got, err)
	}
	for name, text := range map[string]string{".gitignore": "# made\n/bin/\n*.out\n", "a.out": "x", "b.txt": "x", "sub/bin/c": "x", "bin/d": "x"} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	git("init", "-q")
	if got, err := checkTracked(dir); err != nil || got != nil {
		t.Errorf("nothing was added: %v, %v", got, err)
	}
	git("add", ".")
	if got, err := checkTracked(dir); err != nil || got != nil {
		t.Errorf("nothing that is ignored: %v, %v", got, err)
	}
	git("add", "-f", "a.out", "bin/d")
	git("commit", "-q", "-m", "x")
	git("worktree", "add", "-q", second)
	for _, tree := range []string{dir, second} {
		got, err := checkTracked(tree)
		if err != nil || len(got) != 2 || got[0].File != "a.out" || got[1].File != "bin/d" || !strings.Contains(got[0].String(), "although .gitignore names it") {
			t.Errorf("%s: %v, %v", tree, got, err)
		}
	}
}
