package perturb_test

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"loradex/evaluation/perturb"
	"loradex/indexer/chunk"
	"loradex/internal/dataset"
	"loradex/internal/fault"
)

func needGrammars(t testing.TB) {
	t.Helper()
	if !chunk.Available() {
		t.Skip("no grammars in this build")
	}
}

func document(t testing.TB, k perturb.Kind, language, text string, o perturb.Options) perturb.Result {
	t.Helper()
	r, err := perturb.Apply(context.Background(), k, language, text, o)
	if err != nil {
		t.Fatalf("%s of %s: %v", k, language, err)
	}
	return r
}

func TestRename(t *testing.T) {
	needGrammars(t)
	for _, tt := range []struct{ name, language, text, want string }{
		{
			"locals, parameters and the function", "go",
			"func Sum(xs []int) (total int) {\n\tfor _, x := range xs { // adds x\n\t\ttotal += abs(x)\n\t}\n\treturn total\n}",
			"func Func1(var1 []int) (var2 int) {\n\tfor _, var3 := range var1 { // adds x\n\t\tvar2 += abs(var3)\n\t}\n\treturn var2\n}",
		},
		{
			"a method, its receiver, a field and a recursion", "go",
			"func (t *Tree) walk(f func()) { t.left.count(); t.walk(f); t.size++ }",
			"func (var1 *Tree) func1(var2 func()) { var1.left.count(); var1.func1(var2); var1.size++ }",
		},
		{"a package behind a local of its name stays", "go", "func f() { url := url.Parse(); g(url) }", "func func1() { url := url.Parse(); g(url) }"},
		{"an ambiguous key stays", "go", "func f(name string) T { return T{name: name} }", "func func1(name string) T { return T{name: name} }"},
		{
			"comprehension, attribute, named argument, string", "python",
			"def pick(self, rows):\n    out = [r for r in rows if r.ok]\n    self.pick(out)\n    log(rows=out, text=f'rows {out}')\n    return out",
			"def func1(self, var1):\n    var2 = [var3 for var3 in var1 if var3.ok]\n    self.pick(var2)\n    log(rows=var2, text=f'rows {var2}')\n    return var2",
		},
		{
			"methods through self, and one that Python calls", "python",
			"class A:\n    limit = 3\n    def __init__(self, limit):\n        self.limit = limit\n    def run(self):\n        self.step()\n    def step(self):\n        import os\n",
			"class A:\n    limit = 3\n    def __init__(self, limit):\n        self.limit = limit\n    def func1(self):\n        self.func2()\n    def func2(self):\n        import os\n",
		},
		{"a parameter that is named in a call stays", "python", "def f(size, b):\n    return f(size=b)\n", "def func1(size, var1):\n    return func1(size=var1)\n"},
		{
			"a parameter of a constructor that is named in a call stays", "python",
			"class Box:\n    def __init__(self, size, color):\n        self.s = size + color\n\ndef make(n):\n    return Box(size=n)\n",
			"class Box:\n    def __init__(self, size, var1):\n        self.s = size + var1\n\ndef func1(var2):\n    return Box(size=var2)\n",
		},
		{
			"the same of C#", "c#",
			"class Box { Box(int size, int hue) { s = size + hue; } static Box Make(int n) { return new Box(size: n); } }",
			"class Box { Box(int size, int var1) { s = size + var1; } static Box func1(int var2) { return new Box(size: var2); } }",
		},
		{
			"the same of PHP", "php",
			"class Box { function __construct($size, $hue) { $this->s = $size + $hue; } static function make($n) { return new Box(size: $n); } }",
			"class Box { function __construct($size, $var1) { $this->s = $size + $var1; } static function func1($var2) { return new Box(size: $var2); } }",
		},
		{"a global stays", "python", "def f():\n    global n\n    n = 1\n", "def func1():\n    global n\n    n = 1\n"},
		{
			"a method without its class, and one that overrides", "java",
			"@Override public int size(int n) { int k = this.size(n) + size(); return other.size(k); }",
			"@Override public int size(int var1) { int var2 = this.size(var1) + size(); return other.size(var2); }",
		},
		{"a field and a parameter of one name stay", "java", "class A { int n; A(int n) { this.n = n; } int get(int m) { return m; } }", "class A { int n; A(int n) { this.n = n; } int func1(int var1) { return var1; } }"},
		{"shorthands stay", "javascript", "const f = (a, b) => ({a, c: b});", "const var1 = (a, var2) => ({a, c: var2});"},
		{"a function without a name", "javascript", "function (a) { return a.b(`${a}`); }", "function (var1) { return var1.b(`${var1}`); }"},
		{"types stay", "typescript", "function f(a: Foo, b?: string): Foo { return a as Foo; }", "function func1(var1: Foo, var2?: string): Foo { return var1 as Foo; }"},
		{
			"patterns, macros and captured names", "rust",
			"fn f(a: u8, b: u8) -> u8 { if let Some(x) = g(a) { println!(\"{b}\", x.len()); } b }",
			"fn func1(var1: u8, b: u8) -> u8 { if let Some(var2) = g(var1) { println!(\"{b}\", var2.len()); } b }",
		},
		{"pointers, and a macro", "c", "#define M n\nint f(char *s, int n) { int i = n; return s[i] + g(s); }", "#define M n\nint func1(char *var1, int n) { int var2 = n; return var1[var2] + g(var1); }"},
		{"references and members", "c++", "int A::f(const T& v) { for (auto& e : v) e.v(); return v.size(); }", "int A::f(const T& var1) { for (auto& var2 : var1) var2.v(); return var1.size(); }"},
		{"statements of a file", "c#", "var q = a.Get(); foreach (var x in q) { W(x.q); }", "var var1 = a.Get(); foreach (var var2 in var1) { W(var2.q); }"},
		{"a dollar and a function of one name", "php", "function f($count) { return count($count) + $this->count; }", "function func1($var1) { return count($var1) + $this->count; }"},
		{"blocks and a mark", "ruby", "def ok?(xs)\n  xs.each { |x| puts x }\nend", "def func1?(var1)\n  var1.each { |var2| puts var2 }\nend"},
		{"variables, but not the environment's", "shell", "f() { local n=$1; PATH=$n; echo \"${n}\"; }\nf a", "func1() { local var1=$1; PATH=$var1; echo \"${var1}\"; }\nfunc1 a"},
	} {
		t.Run(tt.language+" "+tt.name, func(t *testing.T) {
			r := document(t, perturb.Rename, tt.language, tt.text, perturb.Options{})
			if r.Text != tt.want {
				t.Errorf("%s: got\n%s\nwant\n%s", r.Outcome, r.Text, tt.want)
			}
		})
	}
	words := document(t, perturb.Rename, "go", "func f(a, b int) int { return a + b }", perturb.Options{Names: perturb.Words, Seed: 3})
	if strings.Contains(words.Text, "var1") || words.Outcome != perturb.Changed {
		t.Errorf("words: %+v", words)
	}
}

