package indexer

import (
	"context"
	"maps"
	"slices"
	"testing"
)

func TestImports(t *testing.T) {
	for _, c := range []struct {
		language, file, src string
		want                []string
	}{
		{"go", "a/a.go", "package a\n\nimport (\n\t\"fmt\"\n\tx \"loradex/search/sqlite\" // store\n)\nimport \"io\"\nvar s = \"no/import\"\n", []string{"fmt", "loradex/search/sqlite", "io"}},
		{"python", "p/q.py", "from p.r import thing\nimport os.path as o\nprint('import x')\n", []string{"p/r", "os/path"}},
		{"java", "A.java", "import static com.acme.Util.max;\nimport com.acme.Box;\n", []string{"com/acme/Util/max", "com/acme/Box"}},
		{"javascript", "src/app/main.js", "import {a} from '../lib/a.js'\nconst b = require(\"./b\")\nimport 'side'\n", []string{"src/lib/a", "src/app/b", "side"}},
		{"typescript", "x.ts", "export * from './y'\nconst z = await import('./z')\n", []string{"y"}},
		{"c", "m.c", "#include <stdio.h>\n#  include \"util/str.h\"\n", []string{"stdio", "util/str"}},
		{"rust", "src/main.rs", "use crate::store::disk;\nmod lex;\npub(crate) mod tree;\n", []string{"store/disk", "lex", "tree"}},
		{"php", "a.php", "use App\\Http\\Kernel;\n", []string{"App/Http/Kernel"}},
		{"ruby", "lib/a.rb", "require 'json'\nrequire_relative './b/c'\n", []string{"json", "lib/b/c"}},
		{"c#", "a.cs", "using System.Text;\nusing (var x = y) {}\n", []string{"System/Text"}},
		{"cobol", "a.cob", "import x\n", nil},
		{"go", "long.go", "import \"a\" //" + string(make([]byte, maxImportLine)) + "\n", nil},
	} {
		if got := imports(c.language, c.file, []byte(c.src)); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.file, got, c.want)
		}
	}
}

func TestImportable(t *testing.T) {
	paths := []string{"search/sqlite/store.go", "search/sqlite/put.go", "api/store.go", "com/acme/Box.java", "com/other/Box.java", "passed/over.go", "src/lex.rs"}
	entries := make([]Entry, len(paths))
	for i, p := range paths {
		entries[i].Path = p
	}
	entries[5].Skip = binary
	known := newImportable(entries)
	for module, want := range map[string][]int{
		"loradex/search/sqlite": {0, 1},
		"com/acme/Box":          {3},
		"com/acme/Box/make":     {3}, // a name inside the file
		"lex":                   {6},
		"passed/over":           nil,
		"fmt":                   nil,
		"store":                 {0, 2}, // which of the two is not said
	} {
		got := known.find(module)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", module, got, want)
		}
	}
}

// TestOrder stores what is imported often or changed lately last, so that it is encoded first.
func TestOrder(t *testing.T) {
	files := map[string]string{
		"main.go":      "package main\n\nimport \"m/core\"\nimport \"m/rare\"\n",
		"other.go":     "package main\n\nimport \"m/core\"\n",
		"third.go":     "package main\n\nimport \"m/core\"\n",
		"core/core.go": "package core\n",
		"rare/rare.go": "package rare\n",
		"zzz.go":       "package main\n",
		"new.go":       "package main\n",
	}
	snap := &Snapshot{Recent: func(context.Context) ([]string, error) { return []string{"new.go", "gone.go"}, nil }}
	for _, path := range slices.Sorted(maps.Keys(files)) {
		snap.Entries = append(snap.Entries, Entry{Path: path, Read: func(context.Context, int64) (Content, error) {
			return Content{Data: []byte(files[path])}, nil
		}})
	}
	r := &run{ctx: t.Context(), snap: snap, encoder: noEncoder{}, opts: Options{}.withDefaults()}
	entries, err := r.order()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range slices.Backward(entries) {
		got = append(got, e.Path)
	}
	want := []string{"new.go", "core/core.go", "rare/rare.go", "main.go", "other.go", "third.go", "zzz.go"}
	if !slices.Equal(got, want) {
		t.Errorf("most useful first: %q, want %q", got, want)
	}
	r.known = map[string]FileState{"main.go": {}}
	if entries, err = r.order(); err != nil || entries[0].Path != "core/core.go" {
		t.Errorf("a later run: %v, %v", entries[0].Path, err)
	}
}

type noEncoder struct{ Encoder }
