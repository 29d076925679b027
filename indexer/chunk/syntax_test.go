package chunk_test

import (
	"context"
	"strings"
	"testing"

	"loradex/indexer/chunk"
	"loradex/internal/fault"
)

// inOrder fails the test where nodes overlap, leave their parents, or hold anything but white space between them.
func inOrder(t *testing.T, src string, n *chunk.Syntax) {
	t.Helper()
	n.Walk(func(n *chunk.Syntax) bool {
		at := n.Start
		if n.End < n.Start || n.End > len(src) {
			t.Fatalf("%s lies at %d-%d of %d", n.Kind, n.Start, n.End, len(src))
		}
		for _, c := range n.Children {
			if c.Start < at || c.End > n.End {
				t.Fatalf("%s at %d-%d in %s at %d-%d, after %d", c.Kind, c.Start, c.End, n.Kind, n.Start, n.End, at)
			}
			at = c.End
		}
		return true
	})
}

func TestParseSyntax(t *testing.T) {
	if !chunk.Available() {
		t.Skip("no grammars in this build")
	}
	for _, tt := range []struct {
		language, src string
		errors        bool
		want          []string // kind:field:text of some nodes
	}{
		{"go", "func f(a int) { g(a) }", false, []string{"identifier:name:f", "identifier:function:g", "func::func"}},
		{"python", "x = 'a '  # b\n", false, []string{"string_content::a ", "comment::# b", "identifier:left:x"}},
		{"java", "int f() { return 1; }", false, []string{"block:body:{ return 1; }"}},
		{"javascript", "f((", true, []string{"identifier::f"}},
		{"c", "int f( { return 1 }", true, nil},
		{"ruby", "", false, []string{"program::"}},
	} {
		root, err := chunk.ParseSyntax(t.Context(), tt.language, []byte(tt.src))
		if err != nil {
			t.Errorf("%s: %v", tt.language, err)
			continue
		}
		inOrder(t, tt.src, root)
		if got := root.Errors() > 0; got != tt.errors {
			t.Errorf("%s: %d errors", tt.language, root.Errors())
		}
		seen := map[string]bool{}
		root.Walk(func(n *chunk.Syntax) bool {
			seen[n.Kind+":"+n.Field+":"+tt.src[n.Start:n.End]] = true
			return true
		})
		for _, want := range tt.want {
			if !seen[want] {
				t.Errorf("%s: no %s in %v", tt.language, want, seen)
			}
		}
	}
}

func TestParseSyntaxErrors(t *testing.T) {
	if _, err := chunk.ParseSyntax(t.Context(), "latin", nil); fault.CodeOf(err) != fault.Unsupported {
		t.Errorf("a language without a grammar: %v", err)
	}
	if !chunk.Available() {
		if _, err := chunk.ParseSyntax(t.Context(), "go", nil); fault.CodeOf(err) != fault.Unsupported || fault.HintOf(err) == "" {
			t.Errorf("without grammars: %v", err)
		}
		return
	}
	for name, src := range map[string]string{
		"large": strings.Repeat("a\n", 1<<19+1), "deep": "x = " + strings.Repeat("(", 3000) + "1" + strings.Repeat(")", 3000),
	} {
		if _, err := chunk.ParseSyntax(t.Context(), "python", []byte(src)); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := chunk.ParseSyntax(ctx, "go", []byte("package p")); fault.CodeOf(err) != fault.Canceled {
		t.Errorf("canceled: %v", err)
	}
	var none *chunk.Syntax
	if none.Child("x") != nil {
		t.Error("nil has a child")
	}
}

func FuzzParseSyntax(f *testing.F) {
	languages := chunk.Languages()
	for i := range languages {
		f.Add(uint8(i), "func f() { /* a */ return \"x\" }\nclass A:\n  pass # b\n")
	}
	f.Fuzz(func(t *testing.T, language uint8, src string) {
		if len(src) > 4096 {
			t.Skip()
		}
		root, err := chunk.ParseSyntax(t.Context(), languages[int(language)%len(languages)], []byte(src))
		if err != nil {
			if code := fault.CodeOf(err); code != fault.Unsupported && code != fault.Invalid {
				t.Fatal(err)
			}
			return
		}
		inOrder(t, src, root)
	})
}
