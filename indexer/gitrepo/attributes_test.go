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
			"[attr]x linguist-generated\n[attr]y x linguist-language=Perl\nmac/*.go y -linguist-generated\nmac/*.pl y\nmac/off.pl -y !linguist-generated\n\"a b.go\" linguist-vendored\n*.cs working-tree-encoding=UTF-16LE\ndocs/ linguist-documentation\n",
		"gen/a.go": "1", "mac/a.go": "1", "mac/b.pl": "1", "mac/off.pl": "1", "gen/deep/a.go": "1", "vendor/x/a.go": "1", "x.tpl": "1", "a b.go": "1", "r.cs": "1\x00", "docs/a.xml": "1",
		"sub/.gitattributes": "*.go linguist-documentation\nkeep.go !linguist-documentation\n*.tpl linguist-language=Smarty\n",
		"sub/b.go":           "1", "sub/keep.go": "1", "sub/x.tpl": "1",
		".loradexignore": "!third/\n!big.json\n*.csv\n!one.csv\n/docs/*.md\n", "third/x/a.go": "1", "third/x/big.json": "1",
		"big.json": "1", "one.csv": "1", "two.csv": "1", "third/.loradexignore": "x/skip.go\n", "third/x/skip.go": "1",
	})
	r := s.open(s.dir)
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
