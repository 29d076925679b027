package gitrepo

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"loradex/internal/fault"
)

func TestOpenErrors(t *testing.T) {
	s := newSandbox(t)
	for name, path := range map[string]string{"no repository": s.dir, "no folder": filepath.Join(s.dir, "nowhere")} {
		_, err := Open(t.Context(), path, Options{})
		if fault.CodeOf(err) != fault.NotFound || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", name, err)
		}
	}
	s.write(s.dir, map[string]string{".git": "gitdir: ../gone\n"})
	if _, err := Open(t.Context(), s.dir, Options{}); fault.CodeOf(err) != fault.NotFound || !strings.Contains(err.Error(), "gone") {
		t.Errorf("dead link: %v", err)
	}
	s.write(s.dir, map[string]string{".git": "nonsense\n"})
	if _, err := Open(t.Context(), s.dir, Options{}); fault.CodeOf(err) != fault.Corrupt {
		t.Errorf("bad link: %v", err)
	}
}

func TestFormats(t *testing.T) {
	s := newSandbox(t)
	s.repo(s.dir, map[string]string{"a": "1"})
	config := filepath.Join(s.dir, ".git", "config")
	plain, err := os.ReadFile(config) //nolint:gosec // made by this test
	if err != nil {
		t.Fatal(err)
	}
	for extension, known := range map[string]bool{
		"worktreeConfig = true": true, "preciousObjects = true": true, "noop-v1 = 1": true, "relativeWorktrees = true": true,
		"partialClone = origin": true, "objectFormat = sha1": true, "refStorage = reftable": false, "fancy = 1": false,
	} {
		text := strings.Replace(string(plain), "repositoryformatversion = 0", "repositoryformatversion = 1", 1) + "[extensions]\n\t" + extension + "\n"
		if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		r := s.open(s.dir)
		s.wantPaths(s.scan(workTree{r}), "a")
		if known {
			s.wantPaths(s.scan(revision{r, "main"}), "a")
			continue
		}
		if notes := strings.Join(r.Notes(), "\n"); !strings.Contains(notes, "its work tree is indexed") {
			t.Errorf("%s: %q", extension, notes)
		}
		_, err := revision{r, "HEAD"}.Scan(t.Context(), nil, nil)
		if fault.CodeOf(err) != fault.Unsupported {
			t.Errorf("%s: %v", extension, err)
		}
		if _, err := r.Branches(t.Context()); fault.CodeOf(err) != fault.Unsupported {
			t.Errorf("%s: %v", extension, err)
		}
	}
	// An extension that an old format does not have is no matter to git either.
	if err := os.WriteFile(config, append(plain, "[extensions]\n\tfancy = 1\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	r := s.open(s.dir)
	if s.wantPaths(s.scan(revision{r, "main"}), "a"); len(r.Notes()) > 0 {
		t.Errorf("notes: %q", r.Notes())
	}
}

func TestOpenPlaces(t *testing.T) {
	s := newSandbox(t)
	s.repo(s.dir, map[string]string{"a/b/c.go": "1"})
	for _, path := range []string{s.dir, filepath.Join(s.dir, "a", "b"), filepath.Join(s.dir, ".git")} {
		r := s.open(path)
		if r.Root() != s.dir || r.Bare() || r.Name() != s.dir {
			t.Errorf("%s: root %s bare %v", path, r.Root(), r.Bare())
		}
	}
	link := filepath.Join(s.home, "link")
	if err := os.Symlink(s.dir, link); err != nil {
		t.Fatal(err)
	}
	if r := s.open(link); r.Root() != s.dir {
		t.Errorf("by a link: %s", r.Root())
	}
}

func TestBare(t *testing.T) {
	s := newSandbox(t)
	s.repo(s.dir, map[string]string{"a.go": "1"})
	bare := filepath.Join(s.home, "x.git")
	s.git(s.home, "clone", "-q", "--bare", s.dir, bare)
	r := s.open(bare)
	if !r.Bare() || r.Root() != bare {
		t.Errorf("root %s bare %v", r.Root(), r.Bare())
	}
	snap := s.scan(r.Source(""))
	s.wantPaths(snap, "a.go")
	if snap.Dirty || snap.Rev != strings.TrimSpace(s.git(s.dir, "rev-parse", "HEAD")) {
		t.Errorf("%+v", snap)
	}
	// A work tree linked to a bare repository.
	tree := filepath.Join(s.home, "tree")
	s.git(bare, "worktree", "add", "-q", tree)
	r = s.open(tree)
	if r.Bare() || r.Root() != tree {
		t.Errorf("linked to bare: root %s bare %v", r.Root(), r.Bare())
	}
	s.wantPaths(s.scan(r.Source("")), "a.go")
}

func TestLinkedWorkTree(t *testing.T) {
	s := newSandbox(t)
	s.repo(s.dir, map[string]string{"a.go": "1"})
	tree := filepath.Join(s.home, "linked")
	s.git(s.dir, "worktree", "add", "-q", "-b", "side", tree)
	s.write(tree, map[string]string{"b.go": "2"})
	side := s.commit(tree, "second")
	s.write(s.dir, map[string]string{".git/info/exclude": "*.tmp\n"})
	s.write(tree, map[string]string{"x.tmp": "ignored by the common folder's exclude file"})
	r := s.open(tree)
	snap := s.scan(workTree{r})
	s.wantPaths(snap, "a.go", "b.go")
	if snap.Rev != side || snap.Dirty {
		t.Errorf("rev %s dirty %v", snap.Rev, snap.Dirty)
	}
	s.wantPaths(s.scan(revision{r, "main"}), "a.go")
	s.wantPaths(s.scan(workTree{s.open(s.dir)}), "a.go")
}

func TestSparseCheckout(t *testing.T) {
	for _, mode := range []string{"--no-sparse-index", "--sparse-index"} {
		t.Run(mode, func(t *testing.T) {
			s := newSandbox(t)
			s.repo(s.dir, map[string]string{"in/a.go": "1", "out/b.go": "2", "out/deep/c.go": "3", "root.go": "4", "out/.gitignore": "*.tmp\n"})
			s.git(s.dir, "config", "extensions.worktreeConfig", "true")
			s.git(s.dir, "sparse-checkout", "set", "--cone", mode, "in")
			snap := s.scan(workTree{s.open(s.dir)})
			s.wantPaths(snap, "in/a.go", "root.go")
			if snap.Dirty {
				t.Error("a sparse checkout is taken for dirty")
			}
			s.wantPaths(s.scan(revision{s.open(s.dir), "HEAD"}), "in/a.go", "out/.gitignore", "out/b.go", "out/deep/c.go", "root.go")
			if mode == "--no-sparse-index" {
				// The ignore file is not on disk, but git still honours it.
				s.write(s.dir, map[string]string{"out/x.tmp": "", "out/new.go": ""})
				s.wantPaths(s.scan(workTree{s.open(s.dir)}), "in/a.go", "root.go", "out/new.go")
			}
		})
	}
}

func TestPartialClone(t *testing.T) {
	s := newSandbox(t)
	s.repo(s.dir, map[string]string{"a.go": "1"})
	s.write(s.dir, map[string]string{"a.go": "2", "b.go": "3"})
	s.commit(s.dir, "second")
	s.git(s.dir, "config", "uploadpack.allowFilter", "true")
	clone := filepath.Join(s.home, "partial")
	s.git(s.home, "clone", "-q", "--filter=blob:none", "file://"+s.dir, clone)
	r := s.open(clone)
	snap := s.scan(workTree{r})
	s.wantPaths(snap, "a.go", "b.go")
	if snap.Dirty {
		t.Error("dirty")
	}
	if got := s.content(s.scan(revision{r, "HEAD"}), "a.go"); got != "2" {
		t.Errorf("HEAD: %q", got)
	}
	old := s.scan(revision{r, "HEAD~1"})
	_, err := old.Entries[0].Read(t.Context(), 100)
	if fault.CodeOf(err) != fault.Unavailable || !strings.Contains(err.Error(), old.Entries[0].Blob) ||
		!strings.Contains(fault.HintOf(err), "git fetch") {
		t.Errorf("a missing blob: %v (%s)", err, fault.HintOf(err))
	}
}

func TestSubmodules(t *testing.T) {
	s := newSandbox(t)
	inner := filepath.Join(s.home, "inner")
	s.repo(inner, map[string]string{"in.go": "1"})
	s.repo(s.dir, map[string]string{"a.go": "1"})
	s.git(s.dir, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", inner, "libs/inner")
	s.commit(s.dir, "submodule")
	s.repo(filepath.Join(s.dir, "nested"), map[string]string{"n.go": "1"})
	r := s.open(s.dir)
	s.wantPaths(s.scan(workTree{r}), ".gitmodules", "a.go", "submodule libs/inner", "submodule nested")
	s.wantPaths(s.scan(revision{r, "HEAD"}), ".gitmodules", "a.go", "submodule libs/inner")
	sub := s.open(filepath.Join(s.dir, "libs", "inner"))
	s.wantPaths(s.scan(workTree{sub}), "in.go")
}

func TestEmptyRepository(t *testing.T) {
	s := newSandbox(t)
	s.git(s.home, "init", "-q", s.dir)
	r := s.open(s.dir)
	for _, rev := range []string{"", "HEAD"} {
		if snap := s.scan(r.Source(rev)); len(snap.Entries) != 0 || snap.Rev != "" || snap.Dirty {
			t.Errorf("%q: %+v", rev, snap)
		}
	}
	if _, err := (revision{r, "main"}).Scan(t.Context(), nil, nil); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("an unborn branch: %v", err)
	}
	bare := filepath.Join(s.home, "bare.git")
	s.git(s.home, "init", "-q", "--bare", bare)
	s.wantPaths(s.scan(s.open(bare).Source("")))
	s.wantPaths(s.scan(s.open("file://" + bare).Source("")))
}

func TestAlternates(t *testing.T) {
	s := newSandbox(t)
	s.repo(s.dir, map[string]string{"a.go": "1"})
	shared := filepath.Join(s.home, "shared")
	s.git(s.home, "clone", "-q", "--shared", s.dir, shared)
	chain := filepath.Join(s.home, "chain") // borrows from shared, which has no objects of its own
	s.git(s.home, "clone", "-q", "--shared", shared, chain)
	s.write(chain, map[string]string{".git/objects/info/alternates": "../../../shared/.git/objects\n"}) // relative
	head := strings.TrimSpace(s.git(s.dir, "rev-parse", "HEAD"))
	for _, dir := range []string{shared, chain} {
		r := s.open(dir)
		if got := s.content(s.scan(revision{r, head[:8]}), "a.go"); got != "1" {
			t.Errorf("%q", got)
		}
		if s.scan(workTree{r}).Dirty {
			t.Errorf("%s is dirty", dir)
		}
	}
	if err := os.RemoveAll(s.dir); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), shared, Options{}); fault.CodeOf(err) != fault.NotFound || !strings.Contains(err.Error(), s.dir) {
		t.Errorf("the lender is gone: %v", err)
	}
}

