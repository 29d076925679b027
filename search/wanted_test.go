package search

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"loradex/indexer"
)

func TestCut(t *testing.T) {
	text := "// Wait is documented.\n\nfunc Wait() {\n\ta()\n\tb()\n\n\tretry(download)\n\tc()\n\tretry()\n}"
	for _, c := range []struct {
		query string
		n     int
		match []MatchedLine
		want  string
	}{
		{"retry a download", 0, nil, "[]"},
		{"retry a download", 1, nil, "[12]"},         // the definition
		{"retry a download", 2, nil, "[12 16]"},      // the line with most words
		{"retry a download", 3, nil, "[12 13 16]"},   // no line shows another word; what follows
		{"document a retry", 3, nil, "[10 12 16]"},   // each shows a word
		{"", 4, nil, "[12 13 14 16]"},                // blank lines are none
		{"x", 100, nil, "[10 12 13 14 16 17 18 19]"}, // all
		{"retry", 2, []MatchedLine{{14, "\tb()"}}, "[14]"},
	} {
		h := Hit{StartLine: 10, EndLine: 19, Text: text, Matches: c.match, Symbols: []indexer.Symbol{{Name: "Wait", Kind: "function", StartLine: 12, EndLine: 19}}}
		WantedOf(&Request{Query: c.query}).cut(&h, c.n)
		if got := fmt.Sprint(h.Lines); got != c.want {
			t.Errorf("%q, %d lines: %s, want %s", c.query, c.n, got, c.want)
		}
		all := strings.Split(text, "\n")
		var lines []string
		for _, n := range h.Lines {
			lines = append(lines, all[n-10])
		}
		if h.Text != strings.Join(lines, "\n") || h.Whole() != text {
			t.Errorf("%q, %d lines: %q", c.query, c.n, h.Text)
		}
	}
}

func TestMarks(t *testing.T) {
	w := WantedOf(&Request{Query: "how is the validation of routes done", Match: []string{`\d+`, `x*`}})
	line := "func validateRoute(router, 12, x)"
	var got []string
	for _, m := range w.Marks(line) {
		got = append(got, line[m[0]:m[1]])
	}
	if want := []string{"validateRoute", "router", "12", "x"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
