package show

import (
	"strings"
	"testing"

	"loradex/search"
)

// answerOf is an answer of three hits in two files.
func answerOf() *search.Response {
	return &search.Response{Hits: []search.Hit{
		{Path: "a/x.go", StartLine: 3, EndLine: 9, Kind: "function", Symbol: "Lock", Score: 2, Text: "\tfunc Lock() {\n\t\treturn lock_it\n", Lines: []int{4, 7, 8}},
		{Path: "b.go", StartLine: 1, EndLine: 1, Kind: "code", Score: 1.5, Text: "x"},
		{Path: "a/x.go", StartLine: 20, EndLine: 21, Kind: "method", Symbol: "A.B", Score: 1, Text: "\x1b[31m\tlocks\ny", Stale: true},
	}}
}

func printed(p Printer, r *search.Response) string {
	var b strings.Builder
	p.Out = &b
	if p.Place == nil {
		p.Place = func(h *search.Hit) (name, file string) { return h.Path, "/r/" + h.Path }
	}
	p.Answer(r)
	return b.String()
}

func TestPlain(t *testing.T) {
	want := `a/x.go:3: Lock function  2
    func Lock() {
    …
        return lock_it

b.go:1: code  1.5
    x

a/x.go:20: A.B method  1  [stale]
    ` + "\uFFFD" + `[31m    locks
    y
`
	if got := printed(Printer{Wanted: search.WantedOf(&search.Request{Query: "lock"})}, answerOf()); got != want {
		t.Errorf("%s", got)
	}
}

// TestHeading: hits stand under their files, files in the order of their best hits, and each says its rank.
func TestHeading(t *testing.T) {
	want := `a/x.go
#1 3: Lock function  2
    4: func Lock() {
    7:     return lock_it
#3 20: A.B method  1  [stale]
    20: ` + "\uFFFD" + `[31m    locks
    21: y

b.go
#2 1: code  1.5
    1: x
`
	if got := printed(Printer{Heading: true}, answerOf()); got != want {
		t.Errorf("%s", got)
	}
}

func TestColorAndLinks(t *testing.T) {
	format, err := ReadLink("vscode")
	if err != nil {
		t.Fatal(err)
	}
	p := Printer{Color: true, Link: format, Wanted: search.WantedOf(&search.Request{Query: "how to lock", Match: []string{`re\w+`}})}
	got := printed(p, answerOf())
	for _, part := range []string{
		"\x1b]8;;vscode://file/r/a/x.go:3\x1b\\" + stylePath + "a/x.go" + styleReset + ":3\x1b]8;;\x1b\\: " + styleBold + "Lock function",
		"func " + styleMark + "Lock" + styleReset + "() {", "    " + styleMark + "return" + styleReset + " " + styleMark + "lock" + styleReset + "_it",
		styleMark + "locks" + styleReset,
	} {
		if !strings.Contains(got, part) {
			t.Errorf("no %q in %q", part, got)
		}
	}
	p.Place = func(h *search.Hit) (name, file string) { return h.Path, "" } // it is not here
	if got := printed(p, answerOf()); strings.Contains(got, "\x1b]8") {
		t.Errorf("a link to nothing: %q", got)
	}
	p.Color = false
	if got := printed(p, answerOf()); strings.Contains(got, "\x1b") {
		t.Errorf("%q", got)
	}
}

func TestReadLink(t *testing.T) {
	for text, good := range map[string]bool{"": true, "none": true, "default": true, "x://{path}#{line}": true, "x": false, "{path}{column}": false, "\x1b{path}": false} {
		if _, err := ReadLink(text); (err == nil) != good {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestColored(t *testing.T) {
	env := map[string]string{}
	getenv := func(key string) string { return env[key] }
	for _, c := range []struct {
		when, noColor, term string
		terminal, want      bool
	}{
		{"auto", "", "xterm", true, true},
		{"auto", "", "xterm", false, false},
		{"auto", "1", "xterm", true, false},
		{"auto", "", "dumb", true, false},
		{"always", "1", "dumb", false, true},
		{"never", "", "xterm", true, false},
	} {
		env["NO_COLOR"], env["TERM"] = c.noColor, c.term
		if got, err := Colored(c.when, c.terminal, getenv); err != nil || got != c.want {
			t.Errorf("%+v: %v, %v", c, got, err)
		}
	}
	if _, err := Colored("sometimes", true, getenv); err == nil {
		t.Error("sometimes")
	}
}

func TestLongLines(t *testing.T) {
	p := Printer{}
	long := p.rendered([]shownLine{{1, "  " + strings.Repeat("é", 500), true}})
	if n := len([]rune(long[0])); n != shownWidth || !strings.HasSuffix(long[0], "é…") {
		t.Errorf("%d runes", n)
	}
}