func TestURL(t *testing.T) {
	s := newSandbox(t)
	s.repo(s.dir, map[string]string{"a.go": "1"})
	s.git(s.dir, "branch", "-m", "trunk")
	s.git(s.dir, "tag", "-a", "v1", "-m", "tag")
	url := "file://" + s.dir
	r := s.open(url)
	if !r.Bare() || r.Name() != url || !strings.HasPrefix(r.Root(), filepath.Join(s.home, "clones")) {
		t.Errorf("root %s name %s", r.Root(), r.Name())
	}
	s.wantPaths(s.scan(r.Source("")), "a.go")
	if snap := s.scan(r.Source("")); snap.Repo != url {
		t.Errorf("repo %q", snap.Repo)
	}
	// A later run fetches: a new commit, a new default branch, a branch that was rewritten, one that is gone.
	s.git(s.dir, "branch", "gone")
	s.open(url)
	s.git(s.dir, "branch", "-D", "gone")
	s.git(s.dir, "checkout", "-q", "-b", "next")
	s.write(s.dir, map[string]string{"b.go": "2"})
	s.commit(s.dir, "second")
	s.git(s.dir, "branch", "-f", "trunk", "next")
	r = s.open(url)
	s.wantPaths(s.scan(r.Source("")), "a.go", "b.go")
	s.wantPaths(s.scan(r.Source("v1")), "a.go")
	s.wantPaths(s.scan(r.Source("trunk")), "a.go", "b.go")
	if _, err := r.Source("gone").Scan(t.Context(), nil, nil); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("a deleted branch: %v", err)
	}
	opts := Options{CacheDir: filepath.Join(s.home, "clones"), Offline: true}
	offline, err := Open(t.Context(), url, opts)
	if err != nil {
		t.Fatal(err)
	}
	s.wantPaths(s.scan(offline.Source("")), "a.go", "b.go")
	_ = offline.Close()
	if _, err := Open(t.Context(), url+"x", opts); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("offline without a clone: %v", err)
	}
}