func TestComments(t *testing.T) {
	needGrammars(t)
	for _, tt := range []struct{ name, language, text, want string }{
		{"lines, ends and the middle", "go", "// a\nfunc f(a /* b */ int) {\n\t// c\n\tg() // d\n}\n// e\n// f", "func f(a int) {\n\tg()\n}\n"},
		{"a comment over a line end", "c", "int a; /* x\n*/ int b;", "int a;\nint b;"},
		{
			"docstrings", "python",
			"\"\"\"m\"\"\"\nclass A:\n    'c'\n    def f(self):\n        # x\n        \"\"\"d\n        \"\"\"\n    def g(self):\n        \"\"\"e\"\"\"\n        return 'e'\n",
			"class A:\n    def f(self):\n        pass\n    def g(self):\n        return 'e'\n",
		},
		{"what looks like one", "python", "x = '# no' # yes\n", "x = '# no'\n"},
		{"a first line for the system", "shell", "#!/bin/sh\n# a\necho '#b' # c\n", "#!/bin/sh\necho '#b'\n"},
		{"rust", "rust", "/// Doc\nfn f() {\n    //! inner\n    1 /* x */;\n}\n", "fn f() {\n    1 ;\n}\n"},
		{"fragment", "java", "/** Doc. */\n@Override\npublic int f() { return 1; // x\n}", "@Override\npublic int f() { return 1;\n}"},
		{"php", "php", "# a\nfunction f() { /* b */ return 1; // c\n}", "function f() { return 1;\n}"},
		{"ruby", "ruby", "=begin\nx\n=end\ndef f # a\n  1\nend\n", "def f\n  1\nend\n"},
	} {
		t.Run(tt.language+" "+tt.name, func(t *testing.T) {
			if r := document(t, perturb.Comments, tt.language, tt.text, perturb.Options{}); r.Text != tt.want {
				t.Errorf("%s: got\n%s\nwant\n%s", r.Outcome, r.Text, tt.want)
			}
		})
	}
}

