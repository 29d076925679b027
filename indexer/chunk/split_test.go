package chunk

import (
	"context"
	"slices"
	"strings"
	"testing"

	"loradex/internal/fault"
)

func TestLanguages(t *testing.T) {
	got := Languages()
	if !slices.IsSorted(got) || len(got) != len(grammars())+1 || !slices.Contains(got, "c++") || !slices.Contains(got, markdown) {
		t.Errorf("Languages() = %v", got)
	}
	covered := map[string]bool{}
	for _, g := range readGoldens(t) {
		covered[g.language] = true
	}
	for _, name := range got {
		if !covered[name] {
			t.Errorf("%s has no golden file", name)
		}
	}
}

func TestIdentity(t *testing.T) {
	for _, g := range grammars() {
		if got := Identity(g.name); g.version == "" || !strings.HasPrefix(got, g.version) || strings.Contains(got, "window") == g.available() {
			t.Errorf("%s: identity is %q", g.name, got)
		}
	}
	if Identity(markdown) != markdownVersion || Identity("") != windowVersion || Identity("assembly") != windowVersion {
		t.Errorf("identities are %q, %q and %q", Identity(markdown), Identity(""), Identity("assembly"))
	}
	if usual.filled() != usual || (options{}).filled() != usual {
		t.Errorf("the usual sizes do not fit each other: %+v", (options{}).filled())
	}
}

func TestLimits(t *testing.T) {
	src := strings.Repeat("x = 1\n", 100)
	_, err := splitBy(context.Background(), options{maxInput: 599}.filled(), "python", []byte(src))
	if fault.CodeOf(err) != fault.Invalid {
		t.Errorf("a source over maxInput gives %v", err)
	}
	for _, c := range split(t, "python", src, options{maxParse: 599}) {
		if c.Kind != KindWindow {
			t.Fatalf("a source over maxParse gives %+v", c)
		}
	}
}

func TestCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, language := range []string{"go", markdown, ""} {
		if _, err := Split(ctx, language, []byte("package x\n")); fault.CodeOf(err) != fault.Canceled {
			t.Errorf("%q: got %v", language, err)
		}
	}
}

// countdown is a context that ends after it was asked a number of times.
type countdown struct {
	context.Context
	left int
}

func (c *countdown) Err() error {
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}

func TestCanceledWhileParsing(t *testing.T) {
	if !Available() {
		t.Skip("no grammars in this build")
	}
	ctx := &countdown{Context: context.Background(), left: 1}
	_, err := Split(ctx, "go", []byte(strings.Repeat("func f() {}\n", 100)))
	if fault.CodeOf(err) != fault.Canceled {
		t.Errorf("got %v", err)
	}
}

func TestWithoutGrammars(t *testing.T) {
	if Available() {
		t.Skip("this build has grammars")
	}
	for _, c := range split(t, "go", "package x\n\nfunc f() {}\n", options{}) {
		if c.Kind != KindWindow {
			t.Errorf("got %+v", c)
		}
	}
}

func TestShapes(t *testing.T) {
	long := strings.Repeat("var a = 1; function f(){}; ", 5000)
	for _, test := range []struct {
		name, language, src, want string
	}{
		{"empty", "go", "", ""},
		{"blank", "go", "\n \t\r\n\n", ""},
		{"blank text", "", " \n\n", ""},
		{"blank markdown", markdown, "\n\n", ""},
		{"no final newline", "go", "package x", "1-1 module x\n"},
		{"bom", "python", "\uFEFFdef f():\n    pass\n", "1-2 function f\n"},
		{"bom markdown", markdown, "\uFEFF# A\ntext\n", "1-2 section A\n"},
		{"crlf", "go", "package x\r\n\r\nfunc f() {\r\n\tg()\r\n\th()\r\n\ti()\r\n}\r\n", "1-7 function f\n"},
		{"nul", "c", "int f(void) {\n\x00\x00;\n;\n;\n return 1; }\n", "1-5 function f\n"},
		{"one line for two", "go", "package x; type A int; type B int\n", "1-1 module x, A, B\n"},
		{"minified", "javascript", long, "1-1 var a, f\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if !Available() && test.language != markdown && test.want != "" {
				t.Skip("no grammars in this build")
			}
			chunks := split(t, test.language, test.src, options{})
			for i := range chunks {
				chunks[i].Symbols = nil
			}
			got := listing(chunks)
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// TestHostile gives the parsers what makes naive ones slow or deep.
func TestHostile(t *testing.T) {
	for _, unit := range []string{"(", "{", "[", "if x {\n", "\"", "/*", "'", "`", "<", "x(", "def f\n", "a?b:", "<<A\n", "$(", "# "} {
		src := strings.Repeat(unit, 700/len(unit))
		for _, language := range Languages() {
			split(t, language, src, options{})
		}
	}
}

// TestForeign gives a parser prose, which is cut into windows although it is named source.
func TestForeign(t *testing.T) {
	src := strings.Repeat("It's only words, and words are all (they have; to take) your heart -- away!\n", 300)
	for _, c := range split(t, "java", src, options{}) {
		if c.Kind != KindWindow {
			t.Fatalf("got %+v", c)
		}
	}
}

func FuzzStripComment(f *testing.F) {
	for _, seed := range []string{"// a", "/* a\n * b */", "/**/", "/*/", "# a", "///", "=begin\na\n=end", "//"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if got := stripComment(s); len(got) > len(s) {
			t.Errorf("%q grew to %q", s, got)
		}
	})
}

func TestStripComment(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"// one", "one"},
		{"//! two", "two"},
		{"/// three\n/// four", "three\nfour"},
		{"/* five */", "five"},
		{"/**\n * six\n *\n *   seven\n */", "six\n\n  seven"},
		{"/*\nPush adds\n  a value.\n*/", "Push adds\n a value."},
		{"## eight", "eight"},
		{"=begin\nnine\n=end", "nine"},
		{"/**/", ""},
		{"/*/", "/"},
		{"//", ""},
	} {
		if got := stripComment(test.in); got != test.want {
			t.Errorf("%q gives %q, want %q", test.in, got, test.want)
		}
	}
}

func TestDocIsBounded(t *testing.T) {
	if !Available() {
		t.Skip("no grammars in this build")
	}
	src := "package x\n\n// " + strings.Repeat("é", 5000) + "\nfunc f() {}\n"
	chunks := split(t, "go", src, options{maxBytes: 1 << 20})
	if n := len(chunks[len(chunks)-1].Doc); n == 0 || n > maxDoc {
		t.Errorf("doc has %d bytes", n)
	}
}