func TestShallowClone(t *testing.T) {
	s := newSandbox(t)
	s.repo(s.dir, map[string]string{"a.go": "1"})
	s.commit(s.dir, "second")
	clone := filepath.Join(s.home, "clone")
	s.git(s.home, "clone", "-q", "--depth", "1", "file://"+s.dir, clone)
	r := s.open(clone)
	s.wantPaths(s.scan(r.Source("")), "a.go")
	if _, err := r.Source("HEAD~1").Scan(t.Context(), nil, nil); fault.CodeOf(err) != fault.Unavailable ||
		!strings.Contains(fault.HintOf(err), "unshallow") {
		t.Errorf("behind the cut: %v", err)
	}
	s.write(s.dir, map[string]string{"b.go": "2"})
	s.commit(s.dir, "third")
	s.git(clone, "fetch", "-q", "--depth", "1")
	s.git(clone, "reset", "-q", "--hard", "origin/main")
	s.wantPaths(s.scan(r.Source("")), "a.go", "b.go")
}

func TestURLErrors(t *testing.T) {
	s := newSandbox(t)
	opts := Options{CacheDir: filepath.Join(s.home, "clones")}
	_, err := Open(t.Context(), "file://"+s.dir+"/nothing", opts)
	if code := fault.CodeOf(err); code != fault.NotFound && code != fault.Unavailable || !strings.Contains(err.Error(), "nothing") {
		t.Errorf("no repository there: %v", err)
	}
	_, err = Open(t.Context(), "http://user:secret@127.0.0.1:1/x.git", opts)
	if fault.CodeOf(err) != fault.Unavailable || strings.Contains(err.Error(), "secret") {
		t.Errorf("no server there: %v", err)
	}
	if _, err := Open(t.Context(), "file:///x", Options{}); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("no cache folder: %v", err)
	}
}

