package lsp

import (
	"strings"
	"unicode/utf8"

	"go.lsp.dev/protocol"
)

// This file finds the editor's positions in a text. A column counts UTF-16 code units, or bytes where that was agreed.

// edit replaces a range of a text. Positions behind the end of a line or of the text are their end, as the protocol wants
// it; those inside of a character are its start.
func edit(text string, r protocol.Range, with string, inBytes bool) string {
	from := offsetOf(text, r.Start, inBytes)
	to := max(from, offsetOf(text, r.End, inBytes))
	return text[:from] + with + text[to:]
}

// offsetOf returns the byte that a position is before.
func offsetOf(text string, p protocol.Position, inBytes bool) int {
	at := 0
	for range p.Line {
		n := lineLength(text[at:])
		end := at + n + endLength(text[at+n:])
		if end == at+n {
			return len(text) // there are fewer lines
		}
		at = end
	}
	line := text[at : at+lineLength(text[at:])]
	if inBytes {
		return at + runeStart(line, int(min(p.Character, uint32(len(line))))) //nolint:gosec // a text is shorter than 4 GiB
	}
	units := uint32(0)
	for i, r := range line {
		width := uint32(1)
		if r > 0xffff {
			width = 2
		}
		if units+width > p.Character {
			return at + i
		}
		units += width
	}
	return at + len(line)
}

// lineLength is the length of the first line of a text without its end.
func lineLength(text string) int {
	if n := strings.IndexAny(text, "\r\n"); n >= 0 {
		return n
	}
	return len(text)
}

// endLength is the length of the end of line that a text starts with.
func endLength(text string) int {
	switch {
	case text == "":
		return 0
	case strings.HasPrefix(text, "\r\n"):
		return 2
	}
	return 1
}

// runeStart returns the start of the character that holds byte n.
func runeStart(line string, n int) int {
	for n > 0 && n < len(line) && !utf8.RuneStart(line[n]) {
		n--
	}
	return n
}
