package mine

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	git "github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing/object"

	"loradex/indexer/gitrepo"
	"loradex/internal/dataset"
	"loradex/internal/fault"
)

// repository makes a git repository with one commit per step, and returns its folder.
func repository(t *testing.T, steps ...map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	repo, err := git.PlainInit(dir, false)
	if err != nil {
		t.Fatal(err)
	}
	tree, err := repo.Worktree()
	if err != nil {
		t.Fatal(err)
	}
	for i, files := range steps {
		for path, content := range files {
			if path == "" {
				continue // the subject
			}
			full := filepath.Join(dir, filepath.FromSlash(path))
			if err := os.MkdirAll(filepath.Dir(full), 0o750); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(full, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := tree.Add(path); err != nil {
				t.Fatal(err)
			}
		}
		who := &object.Signature{Name: "a", Email: "a@b", When: time.Unix(int64(1_600_000_000+i), 0)}
		if _, err := tree.Commit(files[""], &git.CommitOptions{Author: who, Committer: who}); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestMineGit(t *testing.T) {
	needGrammars(t)
	older := strings.Replace(parser, "out[i]++", "out[i] += 2", 1)
	moved := strings.Replace(parser, "out[key] = value", "out[strings.TrimSpace(key)] = value", 1)
	dir := repository(t,
		map[string]string{"": "First of all commits", "deep/parser.go": older, "other.go": older},
		map[string]string{"": "Add one to each of the numbers", "deep/parser.go": parser},
		map[string]string{"": "Allow spaces before the name of a setting", "deep/parser.go": moved, "README.md": "# x\n"},
	)
	repo, err := gitrepo.Open(t.Context(), dir, gitrepo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer repo.Close()
	opts := Options{Kinds: []Kind{kindCommit}, DevShare: -1, TestShare: -1}
	pairs, err := Mine(t.Context(), repo.Source("HEAD"), repo.Log, opts)
	if err != nil {
		t.Fatal(err)
	}
	set, err := pairs.Split(t.Context(), dataset.Train)
	if err != nil {
		t.Fatalf("%v: %+v", err, pairs.Report)
	}
	found := map[string]string{}
	for i, asked := range set.Queries {
		found[asked.Text] = set.Docs[set.Judgements[i][0].Doc].ID
	}
	if len(found) != 2 || found["Add one to each of the numbers"] != "deep/parser.go:17-24" ||
		found["Allow spaces before the name of a setting"] != "deep/parser.go:1-15" {
		t.Errorf("found %v", found)
	}
	if r := pairs.Report; r.Commits != 3 || len(r.Rev) != 40 || r.LeftOut[kindCommit]["noise"] != 1 {
		t.Errorf("report %+v", r)
	}

	opts.limits = limited(func(l *limits) { l.commits = 1 })
	if pairs, err = Mine(t.Context(), repo.Source("HEAD"), repo.Log, opts); err != nil || pairs.Report.Commits != 1 || pairs.Report.Pairs != 1 {
		t.Errorf("one commit: %+v, %v", pairs.Report, err)
	}
	if _, err = Mine(t.Context(), repo.Source("nowhere"), repo.Log, opts); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("unknown revision: %v", err)
	}
}

// A linked work tree has its objects elsewhere; a shallow clone ends.
func TestHistoryElsewhere(t *testing.T) {
	dir := repository(t, map[string]string{"": "one", "a.go": "package a\n"}, map[string]string{"": "two", "a.go": "package b\n"})
	repo, err := git.PlainOpen(dir)
	if err != nil {
		t.Fatal(err)
	}
	head, err := repo.Head()
	if err != nil {
		t.Fatal(err)
	}
	linked, private := t.TempDir(), filepath.Join(dir, ".git", "worktrees", "x")
	for path, content := range map[string]string{
		filepath.Join(private, "HEAD"): head.Hash().String() + "\n", filepath.Join(private, "commondir"): "../..\n",
		filepath.Join(private, "gitdir"): filepath.Join(linked, ".git") + "\n", filepath.Join(linked, ".git"): "gitdir: " + private + "\n",
	} {
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	log := func(dir string) (subjects []string) {
		repo, err := gitrepo.Open(t.Context(), dir, gitrepo.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer repo.Close()
		for c, err := range repo.Log(t.Context(), head.Hash().String()) {
			if err != nil {
				t.Fatal(err)
			}
			subjects = append(subjects, c.Subject)
		}
		return subjects
	}
	if got := strings.Join(log(linked), " "); got != "two one" {
		t.Errorf("the history of a linked work tree is %q", got)
	}
	commit, err := repo.CommitObject(head.Hash())
	if err != nil {
		t.Fatal(err)
	}
	parent := commit.ParentHashes[0].String()
	if err := os.Remove(filepath.Join(dir, ".git", "objects", parent[:2], parent[2:])); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(log(dir), " "); got != "two" {
		t.Errorf("the history of a shallow clone is %q", got)
	}
}
