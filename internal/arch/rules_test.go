package arch

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
)

// tree makes a file system of path and text pairs.
func tree(pairs ...string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for i := 0; i < len(pairs); i += 2 {
		fsys[pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1])}
	}
	return fsys
}

// source is a documented Go file of package name that imports the given paths.
func source(name string, imports ...string) string {
	var b strings.Builder
	b.WriteString("// Package " + name + " is made up.\npackage " + name + "\n")
	for _, path := range imports {
		b.WriteString("import _ \"" + path + "\"\n")
	}
	return b.String()
}

// verb is a file of the command line with a head and n lines more.
func verb(n int) string {
	return "// Command loradex is.\npackage main\n" + strings.Repeat("// line\n", n)
}

// verbs are n files of the command line, each as long as it may be.
func verbs(n int) fstest.MapFS {
	fsys := fstest.MapFS{}
	for i := range n {
		fsys["cmd/loradex/f"+strings.Repeat("x", i)+".go"] = &fstest.MapFile{Data: []byte(verb(maxVerb - 2))}
	}
	return fsys
}

// Strings that the text rules look for are put together here, so that this file does not break them itself.
var (
	host    = "https://pypi" + ".org/simple"
	machine = "/ro" + "ot/.cache/model"
	tmp     = "/tm" + "p/x"
)

