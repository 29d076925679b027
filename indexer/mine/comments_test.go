package mine

import (
	"strings"
	"testing"

	"loradex/indexer"
)

func TestWithoutDoc(t *testing.T) {
	for _, c := range []struct{ name, language, doc, text, want, open string }{
		{"go", "go", "F runs.", "// F runs.\n// Well.\nfunc F() {\n\t// inside\n}", "func F() {\n\t// inside\n}", ""},
		{"go, package clause before", "go", "Frobnicates all rows.", "package a\n\n// Frobnicates all rows.\nfunc F() {}", "package a\n\nfunc F() {}", ""},
		{"java, annotation before", "java", "Runs.", "@Deprecated\n/** Runs. */\nvoid run() {}", "@Deprecated\nvoid run() {}", ""},
		{"c, block over lines", "c", "Runs.", "/*\n * Runs.\n */\nint run(void) { /* x */ }", "int run(void) { /* x */ }", ""},
		{"c, code behind", "c", "", "/* Runs. */ int run(void);", "/* Runs. */ int run(void);", ""},
		{"python", "python", "Runs it.", "def run():\n    \"\"\"Runs it.\n\n    Twice.\n    \"\"\"\n    return 1", "def run():\n    return 1", ""},
		{"python, one line", "python", "Runs it.", "def run():\n    'Runs it.'\n    return 1", "def run():\n    return 1", ""},
		{"python, other string", "python", "Runs it.", "def run():\n    '''Runs it.'''\n    x = f(\n        \"\"\"text\"\"\"\n    )", "def run():\n    x = f(\n        \"\"\"text\"\"\"\n    )", ""},
		{"python, cut", "python", "Runs it.", "def run():\n    \"\"\"Runs it.\n\n    Twice", "def run():", `"""`},
		{"python comment", "python", "Runs it.", "# Runs it.\n@cached\ndef run():\n    pass", "@cached\ndef run():\n    pass", ""},
		{"ruby", "ruby", "Runs it.", "=begin\nRuns it.\n=end\ndef run\nend", "def run\nend", ""},
		{"rust", "rust", "Runs it.", "#[inline]\n/// Runs it.\nfn run() {}", "#[inline]\nfn run() {}", ""},
		{"c, include", "c", "Runs it.", "// Runs it.\n#include <a.h>", "#include <a.h>", ""},
		{"no doc", "go", "", "// x\nfunc F() {}", "// x\nfunc F() {}", ""},
		{"a member's, too", "java", "A queue.\nAdds one row to it.", "// A queue.\nclass Q {\n  // Adds one row to it.\n  int a;\n  // other\n}", "class Q {\n  int a;\n  // other\n}", ""},
	} {
		got, open := withoutDoc(c.text, c.doc, styleOf(c.language))
		if got != c.want || open != c.open {
			t.Errorf("%s: %q %q, want %q %q", c.name, got, open, c.want, c.open)
		}
	}
}

// A docstring that is longer than its chunk must not stay in the next one.
func TestUndocumentedAcrossChunks(t *testing.T) {
	chunks := []indexer.Chunk{
		{StartLine: 1, EndLine: 2, Kind: "function", Symbol: "run", Doc: "Runs it.\nTwice.", Text: "def run():\n    \"\"\"Runs it."},
		{StartLine: 3, EndLine: 3, Kind: "function", Symbol: "run", Signature: "def run()", Text: "    Twice."},
		{StartLine: 4, EndLine: 5, Kind: "function", Symbol: "run", Signature: "def run()", Text: "    \"\"\"\n    a = 1"},
		{StartLine: 6, EndLine: 6, Kind: "function", Symbol: "run", Signature: "def run()", Text: "    return a"},
		{StartLine: 8, EndLine: 9, Kind: "function", Symbol: "walk", Doc: "Walks over it.", Text: "def walk(\n):"},
		{StartLine: 10, EndLine: 11, Kind: "function", Symbol: "walk", Signature: "def walk()", Text: "    \"\"\"Walks over it.\"\"\"\n    return b"},
	}
	var got []string
	for _, c := range undocumented(chunks, styleOf("python")) {
		got = append(got, c.Text)
		if c.cut {
			t.Errorf("%q is cut", c.Text)
		}
	}
	want := "def run():\n    a = 1|    return a|def walk(\n):\n    return b"
	if strings.Join(got, "|") != want {
		t.Errorf("%q, want %q", got, want)
	}
	if cut := undocumented(chunks[:2], styleOf("python")); len(cut) != 1 || !cut[0].cut {
		t.Errorf("an open docstring is not seen: %+v", cut)
	}
}

