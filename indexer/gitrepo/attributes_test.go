package gitrepo

import (
	"strings"
	"testing"

	"loradex/indexer"
)

// What attributes and .loradexignore say of files, in a work tree and in a revision; attributes as git has them.
func TestMarks(t *testing.T) {
	s := newSandbox(t)
	s.repo(s.dir, map[string]string{
		".gitattributes": "gen/* linguist-generated=true\n*.tpl linguist-language=PHP\n/vendor/** -linguist-vendored\n" +
			"[attr]x linguist-generated\n[attr]y x linguist-language=Perl\nmac/*.go y -linguist-generated\nmac/*.pl y\nmac/off.pl -y !linguist-generated\n\"a b.go\" linguist-vendored\n*.cs working-tree-encoding=UTF-16LE\ndocs/ linguist-documentation\n",
		"gen/a.go": "1", "mac/a.go": "1", "mac/b.pl": "1", "mac/off.pl": "1", "gen/deep/a.go": "1", "vendor/x/a.go": "1", "x.tpl": "1", "a b.go": "1", "r.cs": "1\x00", "docs/a.xml": "1",
		"sub/.gitattributes": "*.go linguist-documentation\nkeep.go !linguist-documentation\n*.tpl linguist-language=Smarty\n",
		"sub/b.go":           "1", "sub/keep.go": "1", "sub/x.tpl": "1",
		".loradexignore": "!third/\n!big.json\n*.csv\n!one.csv\n/docs/*.md\n", "third/x/a.go": "1", "third/x/big.json": "1",
		"big.json": "1", "one.csv": "1", "two.csv": "1", "third/.loradexignore": "x/skip.go\n", "third/x/skip.go": "1",
	})
	r := s.open(s.dir)
	rules, err := r.Rules(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range s.scan(workTree{r}).Entries { // asked about one by one
		if got := rules.Marks(e.Path); got != e.Marks || !rules.Wants(e.Path, false) {
			t.Errorf("%s alone: %+v, and in a scan %+v", e.Path, got, e.Marks)
		}
	}
	for name, src := range map[string]indexer.Source{"work tree": workTree{r}, "revision": revision{r, "HEAD"}} {
		got := map[string]indexer.Marks{}
		snap := s.scan(src)
		for _, e := range snap.Entries {
			got[e.Path] = e.Marks
		}
		for path, want := range map[string]indexer.Marks{
			"gen/a.go": {Generated: indexer.MarkedOn}, "mac/a.go": {Generated: indexer.MarkedOff, Language: "Perl"},
			"mac/b.pl": {Generated: indexer.MarkedOn, Language: "Perl"}, "mac/off.pl": {Language: "Perl"}, "gen/deep/a.go": {}, "vendor/x/a.go": {Vendored: indexer.MarkedOff},
			"x.tpl": {Language: "PHP"}, "sub/x.tpl": {Language: "Smarty"}, "a b.go": {Vendored: indexer.MarkedOn},
			"sub/b.go": {Documentation: indexer.MarkedOn}, "sub/keep.go": {}, "r.cs": {Encoding: "UTF-16LE"}, "docs/a.xml": {},
			"third/x/a.go": {Taken: indexer.TakenByFolder}, "third/x/big.json": {Taken: indexer.TakenByName},
			"big.json": {Taken: indexer.TakenByName}, "one.csv": {},
		} {
			if have, ok := got[path]; !ok || have != want {
				t.Errorf("%s, %s: %+v, want %+v", name, path, have, want)
			}
		}
		if _, ok := got["two.csv"]; ok || len(snap.Ignored) != 2 || snap.Ignored[0].Reason != indexer.LeftByLoradex || snap.Rules == "" {
			t.Errorf("%s: ignored %v, rules %q", name, snap.Ignored, snap.Rules)
		}
	}
}

// TestMarksAgainstGit compares marks with what git says: by the files that hold for the whole tree, and where case does not count.
func TestMarksAgainstGit(t *testing.T) {
	files := map[string]string{".gitattributes": "x.go linguist-generated\nsub/*.go -linguist-generated\n", "x.go": "1", "X.GO": "1", "y.go": "1", "Z.go": "1"}
	for _, path := range []string{"sub/a.go", "SUB/a.go", "sub/B.go", "w.go", "v.go", "q.py", "Q.py"} {
		files[path] = "1"
	}
	for name, c := range map[string]struct{ config, where string }{
		"default":  {"", ".config/git/attributes"},
		"setting":  {"[core]\n\tattributesFile = ~/mine\n", "mine"},
		"folded":   {"[core]\n\tignoreCase = true\n", ".config/git/attributes"},
		"none":     {"[core]\n\tattributesFile =\n", ".config/git/attributes"},
		"includes": {"[include]\n\tpath = more\n", "own"},
	} {
		s := newSandbox(t)
		s.write(s.home, map[string]string{".gitconfig": c.config, "more": "[core]\n\tattributesFile = ~/own\n", c.where: "y.go linguist-generated\nx.go -linguist-generated\n[A-Z].GO linguist-generated\n[q].py linguist-generated\n"})
		s.git(s.home, "init", "-q", "-b", "main", s.dir)
		s.write(s.dir, files)
		s.write(s.dir, map[string]string{".git/info/attributes": "w.go linguist-generated\n"})
		marks := map[string]string{}
		snap := s.scan(workTree{s.open(s.dir)})
		for _, e := range snap.Entries {
			marks[e.Path] = map[indexer.Mark]string{indexer.Unmarked: "unspecified", indexer.MarkedOn: "set", indexer.MarkedOff: "unset"}[e.Generated]
		}
		if snap.Rules == "" {
			t.Errorf("%s: no rules", name)
		}
		set := 0
		for path := range files {
			_, want, _ := strings.Cut(strings.TrimSpace(s.git(s.dir, "check-attr", "linguist-generated", "--", path)), "linguist-generated: ")
			if marks[path] != want {
				t.Errorf("%s: %s is %s, git says %s", name, path, marks[path], want)
			}
			if want == "set" {
				set++
			}
		}
		if set < 2 {
			t.Errorf("%s: %d files are marked", name, set)
		}
	}
}
