package chunk

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// filled returns sizes with the usual ones in place of those that are not set, as far as they fit; -1 is no overlap.
func (o options) filled() options {
	o.maxLines = cmp.Or(o.maxLines, usual.maxLines)
	o.targetLines = cmp.Or(o.targetLines, min(usual.targetLines, o.maxLines))
	o.minLines = cmp.Or(o.minLines, min(usual.minLines, o.targetLines))
	o.maxBytes = cmp.Or(o.maxBytes, usual.maxBytes)
	o.windowOverlap = max(0, cmp.Or(o.windowOverlap, min(usual.windowOverlap, o.targetLines-1)))
	o.maxParse, o.maxInput = cmp.Or(o.maxParse, usual.maxParse), cmp.Or(o.maxInput, usual.maxInput)
	return o
}

// check fails the test where chunks break what the package promises for a source.
func check(tb testing.TB, src []byte, chunks []Chunk, opts options) {
	tb.Helper()
	opts = opts.filled()
	all := strings.SplitAfter(string(src), "\n")
	if all[len(all)-1] == "" {
		all = all[:len(all)-1]
	}
	covered := make([]bool, len(all)+1)
	previous := Chunk{}
	for i, c := range chunks {
		if c.StartLine < 1 || c.EndLine < c.StartLine || c.EndLine > len(all) {
			tb.Fatalf("chunk %d has lines %d-%d of %d", i, c.StartLine, c.EndLine, len(all))
		}
		if i > 0 && c.StartLine <= previous.StartLine {
			tb.Errorf("chunk %d at line %d follows one at %d", i, c.StartLine, previous.StartLine)
		}
		if i > 0 && c.Kind != KindWindow && c.StartLine <= previous.EndLine {
			tb.Errorf("chunk %d-%d overlaps the one before, which ends at %d", c.StartLine, c.EndLine, previous.EndLine)
		}
		if i > 0 && c.EndLine <= previous.EndLine {
			tb.Errorf("chunk %d-%d brings nothing after %d-%d", c.StartLine, c.EndLine, previous.StartLine, previous.EndLine)
		}
		want := strings.Join(all[c.StartLine-1:c.EndLine], "")
		want = strings.TrimSuffix(strings.TrimSuffix(want, "\n"), "\r")
		if c.Text != want {
			tb.Errorf("chunk %d-%d: text differs from the source", c.StartLine, c.EndLine)
		}
		if strings.TrimSpace(c.Text) == "" {
			tb.Errorf("chunk %d-%d is blank", c.StartLine, c.EndLine)
		}
		if n := c.EndLine - c.StartLine + 1; n >= opts.maxLines+opts.minLines {
			tb.Errorf("chunk %d-%d has %d lines", c.StartLine, c.EndLine, n)
		}
		if len(c.Text) > opts.maxBytes+opts.maxBytes/4 && c.StartLine != c.EndLine {
			tb.Errorf("chunk %d-%d has %d bytes", c.StartLine, c.EndLine, len(c.Text))
		}
		if c.Kind == "" || len(c.Doc) > maxDoc || len(c.Symbol) > maxSymbol+8 || len(c.Signature) > maxSignature+8 {
			tb.Errorf("chunk %d-%d: kind %q, doc %d, symbol %d, signature %d bytes",
				c.StartLine, c.EndLine, c.Kind, len(c.Doc), len(c.Symbol), len(c.Signature))
		}
		for _, s := range []string{c.Doc, c.Symbol, c.Signature} {
			if !utf8.ValidString(s) {
				tb.Errorf("chunk %d-%d: %q is not UTF-8", c.StartLine, c.EndLine, s)
			}
		}
		for _, symbol := range c.Symbols {
			at := slices.IndexFunc(chunks, func(o Chunk) bool { return o.StartLine <= symbol.StartLine && symbol.StartLine <= o.EndLine })
			if symbol.StartLine < 1 || symbol.EndLine < symbol.StartLine || symbol.EndLine > len(all) || at < 0 {
				tb.Errorf("chunk %d-%d: symbol %q of lines %d-%d", c.StartLine, c.EndLine, symbol.Name, symbol.StartLine, symbol.EndLine)
			}
			if symbol.Name == "" || symbol.Kind == "" || !utf8.ValidString(symbol.Name) {
				tb.Errorf("chunk %d-%d: symbol %q of kind %q", c.StartLine, c.EndLine, symbol.Name, symbol.Kind)
			}
		}
		for line := c.StartLine; line <= c.EndLine; line++ {
			covered[line] = true
		}
		previous = c
	}
	for i, line := range all {
		if !covered[i+1] && len(bytes.TrimSpace([]byte(line))) > 0 {
			tb.Fatalf("line %d is in no chunk: %q", i+1, clip(line, 200))
		}
	}
}
