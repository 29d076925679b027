package lsp

import (
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"go.lsp.dev/protocol"
)

func TestOffsetOf(t *testing.T) {
	for _, c := range []struct {
		text            string
		line, character uint32
		units, bytes    int // where the position is in either way to count
	}{
		{"", 0, 0, 0, 0},
		{"", 3, 3, 0, 0},
		{"abc", 0, 2, 2, 2},
		{"abc", 0, 9, 3, 3},
		{"a\nb", 1, 0, 2, 2},
		{"a\r\nb", 1, 1, 4, 4},
		{"a\rb", 1, 0, 2, 2},
		{"a\r\n", 0, 5, 1, 1},
		{"a\n", 1, 5, 2, 2},
		{"a\n", 2, 0, 2, 2},
		{"üx", 0, 1, 2, 0}, // inside of a character: its start
		{"😀x", 0, 1, 0, 0},
		{"😀x", 0, 2, 4, 0},
		{"😀x", 0, 4, 5, 4},
		{"x\n\n\ny", 3, 0, 4, 4},
		{"x", 1 << 31, 1 << 31, 1, 1},
	} {
		p := protocol.Position{Line: c.line, Character: c.character}
		if got := offsetOf(c.text, p, false); got != c.units {
			t.Errorf("%q %d:%d in UTF-16 is %d, want %d", c.text, c.line, c.character, got, c.units)
		}
		if got := offsetOf(c.text, p, true); got != c.bytes {
			t.Errorf("%q %d:%d in bytes is %d, want %d", c.text, c.line, c.character, got, c.bytes)
		}
	}
}

// FuzzEdit: an edit of a line without an end is an edit of its code units, and any edit leaves valid text.
func FuzzEdit(f *testing.F) {
	f.Add("one\ntwo\r\nthree", uint32(1), uint32(0), uint32(2), uint32(3), "x", false)
	f.Add("ü😀x", uint32(0), uint32(1), uint32(0), uint32(3), "", true)
	f.Add("a😀\rb", uint32(0), uint32(2), uint32(9), uint32(9), "\n", false)
	f.Fuzz(func(t *testing.T, text string, l1, c1, l2, c2 uint32, with string, inBytes bool) {
		text, with = strings.ToValidUTF8(text, "?"), strings.ToValidUTF8(with, "?")
		r := protocol.Range{Start: protocol.Position{Line: l1, Character: c1}, End: protocol.Position{Line: l2, Character: c2}}
		got := edit(text, r, with, inBytes)
		if !utf8.ValidString(got) || len(got) > len(text)+len(with) || !strings.Contains(got, with) {
			t.Fatalf("%q with %+v becomes %q", text, r, got)
		}
		if l1 != 0 || l2 != 0 || c1 > c2 || inBytes || strings.ContainsAny(text, "\r\n") {
			return
		}
		units := utf16.Encode([]rune(text))
		a, b := int(min(c1, uint32(len(units)))), int(min(c2, uint32(len(units))))
		for _, at := range []*int{&a, &b} {
			if *at > 0 && *at < len(units) && utf16.IsSurrogate(rune(units[*at])) && units[*at] >= 0xdc00 {
				*at-- // between the halves of a pair
			}
		}
		if want := string(utf16.Decode(units[:a])) + with + string(utf16.Decode(units[b:])); got != want {
			t.Fatalf("%q with %+v becomes %q, want %q", text, r, got, want)
		}
	})
}