func TestIsTrivial(t *testing.T) {
	for _, c := range []struct {
		name, language, symbol, text string
		want                         bool
	}{
		{"getter", "go", "T.Name", "func (t T) Name() string {\n\treturn t.name\n}", true},
		{"named getter of two lines", "go", "T.GetName", "func (t T) GetName() string {\n\tlock()\n\treturn t.name\n}", true},
		{"two statements", "go", "T.Sum", "func (t T) Sum() int {\n\tx := t.a\n\treturn x + t.b\n}", false},
		{"head over lines", "go", "F", "func F(\n\ta int,\n\tb int,\n) int {\n\treturn a\n}", true},
		{"comments do not count", "go", "F", "func F() int {\n\t// one\n\t// two\n\treturn 1\n}", true},
		{"declaration", "c", "f", "int f(int a,\n  int b,\n  int c);", true},
		{"brace on its own line", "c", "f", "int f(int a)\n{\n  a++;\n  return a;\n}", false},
		{"python stub", "python", "f", "@overload\ndef f(\n    a: int,\n) -> int: ...", true},
		{"python", "python", "f", "def f(a):\n    b = a + 1\n    return b", false},
		{"ruby", "ruby", "f", "def f(a)\n  b = a\n  b + 1\nend", false},
		{"ruby getter", "ruby", "f", "def f\n  @f\nend", true},
	} {
		kind := "function"
		if got := isTrivial(&indexer.Chunk{Kind: kind, Symbol: c.symbol, Text: c.text}, styleOf(c.language)); got != c.want {
			t.Errorf("%s: trivial is %v", c.name, got)
		}
	}
}

func TestProseBlocks(t *testing.T) {
	text := "# Title\nOne\ntwo.\n\n- [x] item `a`\n  goes on\n* next\n\n```go\ncode\n```\n| a | b |\n<div>\n\n    indented\n\nlast {func}`b` one ({pr}`12`)"
	var got []string
	for _, b := range proseBlocks([]indexer.Chunk{{StartLine: 1, EndLine: 17, Text: text}}) {
		got = append(got, b.text)
	}
	if want := "One two.|item `a` goes on|next|last `b` one"; strings.Join(got, "|") != want {
		t.Errorf("%q, want %q", strings.Join(got, "|"), want)
	}
}

func FuzzWithoutDoc(f *testing.F) {
	f.Add("// F runs.\nfunc F() {}", "F runs.", "go")
	f.Add("def f():\n  \"\"\"x\n y\"\"\"\n  pass", "x", "python")
	f.Add("/* a", "a", "c")
	f.Fuzz(func(t *testing.T, text, doc, language string) {
		got, _ := withoutDoc(text, doc, styleOf(language))
		// Lines are dropped, never made or moved.
		rest := strings.Split(text, "\n")
		for line := range strings.SplitSeq(got, "\n") {
			for len(rest) > 0 && rest[0] != line {
				rest = rest[1:]
			}
			if len(rest) == 0 && got != "" {
				t.Fatalf("line %q is not in %q", line, text)
			}
			if len(rest) > 0 {
				rest = rest[1:]
			}
		}
		proseBlocks([]indexer.Chunk{{StartLine: 1, EndLine: 1, Text: text}})
	})
}
