package gitrepo

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"loradex/indexer"
)

// sandbox runs the git program in a temporary folder, with no settings from outside.
type sandbox struct {
	*testing.T
	home string
	dir  string
}

func newSandbox(t *testing.T) *sandbox {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("no git program")
	}
	base, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s := &sandbox{T: t, home: filepath.Join(base, "home"), dir: filepath.Join(base, "repo")}
	for _, dir := range []string{s.home, s.dir} {
		if err := os.Mkdir(dir, 0o750); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// git runs a command in dir and returns its output.
func (s *sandbox) git(dir string, args ...string) string {
	s.Helper()
	cmd := exec.Command("git", args...) //nolint:gosec // arguments of this test
	cmd.Dir = dir
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + s.home, "GIT_CONFIG_NOSYSTEM=1", "GIT_ALLOW_PROTOCOL=file",
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@b", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@b",
		"GIT_AUTHOR_DATE=2020-01-01T00:00:00Z", "GIT_COMMITTER_DATE=2020-01-01T00:00:00Z",
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		s.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// repo makes a repository with these files in one commit.
func (s *sandbox) repo(dir string, files map[string]string) {
	s.Helper()
	s.git(filepath.Dir(dir), "init", "-q", "-b", "main", dir)
	s.write(dir, files)
	s.commit(dir, "first")
}

func (s *sandbox) commit(dir, message string) string {
	s.Helper()
	s.git(dir, "add", "-A")
	s.git(dir, "commit", "-q", "--allow-empty", "-m", message)
	return strings.TrimSpace(s.git(dir, "rev-parse", "HEAD"))
}

func (s *sandbox) write(dir string, files map[string]string) {
	s.Helper()
	for path, content := range files {
		full := filepath.Join(dir, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(full), 0o750); err != nil {
			s.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(content), 0o600); err != nil {
			s.Fatal(err)
		}
	}
}

func (s *sandbox) open(path string) *Repo {
	s.Helper()
	r, err := Open(s.Context(), path, Options{Home: s.home, CacheDir: filepath.Join(s.home, "clones")})
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() {
		if err := r.Close(); err != nil {
			s.Error(err)
		}
	})
	return r
}

func (s *sandbox) scan(src indexer.Source) *indexer.Snapshot {
	s.Helper()
	snap, err := src.Scan(s.Context(), nil, nil)
	if err != nil {
		s.Fatal(err)
	}
	return snap
}

// paths lists the entries that can be read, and the others as "reason path".
func paths(snap *indexer.Snapshot) []string {
	var out []string
	for _, e := range snap.Entries {
		if e.Skip != "" {
			out = append(out, string(e.Skip)+" "+e.Path)
		} else {
			out = append(out, e.Path)
		}
	}
	slices.Sort(out)
	return out
}

func (s *sandbox) wantPaths(snap *indexer.Snapshot, want ...string) {
	s.Helper()
	slices.Sort(want)
	if got := paths(snap); !slices.Equal(got, want) {
		s.Errorf("got  %q\nwant %q", got, want)
	}
}

// content reads an entry.
func (s *sandbox) content(snap *indexer.Snapshot, path string) string {
	s.Helper()
	for _, e := range snap.Entries {
		if e.Path == path && e.Read != nil {
			c, err := e.Read(context.Background(), 1<<20)
			if err != nil {
				s.Fatal(err)
			}
			if e.Blob != "" && e.Blob != indexer.BlobHash(c.Data) {
				s.Errorf("%s: blob %s, content hashes to %s", path, e.Blob, indexer.BlobHash(c.Data))
			}
			return string(c.Data)
		}
	}
	s.Fatalf("%s is not in %q", path, paths(snap))
	return ""
}