func TestCleanURL(t *testing.T) {
	for in, want := range map[string]string{
		"https://u:p@example.com/a/b.git?t=1#x": "https://example.com/a/b.git",
		"ssh://git:p@example.com/a":             "ssh://git@example.com/a",
		"git@example.com:a/b.git":               "git@example.com:a/b.git",
		"https://example.com/a/":                "https://example.com/a",
	} {
		if got, err := CleanURL(in); got != want || err != nil {
			t.Errorf("%s: %s %v", in, got, err)
		}
	}
	if _, err := CleanURL("https://u:sec%ret@x"); err == nil || strings.Contains(err.Error(), "sec") {
		t.Errorf("malformed: %v", err)
	}
	for in, want := range map[string]bool{
		"https://x/y": true, "git@h:x": true, "file:///x": true, ".": false, "/a/b": false,
		"a@b/c:d": false, "C:\\x": false, "host:path": false,
	} {
		if IsURL(in) != want {
			t.Errorf("IsURL(%q) = %v", in, !want)
		}
	}
}

func TestResolve(t *testing.T) {
	s := newSandbox(t)
	s.repo(s.dir, map[string]string{"a": "1"})
	s.write(s.dir, map[string]string{"a": "2"})
	s.commit(s.dir, "second")
	s.git(s.dir, "checkout", "-q", "-b", "topic/x", "HEAD~1")
	s.write(s.dir, map[string]string{"b": "3"})
	s.commit(s.dir, "side")
	s.git(s.dir, "checkout", "-q", "main")
	s.git(s.dir, "merge", "-q", "--no-ff", "-m", "merge", "topic/x")
	s.git(s.dir, "tag", "light")
	s.git(s.dir, "tag", "-a", "-m", "x", "heavy")
	s.git(s.dir, "tag", "-a", "-m", "x", "heavier", "heavy")
	s.git(s.dir, "update-ref", "refs/remotes/origin/far", "HEAD~1")
	s.git(s.dir, "branch", "beef", "HEAD~1") // a name that could be a hash
	hash := strings.TrimSpace(s.git(s.dir, "rev-parse", "HEAD"))
	tag := strings.TrimSpace(s.git(s.dir, "rev-parse", "heavy"))
	for _, packed := range []bool{false, true} {
		if packed {
			s.git(s.dir, "gc", "-q")
		}
		r := s.open(s.dir)
		for _, rev := range []string{
			"HEAD", "@", "main", "heads/main", "refs/heads/main", "topic/x", "light", "heavy", "heavier", "heavy^{}",
			"tags/heavy", "origin/far", "HEAD~1", "HEAD~2", "HEAD^", "HEAD^1", "HEAD^2", "HEAD^^", "HEAD~", "HEAD^0", "HEAD^2~1", "heavy~1",
			hash, strings.ToUpper(hash), hash[:7], hash[:4], hash[:9], tag[:8], "HEAD^{commit}", "main^{commit}~1", "beef",
		} {
			want := strings.TrimSpace(s.git(s.dir, "rev-parse", rev+"^{commit}"))
			commit, err := r.resolve(rev)
			if err != nil {
				t.Errorf("packed %v: %s: %v", packed, rev, err)
			} else if commit.Hash.String() != want {
				t.Errorf("packed %v: %s: %s, git says %s", packed, rev, commit.Hash, want)
			}
		}
		for rev, want := range map[string]fault.Code{
			"nowhere": fault.NotFound, "HEAD~9": fault.NotFound, "HEAD^3": fault.NotFound, "deadbeef": fault.NotFound, "abc": fault.NotFound,
			strings.Repeat("0", 40): fault.NotFound, "HEAD:a": fault.Invalid, "HEAD@{1}": fault.Invalid, "a..b": fault.Invalid,
			"^": fault.Invalid, "": fault.Invalid, "HEAD^{tree}": fault.Invalid, "HEAD~99999999999999": fault.Invalid, "HEAD~1x": fault.Invalid,
			"../config": fault.Invalid, "config": fault.NotFound, "-x": fault.NotFound, "HEAD^{": fault.Invalid, "a b": fault.NotFound,
			"HEAD^-1": fault.Invalid, "index": fault.NotFound,
		} {
			_, err := revision{r, rev}.Scan(t.Context(), nil, nil)
			if fault.CodeOf(err) != want || rev != "" && !strings.Contains(err.Error(), rev) {
				t.Errorf("packed %v: %q: %v", packed, rev, err)
			}
		}
	}
}

func FuzzParseRevision(f *testing.F) {
	f.Add("HEAD~1^2")
	f.Add("x^{commit}~")
	f.Fuzz(func(t *testing.T, rev string) {
		base, _, err := parseRevision(rev)
		if err == nil && (base == "" || strings.ContainsAny(base, "~^:")) {
			t.Errorf("%q gives base %q", rev, base)
		}
	})
}