// TestGone checks that a kind of former versions is refused, with those that are left.
func TestGone(t *testing.T) {
	if _, err := perturb.ParseKind("layout"); fault.CodeOf(err) != fault.Invalid || fault.HintOf(err) != "there are rename, comments, typos, lower" {
		t.Errorf("%v, hint %q", err, fault.HintOf(err))
	}
}

func TestOutcomes(t *testing.T) {
	needGrammars(t)
	for _, tt := range []struct {
		kind           perturb.Kind
		language, text string
		want           perturb.Outcome
	}{
		{perturb.Rename, "", "func f() {}", perturb.NoLanguage},
		{perturb.Rename, "markdown", "# A", perturb.NoLanguage},
		{perturb.Rename, "latin", "carmen", perturb.NoLanguage},
		{perturb.Comments, "go", "func f( {", perturb.NotParsed},
		{perturb.Comments, "go", "func f() {}", perturb.Unchanged},
		{perturb.Rename, "python", "print(1)", perturb.Unchanged},
		{perturb.Comments, "python", "", perturb.Unchanged},
	} {
		if r := document(t, tt.kind, tt.language, tt.text, perturb.Options{}); r.Outcome != tt.want || r.Text != tt.text {
			t.Errorf("%s of %q: %+v, want %s", tt.kind, tt.text, r, tt.want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := perturb.Apply(ctx, perturb.Rename, "go", "func f() {}", perturb.Options{}); fault.CodeOf(err) != fault.Canceled {
		t.Errorf("canceled: %v", err)
	}
}

func TestInvalid(t *testing.T) {
	for name, err := range map[string]error{
		"kind":          second(perturb.Apply(t.Context(), "poem", "go", "", perturb.Options{})),
		"names":         second(perturb.Apply(t.Context(), perturb.Rename, "go", "", perturb.Options{Names: "poems"})),
		"no query kind": second(query("poem", "a", perturb.Options{})),
		"rate":          second(query(perturb.Typos, "a", perturb.Options{TypoRate: 2})),
		"parse":         second(perturb.ParseKind("poem")),
	} {
		if fault.CodeOf(err) != fault.Invalid || fault.HintOf(err) == "" && !strings.Contains(name, "kind") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if !chunk.Available() {
		if _, err := perturb.Apply(t.Context(), perturb.Rename, "go", "", perturb.Options{}); fault.CodeOf(err) != fault.Unsupported {
			t.Errorf("without grammars: %v", err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// TestSharedData checks on real code that most of it can be changed, the same way twice, and that the changed text says
// what it should; what the package itself checks is not repeated by other means, but for tokens and comments.
func TestSharedData(t *testing.T) {
	needGrammars(t)
	const shared = "../../../shared/data"
	if _, err := os.Stat(shared); err != nil {
		t.Skip("the shared data sets are not here")
	}
	for set, language := range map[string]string{
		"csn_go": "go", "csn_java": "java", "csn_javascript": "javascript", "csn_ruby": "ruby", "humanevalx_rust": "rust",
		"humanevalx_cpp": "c++", "humanevalx_python": "python", "cosqa": "python",
	} {
		ds, err := dataset.Open(filepath.Join(shared, set), "test")
		if err != nil {
			t.Fatal(err)
		}
		docs := ds.Docs[:min(60, len(ds.Docs))]
		changed := map[perturb.Kind]int{}
		for _, d := range docs {
			for _, k := range []perturb.Kind{perturb.Rename, perturb.Comments} {
				r := document(t, k, language, d.Text, perturb.Options{Seed: 7})
				if again := document(t, k, language, d.Text, perturb.Options{Seed: 7}); again != r {
					t.Errorf("%s: %s gives two texts", d.ID, k)
				}
				if r.Outcome != perturb.Changed {
					continue
				}
				changed[k]++
				if k == perturb.Rename && language != "java" { // there, a method and a variable of one name get two
					oneToOne(t, d.ID, d.Text, r.Text)
				}
				if again := document(t, k, language, r.Text, perturb.Options{Seed: 7}); again.Outcome == perturb.NotParsed {
					t.Errorf("%s after %s does not parse:\n%s", d.ID, k, r.Text)
				} else if k == perturb.Comments && again.Outcome != perturb.Unchanged {
					t.Errorf("%s: comments are left:\n%s", d.ID, r.Text)
				}
			}
		}
		if changed[perturb.Rename] < len(docs)*9/10 {
			t.Errorf("%s: of %d documents only %v were changed", set, len(docs), changed)
		}
	}
}

var wordPattern = regexp.MustCompile(`\w+`)

// oneToOne fails the test where words come or go, one word becomes two, or two become one.
func oneToOne(t *testing.T, id, before, after string) {
	t.Helper()
	x, y := wordPattern.FindAllString(before, -1), wordPattern.FindAllString(after, -1)
	if len(x) != len(y) || wordPattern.ReplaceAllString(before, "w") != wordPattern.ReplaceAllString(after, "w") {
		t.Errorf("%s: more than names changed:\n%s", id, after)
		return
	}
	to, from := map[string]string{}, map[string]string{}
	for i := range x {
		if x[i] == y[i] {
			continue
		}
		if was, ok := to[x[i]]; ok && was != y[i] {
			t.Errorf("%s: %s becomes %s and %s", id, x[i], was, y[i])
		}
		if was, ok := from[y[i]]; ok && was != x[i] {
			t.Errorf("%s: %s and %s become %s", id, was, x[i], y[i])
		}
		to[x[i]], from[y[i]] = y[i], x[i]
	}
}

func FuzzDocument(f *testing.F) {
	needGrammars(f)
	languages := slices.DeleteFunc(chunk.Languages(), func(l string) bool { return l == "markdown" })
	for i := range languages {
		f.Add(uint8(i), uint8(i), "func f(a int) { // x\n\treturn \"a b\" }")
		f.Add(uint8(i), uint8(2), "def f(a):\n    '''d'''\n    return {a: [b for b in a]}  # c\n")
		f.Add(uint8(i), uint8(0), "class A {\n  int f(int a) /* c */ { return a + this.f(a); }\n}")
	}
	f.Fuzz(func(t *testing.T, language, kind uint8, text string) {
		if len(text) > 600 {
			t.Skip()
		}
		k := []perturb.Kind{perturb.Rename, perturb.Comments}[kind%2]
		l := languages[int(language)%len(languages)]
		r := document(t, k, l, text, perturb.Options{Seed: uint64(kind)})
		if r.Outcome != perturb.Changed && r.Text != text {
			t.Fatalf("%s, and yet another text: %q", r.Outcome, r.Text)
		}
		if r.Outcome == perturb.Changed {
			if again := document(t, k, l, r.Text, perturb.Options{}); again.Outcome == perturb.NotParsed || k == perturb.Comments && again.Outcome != perturb.Unchanged {
				t.Fatalf("%s of %q gives %q, and that is %s", k, text, r.Text, again.Outcome)
			}
		}
	})
}