// TestRules gives each rule a tree that breaks it, once, and trees that come close without breaking it.
func TestRules(t *testing.T) {
	long := source("embed") + strings.Repeat("// line\n", maxLines)
	tests := []struct {
		name string
		tree fstest.MapFS
		want string // part of the only violation; none if empty
	}{
		// the import order
		{"downward", tree("search/a.go", source("search", "loradex/embed", "loradex/internal/fault")), ""},
		{"upward", tree("embed/a.go", source("embed", "loradex/search")), "embed/a.go:3: imports loradex/search, which is above embed"},
		{"upward from a subfolder", tree("embed/train/a.go", source("train", "loradex/indexer/chunk")), "above embed"},
		{"upward in a test", tree("embed/a_test.go", source("embed", "loradex/search")), "above embed"},
		{"upward under another name", tree("adapters/a.go", "// Package adapters is.\npackage adapters\n\nimport e \"loradex/embed\"\n\nvar _ = e.X\n"), "adapters/a.go:4"},
		{"upward behind a build tag", tree("embed/a.go", "//go:build never\n\n"+source("embed", "loradex/lsp")), "above embed"},
		{"evaluation to api", tree("evaluation/a.go", source("evaluation", "loradex/api")), "above evaluation"},
		{"evaluation to lsp", tree("evaluation/a.go", source("evaluation", "loradex/lsp")), "above evaluation"},
		{"lsp to api", tree("lsp/a.go", source("lsp", "loradex/api")), ""},
		{"anything to cmd", tree("lsp/a.go", source("lsp", "loradex/cmd/loradex")), "above lsp"},
		{"internal to anything", tree("internal/x/a.go", source("x", "loradex/adapters")), "above internal"},
		{"a module whose name begins like ours", tree("embed/a.go", source("embed", "loradexter/search")), ""},
		{"a folder without a place", tree("other/a.go", source("other")), "the folder other is not in the import order"},
		{"an import without a place", tree("cmd/x/a.go", "// Command x is.\npackage main\nimport _ \"loradex/other\"\n"), "loradex/other, which is not in the import order"},
		{"a tool that imports the product", tree("scripts/x/a.go", source("x", "loradex/embed")), "scripts holds tools"},
		{"a tool that imports internal", tree("scripts/x/a.go", source("x", "loradex/internal/fault")), ""},
		{"the product imports a tool", tree("cmd/x/a.go", "// Command x is.\npackage main\nimport _ \"loradex/scripts/y\"\n"), "not in the import order"},
		// inside a layer
		{"peft to adapters", tree("adapters/peft/a.go", source("peft", "loradex/adapters")), "adapters/peft may not import adapters"},
		{"peft to safetensors", tree("adapters/peft/a.go", source("peft", "loradex/adapters/safetensors")), ""},
		{"safetensors to peft", tree("adapters/safetensors/a.go", source("safetensors", "loradex/adapters/peft")), "may not import adapters/peft"},
		{"safetensors to a neighbour", tree("adapters/safetensors/a.go", source("safetensors", "loradex/adapters/internal/x")), ""},
		{"sqlite to qdrant", tree("search/sqlite/a.go", source("sqlite", "loradex/search/qdrant")), "search/sqlite may not import search/qdrant"},
		{"qdrant to below sqlite", tree("search/qdrant/a.go", source("qdrant", "loradex/search/sqlite/scan")), "search/qdrant may not import search/sqlite"},
		{"sqlite to search and indexer", tree("search/sqlite/a.go", source("sqlite", "loradex/search", "loradex/indexer")), ""},
		// cgo
		{"cgo elsewhere", tree("embed/a.go", source("embed", "C")), `embed/a.go:3: imports "C"`},
		{"a cgo module elsewhere", tree("search/a.go", source("search", "github.com/yalue/onnxruntime_go")), "onnxruntime_go"},
		{"part of a cgo module elsewhere", tree("cmd/x/a.go", "// Command x is.\npackage main\nimport _ \"github.com/knights-analytics/hugot/options\"\n"), "hugot/options"},
		{"the runtime with its tags", tree("embed/runtime/a.go", "//go:build cgo && ORT\n\n"+source("runtime", "github.com/daulet/tokenizers")), ""},
		{"the runtime with one tag", tree("embed/runtime/a.go", "//go:build ORT\n\n"+source("runtime", "github.com/daulet/tokenizers")), "built without the tag cgo"},
		{"the runtime with the tags joined by or", tree("indexer/chunk/a.go", "//go:build cgo || linux\n\n"+source("chunk", "github.com/tree-sitter/go-tree-sitter")), "built without the tag cgo"},
		{"grammars with the tag", tree("indexer/chunk/a.go", "//go:build cgo\n\n"+source("chunk", "github.com/tree-sitter/tree-sitter-go/bindings/go")), ""},
		{"grammars without a tag", tree("indexer/chunk/a.go", source("chunk", "github.com/tree-sitter/go-tree-sitter")), "begin the file with `//go:build cgo`"},
		// the top floor
		{"a verb that counts by itself", tree("cmd/loradex/a.go", "// Command loradex is.\npackage main\nimport _ \"loradex/evaluation/metrics\"\n"), "cmd/loradex/a.go:3: imports loradex/evaluation/metrics"},
		{"a verb that calls evaluation", tree("cmd/loradex/a.go", "// Command loradex is.\npackage main\nimport _ \"loradex/evaluation\"\n"), ""},
		{"a test of a verb that counts", tree("cmd/loradex/a_test.go", "package main\nimport _ \"loradex/evaluation/metrics\"\n"), ""},
		{"HTTP to a store", tree("api/a.go", source("api", "loradex/search/sqlite")), "api/a.go:3: imports loradex/search/sqlite"},
		{"HTTP to requests", tree("api/a.go", source("api", "loradex/search", "loradex/adapters")), ""},
		{"an agent to a store", tree("api/mcp/a.go", source("mcp", "loradex/search/sqlite")), "api/mcp/a.go:3: imports loradex/search/sqlite"},
		{"the editor to evaluation", tree("lsp/a.go", source("lsp", "loradex/evaluation")), "lsp reaches through what stands between"},
		{"a long verb", tree("cmd/loradex/a.go", verb(maxVerb)), "302 lines, more than 300 for a verb"},
		{"a long test of a verb", tree("cmd/loradex/a.go", verb(9), "cmd/loradex/a_test.go", verb(maxVerb)), ""},
		{"too many verbs", verbs(maxVerbs/maxVerb + 1), fmt.Sprintf("cmd/loradex: %d lines, more than %d", (maxVerbs/maxVerb+1)*maxVerb, maxVerbs)},
		{"an app that does everything", tree("cmd/loradex/a.go", verb(0)+"type app int\n"+strings.Repeat("func (a *app) f() {}\nfunc (app) g() {}\n", 3)), "app has 6 methods, more than 5"},
		// code
		{"too long", tree("embed/a.go", long), "602 lines"},
		{"too long, a script", tree("scripts/x.sh", strings.Repeat("true\n", maxLines+1)), "601 lines"},
		{"long enough", tree("scripts/x.sh", strings.Repeat("true\n", maxLines)), ""},
		{"a long lock", tree("native/x.lock", strings.Repeat("x\n", 2*maxLines)), ""},
		{"a long fixture", tree("embed/testdata/a.go", long), ""},
		{"init", tree("embed/a.go", source("embed")+"\nfunc init() {}\n"), "embed/a.go:4: func init"},
		{"a method named init", tree("embed/a.go", source("embed")+"\ntype t int\n\nfunc (t) init() {}\n"), ""},
		{"the environment", tree("embed/a.go", "// Package embed is.\npackage embed\nimport \"os\"\nvar x = os.Getenv(\"X\")\n"), "os.Getenv"},
		{"the environment under another name", tree("embed/a.go", "// Package embed is.\npackage embed\nimport sys \"os\"\nvar _, _ = sys.LookupEnv(\"X\")\n"), "os.LookupEnv"},
		{"the environment as a value", tree("embed/a.go", "// Package embed is.\npackage embed\nimport \"os\"\nvar get = os.Getenv\n"), "os.Getenv"},
		{"a namesake of os", tree("embed/a.go", source("embed")+"\nvar x = os.Getenv(\"X\")\n"), ""},
		{"the environment in cmd", tree("cmd/x/a.go", "// Command x is.\npackage main\nimport \"os\"\nvar x = os.Getenv(\"X\")\n"), ""},
		{"the environment in a test", tree("embed/a_test.go", "package embed\nimport \"os\"\nvar x = os.Getenv(\"X\")\n"), ""},
		// packages
		{"no package doc", tree("embed/a.go", "package embed\n"), "embed: package embed has no package doc"},
		{"a doc that is of something else", tree("embed/a.go", "// This file defines.\npackage embed\n"), "no package doc"},
		{"a doc in a test only", tree("embed/a.go", "package embed\n", "embed/a_test.go", source("embed")), "no package doc"},
		{"a doc in one file of two", tree("embed/a.go", "package embed\n", "embed/doc.go", source("embed")), ""},
		{"a command without a doc", tree("cmd/x/main.go", "package main\n"), "// Command x"},
		{"only tests", tree("embed/a_test.go", "package embed\n"), ""},
		{"a name that says nothing", tree("internal/util/a.go", source("util")), "the name util"},
		// text
		{"a registry", tree("native/x.lock", "a\nsource = "+host+"\n"), "native/x.lock:2: names the package registry pypi"},
		{"a registry in capitals", tree("docs/a.md", strings.ToUpper(host)), "names the package registry"},
		{"a registry in a fixture", tree("embed/testdata/a.txt", host), ""},
		{"a host that only ends alike", tree("docs/a.md", "notpypi"+".organic"), ""},
		{"a machine's path", tree("docs/a.md", "see "+machine+"\n"), "a path of one machine"},
		{"a machine's path in a fixture", tree("testdata/a.json", `{"base":"`+machine+`"}`), "a path of one machine"},
		{"a temporary path", tree("docs/a.md", "see `"+tmp+"`\n"), "a path of one machine"},
		{"a temporary path that others wrote", tree("testdata/a.txt", tmp), ""},
		{"paths inside other paths", tree("docs/a.md", "src"+tmp+" ${TMPDIR:-"+tmp+"} https://host"+tmp+"\n"), ""},
		{"data", tree("a.bin", "\x00"+host+machine), ""},
		// what is not of the tree
		{"ignored and hidden files", tree(
			".gitignore", "# made here\n/bin/\ncache/\n*.out\n!keep\n",
			"bin/a.go", "no Go", "x/cache/a.go", "no Go", "x/a.out", host, ".venv/a.go", "no Go", ".git/config", host,
		), ""},
		{"the CI script is not hidden", tree(".ci/run", host), "names the package registry"},
		{"a rooted folder deeper down", tree(".gitignore", "/bin/\n", "x/bin/a.txt", host), "names the package registry"},
		{"no Go in a fixture's Go file", tree("testdata/a.go", "no Go"), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := check(tt.tree)
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case tt.want == "" && len(got) > 0:
				t.Errorf("violations in a clean tree: %v", got)
			case tt.want != "" && len(got) != 1:
				t.Errorf("%d violations, want one: %v", len(got), got)
			case tt.want != "" && !strings.Contains(got[0].String(), tt.want):
				t.Errorf("violation %q lacks %q", got[0], tt.want)
			}
		})
	}
}

func TestCheckFailsOnBrokenGo(t *testing.T) {
	if _, err := check(tree("embed/a.go", "no Go")); err == nil {
		t.Error("a file that does not parse passes")
	}
}

func TestViolationsAreInTheOrderOfFiles(t *testing.T) {
	got, err := check(tree(
		"embed/b.go", "package embed\n\nfunc init() {}\n\nfunc init() {}\n",
		"embed/a.go", "package embed\n\nfunc init() {}\n",
	))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"embed:", "embed/a.go:3:", "embed/b.go:3:", "embed/b.go:5:"}
	if len(got) != len(want) {
		t.Fatalf("%d violations, want %d: %v", len(got), len(want), got)
	}
	for i, v := range got {
		if !strings.HasPrefix(v.String(), want[i]) || v.Fix == "" {
			t.Errorf("violation %d is %q, want %s …", i, v, want[i])
		}
	}
}
