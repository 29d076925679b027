package chunk

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// symbolsOf lists the symbols of all chunks, each as "kind name start-end", and checks that they belong to their chunks.
func symbolsOf(tb testing.TB, chunks []Chunk) []string {
	tb.Helper()
	var all []string
	for _, c := range chunks {
		for _, s := range c.Symbols {
			text := fmt.Sprintf("%s %s %d-%d", s.Kind, s.Name, s.StartLine, s.EndLine)
			if s.EndLine < c.StartLine || s.StartLine > c.EndLine || s.EndLine < s.StartLine {
				tb.Errorf("%s is a symbol of lines %d-%d", text, c.StartLine, c.EndLine)
			}
			if !slices.Contains(all, text) { // later parts repeat what they are of
				all = append(all, text)
			}
		}
	}
	return all
}

// TestSymbols: every definition keeps its symbol, with its own lines, however short it is and wherever it stands.
func TestSymbols(t *testing.T) {
	if !Available() {
		t.Skip("no grammars in this build")
	}
	for _, c := range []struct {
		name, language, source string
		chunks                 string // "kind symbol" of each, joined with ";"
		want                   string // symbols, joined with ";"
	}{
		{
			"between imports and a longer one", "python",
			"import os\n\ndef home_folder():\n    return os.environ[\"HOME\"]\n\ndef list_reports(folder):\n    out = []\n    for name in os.listdir(folder):\n        if name.endswith(\".csv\"):\n            out.append(name)\n    return sorted(out)\n",
			"function home_folder, list_reports", "function home_folder 3-4;function list_reports 6-11",
		},
		{
			"the same in Go", "go",
			"package e\n\nimport \"os\"\n\nfunc homeFolder() string { return os.Getenv(\"HOME\") }\n\nfunc listReports(folder string) []string {\n\tvar out []string\n\tentries, _ := os.ReadDir(folder)\n\tfor _, e := range entries {\n\t\tout = append(out, e.Name())\n\t}\n\treturn out\n}\n",
			"function homeFolder, listReports", "module e 1-1;function homeFolder 5-5;function listReports 7-14",
		},
		{
			"groups", "go", "package p\n\n// T is a type.\ntype (\n\t// A is one.\n\tA struct{ x int }\n\tB = A\n)\n\nconst (\n\tone, two = 1, 2\n\tthree = 3\n)\n",
			"type A, B;const one, two, three", "module p 1-1;type A 6-6;type B 7-7;const one 11-11;const two 11-11;const three 12-12",
		},
		{
			"members of a small type", "java", "/** A point. */\n@Entity\nclass Point {\n  int x;\n  /** The length. */\n  @Override\n  double norm() { return x; }\n}\n",
			"type Point", "type Point 3-8;method Point.norm 7-7",
		},
		{
			"decorators and inner functions", "python", "@app.route('/')\ndef index():\n    \"\"\"Doc.\"\"\"\n    def inner():\n        return 1\n    return inner\n",
			"function index", "function index 2-6;function index.inner 4-5",
		},
		{
			"exports", "javascript", "const fs = require('fs')\n\nmodule.exports = {\n  load(p) { return fs.readFileSync(p) },\n  save: function () { return 1 },\n  parse,\n}\n",
			"const fs;var module.exports, load, save", "const fs 1-1;var module.exports 3-7;method load 4-4;function save 5-5",
		},
		{
			"default export of an object", "javascript", "export default {\n  name: 'x',\n  methods: { draw() { return 1 } },\n}\n",
			"var default, draw", "var default 1-4;method draw 3-3",
		},
		{
			"named function expressions", "javascript", "(function init() {\n  start()\n})()\n\nsetTimeout(function tick() { go() }, 1)\nconst run = function runAll() { go() }\nconst { a, b: c } = opts\n",
			"function init, tick, run;const a, c", "function init 1-3;function tick 5-5;function run 6-6;function run.runAll 6-6;const a 7-7;const c 7-7",
		},
		{
			"namespaces", "typescript", "import x from 'x'\n\nnamespace Geometry {\n  export function area(r: number) { return r }\n  export namespace Deep { export const k = 1; export class C { m() {} } }\n}\n",
			"module Geometry", "module Geometry 3-6;function Geometry.area 4-4;module Geometry.Deep 5-5;const Geometry.Deep.k 5-5;type Geometry.Deep.C 5-5;method Geometry.Deep.C.m 5-5",
		},
		{
			"macros", "c", "#include <x.h>\n\nTEST(Suite, Name) {\n  EXPECT_EQ(1, 2);\n}\n\nSYSCALL_DEFINE3(read, unsigned int, fd, char __user *, buf, size_t, count)\n{\n\treturn ksys_read(fd, buf, count);\n}\n\nSYSCALL_DEFINE0(fork)\n{\n\treturn 1;\n}\n\nstatic DEFINE_MUTEX(lock_a);\nDEFINE_PER_CPU(struct foo, bar_cpu);\nstatic DEFINE_PER_CPU(int, counter) = 0;\nstatic LIST_HEAD(my_list);\nEXPORT_SYMBOL(foo);\n",
			"function Suite.Name, read, fork, lock_a, bar_cpu, counter, my_list",
			"function Suite.Name 3-5;function read 7-10;function fork 12-15;var lock_a 17-17;var bar_cpu 18-18;var counter 19-19;var my_list 20-20",
		},
		{
			"macros in C++", "c++", "TEST_F(StackTest, Pushes)\n{\n  Stack s;\n}\n\nTEST_CASE(\"adds numbers\", \"[math]\") {\n  REQUIRE(1);\n}\n\nDEFINE_string(port, \"80\", \"the port\");\nDEFINE_PER_CPU(struct foo, bar_cpu);\nclass URL { URL(int a) {} };\n",
			"function StackTest.Pushes, adds numbers, port, bar_cpu, URL", "function StackTest.Pushes 1-4;function adds numbers 6-8;var port 10-10;var bar_cpu 11-11;type URL 12-12;method URL.URL 12-12",
		},
		{
			"title on the first line", "markdown", "Parcel Tracker\n==============\n\none\ntwo\n", "section Parcel Tracker", "section Parcel Tracker 1-5",
		},
		{
			"title below front matter", "markdown", "---\nx: y\n---\nParcel Tracker\n===\none\n# Next\nDeeper\n------\nend\n",
			"section ;section Parcel Tracker, Next, Next > Deeper", "section Parcel Tracker 4-6;section Next 7-7;section Next > Deeper 8-10",
		},
		{
			"title behind a mark", "markdown", "\uFEFFTitle\n===\n\ntext\n", "section Title", "section Title 1-4",
		},
		{
			"macros that only the preprocessor knows", "c++",
			"FMT_BEGIN_NAMESPACE\nnamespace detail {\nclass Foo { void a() {} };\n}\nFMT_END_NAMESPACE\n\nclass LIB_API Widget : public QObject {\n  Q_OBJECT\n public slots:\n  void show() {}\n PRIVATE_UNLESS_TESTED:\n  NON_NULL(1)\n  Widget(int a) : b(a) {}\n  DEFINE_TYPE(Widget, b)\n};\nclass Q final : public P { int y; };\n",
			"module Foo;type Widget;type Q",
			"type Foo 3-3;method Foo.a 3-3;type Widget 7-15;method Widget.show 10-10;method Widget.Widget 13-13;type Q 16-16",
		},
		{
			"blocks of macros", "c++",
			"class Map {\n  int at(int a) const {\n    if (a) {\n      JSON_TRY\n      {\n        return 1;\n      }\n      JSON_CATCH (std::out_of_range&)\n      {\n        return 2;\n      }\n    }\n  }\n  int size() { return 1; }\n};\nTEST(Map, At)\n{\n}\n",
			"type Map;function Map.At", "type Map 1-15;method Map.at 2-13;method Map.size 14-14;function Map.At 16-18",
		},
		{
			"attribute macros of functions", "c++",
			"template<typename F>\nNON_NULL(1, 2)\nRETURNS_NON_NULL\nchar* to_chars(F first)\n{ return 0; }\nBOOL\nWINAPI DllMain(int a)\n{ return 1; }\n",
			"function to_chars, DllMain", "function to_chars 4-5;function DllMain 7-8",
		},
		{
			"braces in two branches", "c",
			"void dump(int a) {\n#ifdef COLOR\n  if (a) {\n#else\n  if (!a) {\n#endif\n    go();\n  }\n}\n\n#ifdef __cplusplus\nextern \"C\" {\n#endif\nint after(int a) { return 1; }\n#ifdef __cplusplus\n}\n#endif\n",
			"function dump;function after", "function dump 1-9;function after 14-14",
		},
		{
			"tables of macros, and macros inside", "c",
			"static const struct fn list[] = {\n#include \"libm.h\"\n  CFUNC(a, \"a\"),\n#define BINOP(name) CFUNC(name),\nBINOPS\n#undef BINOP\n};\nstatic jv\nlast(jv a)\n{\n#define EACH(x) x\n  return EACH(1);\n}\ntypedef struct {\n  int a;\n} pair;\n",
			"var list;function last;type pair", "var list 1-7;function last 9-13;function last.EACH 11-11;type pair 14-16",
		},
		{
			"types without members and conditions in C#", "c#",
			"class A {\n  class Failed(string m) : Exception(m);\n  [Fact] // why\n  // more\n  void Tested() {}\n  bool Is(int a)\n#if NET6\n    => a == 1;\n#else\n    => false;\n#endif\n#if NET5\n  [Obsolete]\n#endif\n  int After() { return 1; }\n}\n",
			"type A", "type A 1-16;type A.Failed 2-2;method A.Tested 5-5;method A.Is 6-8;method A.After 15-15",
		},
		{
			"values that are exported", "javascript", "exports.engine = 'ejs';\nmodule.exports.two = require('x');\nfunction f() { exports.inner = 1; return 1 }\n",
			"function engine, two, f", "var engine 1-1;var two 2-2;function f 3-3",
		},
		{
			"definitions in blocks of Ruby", "ruby", "describe 'x' do\n  module Inner\n    def helper; end\n  end\n  it 'y' do\n    def empty; end\n  end\nend\n",
			"module Inner.helper, empty", "module Inner 2-4;method Inner.helper 3-3;function empty 6-6",
		},
		{
			"a variable called raw", "rust", "fn a(raw: X) {\n    match &raw { _ => {} }\n}\nfn b() {}\n", "function a, b", "function a 1-3;function b 4-4",
		},
		{
			"annotations with comments", "java", "@SuppressWarnings(\"serial\") // why\nfinal class Point {\n  @Override // more\n  double norm() { return x; }\n}\n",
			"type Point", "type Point 2-5;method Point.norm 4-4",
		},
		{
			"Kotlin", "kotlin", "data class Parcel(val id: Int) : Base() {\n    companion object {\n        const val MAX = 3\n    }\n    fun <T> List<T>.total(): Int = size\n}\nsealed interface Shape { fun area(): Double }\nobject Registry\nenum class Color { RED }\nfun String.shout(): String = uppercase()\nval Int.half: Int get() = this / 2\ntypealias Handler = (Int) -> Unit\n",
			"type Parcel;interface Shape, Registry, Color, String.shout, Int.half, Handler",
			"type Parcel 1-6;const Parcel.MAX 3-3;method Parcel.List.total 5-5;interface Shape 7-7;method Shape.area 7-7;type Registry 8-8;enum Color 9-9;method String.shout 10-10;var Int.half 11-11;type Handler 12-12",
		},
		{
			"Kotlin that is newer than its grammar", "kotlin", "fun a(where: Op?) {\n    where?.let { it }\n    val id = table.insert { it[name] = 1 } get table.id\n    when (x) {\n        is Foo if (x.y > 1) -> run()\n        else -> {}\n    }\n}\ncontext(log: Log)\nfun b() {}\n",
			"function a, b", "function a 1-8;function b 10-10",
		},
		{
			"Swift", "swift", "public struct Parcel: Codable {\n    let id: Int\n    init(id: Int) { self.id = id }\n    subscript(i: Int) -> Int { 1 }\n}\nprotocol Ship { func go() throws(Lost) -> Int }\nextension Parcel: Ship {\n    func go() throws(Lost) -> Int { unsafe call() }\n}\nenum Color { case red }\nactor Counter { func inc() {} }\n",
			"type Parcel;interface Ship;enum Parcel.go, Color, Counter",
			"type Parcel 1-5;var Parcel.id 2-2;method Parcel.init 3-3;method Parcel.subscript 4-4;interface Ship 6-6;method Ship.go 6-6;method Parcel.go 8-8;enum Color 10-10;type Counter 11-11;method Counter.inc 11-11",
		},
		{
			"Scala", "scala", "trait Show[A]:\n  def show(a: A): String\n\ngiven intShow: Show[Int] with\n  def show(a: Int) = a.toString\n\ngiven Show[String] = _ => \"x\"\n\nextension (s: List[Int])\n  def total: Int = s.sum\n\nobject Main:\n  val limit = 1\n  def run(): Unit = ()\n",
			"interface Show, intShow, Show[String];type List.total, Main",
			"interface Show 1-2;method Show.show 2-2;type intShow 4-5;method intShow.show 5-5;var Show[String] 7-7;method List.total 10-10;type Main 12-14;var Main.limit 13-13;method Main.run 14-14",
		},
		{
			"Lua", "lua", "local M = {}\nfunction M.add(a) return a end\nfunction M:sub(a) return a end\nM.neg = function(a) return a end\nlocal function inner() end\nlocal other = function() end\nM.opts = {\n  run = function() end,\n}\nreturn M\n",
			"var M, M.add, M.sub, M.neg, inner, other, M.opts",
			"var M 1-1;function M.add 2-2;method M.sub 3-3;function M.neg 4-4;function inner 5-5;function other 6-6;var M.opts 7-9;function M.opts.run 8-8",
		},
		{
			"Elixir", "elixir", "defmodule Parcel.Box do\n  @max 3\n  @doc \"Packs it.\"\n  @spec pack(t) :: t\n  def pack(nil), do: nil\n  def pack(box) when box > 1 do\n    box\n  end\n  defp a + b, do: 1\n  defmacro ship(e), do: e\nend\n\ndefimpl Ship, for: Parcel.Box do\n  def go(x), do: x\nend\n\ntest \"it packs\" do\n  :ok\nend\n",
			"module Parcel.Box;type Ship.Parcel.Box, it packs",
			"module Parcel.Box 1-11;function Parcel.Box.pack 5-8;function Parcel.Box.+ 9-9;function Parcel.Box.ship 10-10;type Ship.Parcel.Box 13-15;function Ship.Parcel.Box.go 14-14;function it packs 17-19",
		},
		{
			"Haskell", "haskell", "module A where\n\n-- | Ships.\nship :: Int -> IO ()\n{-# INLINE ship #-}\nship 0 = pure ()\nship n = go n\n  where go k = print k\n\nclass Shape a where\n  area, size :: a -> Int\n\ninstance Shape Int where\n  area = id\n\nx, y :: Int\nx = 1\ny = 2\n(<+>) a b = a\na `plus` b = a\n",
			"function ship;interface Shape, Shape Int, x, y, <+>, plus",
			"module A 1-1;function ship 4-8;function ship.go 8-8;interface Shape 10-11;method Shape.area 11-11;method Shape.size 11-11;type Shape Int 13-14;method Shape Int.area 14-14;function x 16-18;function y 16-18;function <+> 19-19;function plus 20-20",
		},
		{
			"Zig", "zig", "const std = @import(\"std\");\npub const Box = struct {\n    id: u32,\n    pub fn init() Box { return .{}; }\n};\nconst E = enum { a };\nconst max: u8 = 1;\nfn List(comptime T: type) type {\n    return struct { fn add(x: T) void {} };\n}\ntest \"adds\" {}\n",
			"type Box;function E, max, List, adds", "type Box 2-5;method Box.init 4-4;enum E 6-6;const max 7-7;function List 8-10;function List.add 9-9;function adds 11-11",
		},
		{
			"Dart", "dart", "/// A parcel.\n@immutable\nclass Parcel extends Base {\n  final int id;\n  Parcel.empty() : id = 0;\n  factory Parcel.from(Map m) { return Parcel(); }\n  @override\n  bool operator ==(Object o) => true;\n  int get weight => 3;\n}\nmixin Mix { void m() {} }\nextension on int { int twice() => this * 2; }\nconst answer = 42;\nvoid main() {}\ntypedef int Old(int a);\n",
			"type Parcel;type Mix, int, answer, main, Old",
			"type Parcel 3-10;method Parcel.empty 5-5;method Parcel.from 6-6;method Parcel.operator == 8-8;method Parcel.weight 9-9;type Mix 11-11;method Mix.m 11-11;type int 12-12;method int.twice 12-12;const answer 13-13;function main 14-14;type Old 15-15",
		},
		{"modules of Ruby", "ruby", "module A\n  def self.go; 1; end\n  class B; def x; 2; end; end\nend\n", "module A", "module A 1-4;method A.go 2-2;type A.B 3-3;method A.B.x 3-3"},
		{"Rust", "rust", "#[derive(Debug)]\nstruct P { x: i32 }\nimpl P {\n    /// Doc.\n    fn x(&self) -> i32 { self.x }\n}\nmod m { pub fn f() {} }\n", "type P;module P.x, m", "type P 2-2;method P.x 5-5;module m 7-7;function m.f 7-7"},
		{"C#", "c#", "namespace N {\n  class C {\n    /// <summary>Doc</summary>\n    [Fact]\n    public int P { get; set; }\n    void M() {}\n  }\n}\n", "type C", "type C 2-7;var C.P 5-5;method C.M 6-6"},
		{"PHP", "php", "<?php\n#[A]\nclass K {\n  function m() { return 1; }\n}\nconst ONE = 1, TWO = 2;\n", "type K;const ONE, TWO", "type K 3-5;method K.m 4-4;const ONE 6-6;const TWO 6-6"},
		{"shell", "shell", "set -e\n# says it\nsay() { echo; }\nrun() { say; }\n", "function say, run", "function say 3-3;function run 4-4"},
	} {
		t.Run(c.name, func(t *testing.T) {
			chunks := split(t, c.language, c.source, options{})
			var heads []string
			for _, k := range chunks {
				heads = append(heads, k.Kind+" "+k.Symbol)
			}
			if got := strings.Join(heads, ";"); got != c.chunks {
				t.Errorf("chunks are\n%s\nwant\n%s", got, c.chunks)
			}
			if got := strings.Join(symbolsOf(t, chunks), ";"); got != c.want {
				t.Errorf("symbols are\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

// checkDefinitions fails where a definition that the grammar names is not the symbol of a chunk that covers its line. It goes
// over the tree by itself: functions that are defined and types anywhere, everything at the top of the file.
func checkDefinitions(tb testing.TB, language, src string, chunks []Chunk) int {
	tb.Helper()
	g := grammarFor(language)
	if g == nil || len(chunks) == 0 || chunks[0].Kind == KindWindow {
		return 0
	}
	text, n := newLines([]byte(src)), 0
	want := func(d definition) {
		for _, p := range d.places() {
			start := p.node.start
			if d.rule.list == nil {
				start = ownStart(d)
			}
			line, name := text.at(start)+1, strings.ToValidUTF8(p.name, "\uFFFD")
			i := slices.IndexFunc(chunks, func(c Chunk) bool { return c.StartLine <= line && line <= c.EndLine })
			n++
			if i < 0 || len(chunks[i].Symbols) < maxSymbols && len(name) < maxSymbol/4 && !slices.ContainsFunc(chunks[i].Symbols, func(s Symbol) bool {
				return s.StartLine == line && (s.Name == name || strings.HasSuffix(s.Name, "."+name) || len(s.Name) > maxSymbol-8)
			}) {
				tb.Errorf("%s on line %d is no symbol of a chunk that covers it", name, line)
			}
		}
	}
	err := g.parse(context.Background(), text, func(root *node) error {
		var walk func(n *node, depth int)
		walk = func(n *node, depth int) {
			for _, c := range n.children() {
				if depth > maxDepth-10 || !c.named || c.end-c.start < leastDefinition || g.attaches(c) {
					continue // what a decorator is given holds no symbols
				}
				d, ok := g.define(c)
				switch {
				case !ok || d.rule.scope || d.rule.top && depth > 0 || depth > 0 && c.is(macroDefinition): // blocks of macros in functions are statements
				case depth == 0 || d.rule.kind == KindType || d.rule.kind == KindInterface || d.rule.kind == KindEnum,
					(d.rule.kind == KindFunction || d.rule.kind == KindMethod) && (d.rule.whole || d.body() != nil):
					want(d)
				}
				walk(c, depth+1)
			}
		}
		walk(root, 0)
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	return n
}

// TestDefinitionsAreSymbols: the property over the golden sources, over sources made of their lines, and over real code: every
// file of the folders in LORADEX_TEST_TREES, which is a list like PATH.
func TestDefinitionsAreSymbols(t *testing.T) {
	if !Available() {
		t.Skip("no grammars in this build")
	}
	counts := map[string]int{}
	look := func(t *testing.T, where, language, src string, opts options) {
		t.Helper()
		chunks, err := splitBy(context.Background(), opts.filled(), language, []byte(src))
		if err != nil {
			t.Fatal(err)
		}
		symbolsOf(t, chunks)
		if counts[language] += checkDefinitions(t, language, src, chunks); t.Failed() {
			t.Fatalf("in %s, %+v:\n%.3000s", where, opts, src)
		}
	}
	rng := rand.New(rand.NewPCG(7, 7))
	for _, g := range readGoldens(t) {
		for _, opts := range sizes {
			look(t, g.file, g.language, g.source, opts)
		}
		lines := strings.SplitAfter(g.source, "\n")
		for range 20 {
			var b strings.Builder
			for range rng.IntN(60) { // runs of lines, so that many definitions stay whole
				from := rng.IntN(len(lines))
				b.WriteString(strings.Join(lines[from:min(len(lines), from+rng.IntN(9))], ""))
			}
			look(t, "a mixture of "+g.file, g.language, b.String(), sizes[rng.IntN(len(sizes))])
		}
	}
	for _, g := range grammars() {
		if counts[g.name] < 20 {
			t.Errorf("%s: only %d definitions were looked for", g.name, counts[g.name])
		}
	}
	for _, root := range realRoots(t) {
		for i, file := range realSources(t, root, 3<<20) {
			if i%9 == 0 || !testing.Short() && i%3 == 0 {
				look(t, file.path, file.language, file.source, options{})
			}
		}
	}
	for _, root := range filepath.SplitList(os.Getenv("LORADEX_TEST_TREES")) {
		files := realSources(t, root, 0)
		before := maps.Clone(counts)
		for _, file := range files {
			look(t, file.path, file.language, file.source, options{})
		}
		found := 0
		for language, n := range counts {
			found += n - before[language]
		}
		t.Logf("%s: %d files, %d definitions, all of them symbols", root, len(files), found)
	}
	t.Logf("definitions: %v", counts)
}

// realRoots are folders with real code, as far as they are here: the Go distribution and the module cache.
func realRoots(t *testing.T) []string {
	roots := []string{filepath.Join(runtime.GOROOT(), "src", "net"), filepath.Join(runtime.GOROOT(), "test")} //nolint:staticcheck // the toolchain that runs the test
	if out, err := exec.CommandContext(t.Context(), "go", "env", "GOMODCACHE").Output(); err == nil {
		cache := filepath.Join(strings.TrimSpace(string(out)), "github.com")
		for _, name := range []string{"tree-sitter", "gofrs", "spf13"} {
			roots = append(roots, filepath.Join(cache, name))
		}
	}
	return slices.DeleteFunc(roots, func(root string) bool {
		_, err := os.Stat(root)
		return err != nil
	})
}

// TestSeedWords: the words of a grammar save a search for seeds, and never leave one out.
func TestSeedWords(t *testing.T) {
	if !Available() {
		t.Skip("without grammars")
	}
	files := realSources(t, filepath.Join(runtime.GOROOT(), "src", "net"), 2<<20) //nolint:staticcheck // the toolchain that runs the test
	for _, g := range readGoldens(t) {
		files = append(files, sourceFile{g.file, g.language, g.source})
	}
	seen := map[string]bool{}
	for _, f := range files {
		with := grammarFor(f.language)
		if with == nil || len(with.words) == 0 {
			continue
		}
		seen[with.name] = true
		without := *with
		without.words = nil
		text := newLines([]byte(f.source))
		a, err := splitCode(t.Context(), with, text, usual)
		b, err2 := splitCode(t.Context(), &without, text, usual)
		if !errors.Is(err2, err) || !reflect.DeepEqual(a, b) {
			t.Errorf("%s: %v, %v: %d and %d chunks, which differ", f.path, err, err2, len(a), len(b))
		}
	}
	if len(seen) < 5 {
		t.Errorf("only %v were seen", seen)
	}
}
