package search

import (
	"slices"
	"testing"
)

func TestReadNear(t *testing.T) {
	for text, want := range map[string]Near{"a/b.go": {"a/b.go", 0}, "a/b.go:12": {"a/b.go", 12}, "a:b.go": {"a:b.go", 0}, "file:///x/y.go:3": {"file:///x/y.go", 3}, `c:\x`: {`c:\x`, 0}} {
		if got, err := ReadNear(text); err != nil || *got != want {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", ":3", "a.go:0", "a.go:-1"} {
		if _, err := ReadNear(text); err == nil {
			t.Errorf("%q is read", text)
		}
	}
}

func TestImportsOf(t *testing.T) {
	text := "import (\n\t\"fmt\"\n\tx \"loradex/search/tokens\"\n)\nimport { a } from './util/net'\nconst b = require(\"../c\")\nfrom pkg.sub import thing\nuse crate::wire::frame;\n" +
		"#include \"lib/io.h\"\nrequire 'json/add'\nx := \"a string\"\nreturn \"y\"\nimportant = \"z\"\n"
	want := []string{"fmt", "loradex/search/tokens", "web/util/net", "c", "pkg/sub", "wire/frame", "lib/io.h", "json/add"}
	if got := importsOf(text, "web"); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestNearness: same file before same folder before folders above; imports count as the folder does; elsewhere is 0.
func TestNearness(t *testing.T) {
	e := evidence{place: &neighbourhood{Near: Near{"a/b/user.go", 100}, folder: "a/b", imports: []string{"mod/net/http", "lib/io"}}}
	for _, c := range []struct {
		hit  Hit
		want float64
	}{
		{Hit{Path: "a/b/user.go", StartLine: 90, EndLine: 110}, 1},
		{Hit{Path: "a/b/user.go", StartLine: 150, EndLine: 160}, 0.875},
		{Hit{Path: "a/b/other.go"}, nearFolder},
		{Hit{Path: "net/http/client.go"}, nearImport}, // behind the module's name
		{Hit{Path: "src/lib/io.py"}, nearImport},      // below a source folder
		{Hit{Path: "src/lib/io2.py"}, 0},
		{Hit{Path: "a/c/x.go"}, nearAbove / 2},
		{Hit{Path: "x.go"}, 0},
		{Hit{Path: "a/b/user.go", Repo: "other"}, 0},
	} {
		if got := e.near(&c.hit, 1); got != c.want {
			t.Errorf("%s: %g, want %g", c.hit.Path, got, c.want)
		}
	}
}

func FuzzReadNear(f *testing.F) {
	f.Add("a/b.go:12")
	f.Fuzz(func(t *testing.T, text string) {
		if n, err := ReadNear(text); err == nil && (n.Path == "" || n.Line < 0) {
			t.Fatalf("%q: %v", text, n)
		}
		importsOf(text, "a")
	})
}
