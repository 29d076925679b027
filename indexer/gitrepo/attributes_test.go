package gitrepo

import (
	"testing"

	"loradex/indexer"
)

// What attributes and .loradexignore say of files, in a work tree and in a revision; attributes as git has them.
func TestMarks(t *testing.T) {
	s := newSandbox(t)
	s.repo(s.dir, map[string]string{
		".gitattributes": "gen/* linguist-generated=true\n*.tpl linguist-language=PHP\n/vendor/** -linguist-vendored\n" +
			"[attr]x linguist-generated\n\"a b.go\" linguist-vendored\n*.cs working-tree-encoding=UTF-16LE\ndocs/ linguist-documentation\n",
		"gen/a.go": "1", "gen/deep/a.go": "1", "vendor/x/a.go": "1", "x.tpl": "1", "a b.go": "1", "r.cs": "1\x00", "docs/a.xml": "1",
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
			"gen/a.go": {Generated: indexer.MarkedOn}, "gen/deep/a.go": {}, "vendor/x/a.go": {Vendored: indexer.MarkedOff},
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
