package indexer

import (
	"strings"
	"testing"
	"unicode/utf8"

	"loradex/internal/fault"
)

// templates are the ones worth comparing.
var templates = []Template{
	"code", "symbol+code", "path+code", "path+symbol+code", "words+code", "path+words+code",
	"doc+body", "symbol+doc+body", "path+symbol+doc+body", "doc+symbol+body", DefaultTemplate, "path+words+doc+body",
	"symbol+doc+signature+body",
}

func TestTemplateText(t *testing.T) {
	method := &Chunk{
		Symbol: "Repo.CloseAll", Kind: "method", Doc: "CloseAll frees everything.",
		Signature: "func (r *Repo) CloseAll() error", Text: "// CloseAll frees everything.\nfunc (r *Repo) CloseAll() error {\n\treturn nil\n}\n",
	}
	part := &Chunk{Symbol: "f", Signature: "def f(a):", Text: "    return a\n"}
	section := &Chunk{Symbol: "README > Install it", Kind: "section", Text: "## Install it\n\nRun make.\n"}
	python := &Chunk{Symbol: "g", Doc: "Does g.", Text: "def g():\n    \"\"\"Does g.\"\"\"\n"}
	block := &Chunk{Doc: "Does h.", Text: "/**\n * Does h.\n */\n#include <x>\nint h() {}\n"}
	oneLine := &Chunk{Doc: "x", Text: "/* x */ int x;\n"}
	onlyComment := &Chunk{Doc: "x", Text: "// x\n// y\n"}
	for _, c := range []struct {
		template Template
		chunk    *Chunk
		want     string
	}{
		{"", method, "close all\nCloseAll frees everything.\nfunc (r *Repo) CloseAll() error {\n\treturn nil\n}"},
		{"path+symbol+doc+body", method, "a/b.go\nRepo.CloseAll\nCloseAll frees everything.\nfunc (r *Repo) CloseAll() error {\n\treturn nil\n}"},
		{"code", method, strings.TrimSpace(method.Text)},
		{"file+kind+words+code", method, "b\nmethod\nclose all\n" + strings.TrimSpace(method.Text)},
		{"code", part, "def f(a):\n    return a"},
		{"signature+body", method, "func (r *Repo) CloseAll() error\nfunc (r *Repo) CloseAll() error {\n\treturn nil\n}"},
		{"words+doc+body", section, "## Install it\n\nRun make."},
		{"doc+body", python, "Does g.\ndef g():\n    \"\"\"Does g.\"\"\""},
		{"doc+body", block, "Does h.\n#include <x>\nint h() {}"},
		{"body", oneLine, "/* x */ int x;"},
		{"body", onlyComment, "// x\n// y"},
	} {
		if got := c.template.Text("a/b.go", c.chunk); got != c.want {
			t.Errorf("%q over %q:\ngot  %q\nwant %q", c.template, c.chunk.Symbol, got, c.want)
		}
	}
}

func TestTemplates(t *testing.T) {
	seen := map[string]bool{}
	for _, tm := range templates {
		if err := tm.Validate(); err != nil {
			t.Error(err)
		}
		if seen[tm.version()] {
			t.Errorf("%s is listed twice", tm)
		}
		seen[tm.version()] = true
	}
	for _, bad := range []Template{"x", "path", "code+path", "path++code", "+"} {
		if err := bad.Validate(); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestWords(t *testing.T) {
	for symbol, want := range map[string]string{
		"Repo.readHTTPBody": "read http body", "snake_case_2x": "snake case 2x", "ABC": "abc", "": "", "a": "a",
		"Foo::bar": "bar", "README > Install": "", "__init__": "init", "größeÄndern": "größe ändern",
	} {
		if got := words(symbol); got != want {
			t.Errorf("words(%q) = %q, want %q", symbol, got, want)
		}
	}
}

func FuzzTemplateText(f *testing.F) {
	f.Add("// a\nfunc x() {}", "doc", "func x()", "X.y")
	f.Add("/* a", "d", "", "")
	f.Add("/**/", "d", "s\n", "é.Ü")
	f.Fuzz(func(t *testing.T, text, doc, signature, symbol string) {
		c := &Chunk{Text: text, Doc: doc, Signature: signature, Symbol: symbol}
		for _, tm := range templates {
			got := tm.Text("p", c)
			if utf8.ValidString(text+" "+doc+" "+signature+" "+symbol) && !utf8.ValidString(got) {
				t.Fatalf("%s cuts a rune: %q", tm, got)
			}
			if strings.TrimSpace(text) != "" && !strings.Contains(got, lastLine(text)) {
				t.Fatalf("%s loses code: %q", tm, got)
			}
		}
	})
}

// lastLine is a line that no template may lose.
func lastLine(text string) string {
	text = strings.Trim(text, "\n")
	return text[strings.LastIndexByte(text, '\n')+1:]
}

func TestSplitWords(t *testing.T) {
	for name, want := range map[string]string{
		"readHTTPBody": "read http body", "read_http_body": "read http body", "URL": "url", "x2y": "x2y", "": "", "__init__": "init",
	} {
		if got := strings.Join(SplitWords(name), " "); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}
