// Package tokens splits text into the words that lexical search matches. The same splitter runs over documents and
// queries, and over every store (the word index, Qdrant's sparse vectors), because BM25 only sees equal words.
//
// It knows how identifiers are built. Each identifier gives its parts and, where there are several, the whole:
//
//	tokens.Split("HTTPServer parse_json")  // http server httpserver parse json parsejson
//
// The rules, in the order in which they apply:
//   - The text is brought to the form NFKC, so that it does not matter how its accents are written.
//   - In scripts that write words without spaces, such as Han, Kana and Hangul, each character and each pair of
//     neighbours is a token.
//   - Letters, marks, digits and "_" form an identifier; everything else separates. Invalid UTF-8 separates.
//   - "_" ends a part and is dropped, so snake_case and camelCase spellings of a name share their whole.
//   - A part ends before an upper-case letter that follows a lower-case one (parseJson), before the last letter of an
//     acronym that starts a word (HTTPServer), and between letters and digits (utf8). A plural "s" stays with its
//     acronym (URLs). Number literals and sizes (0x1f, 10px, 3d) stay whole.
//   - Everything is lower-cased, rune by rune.
//   - A part loses the English ending of plurals and third persons: queries and query are one word.
//   - A token is at most [maxBytes] long; the rest of a longer one is cut off at a rune border.
package tokens

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxBytes bounds the length of a token. Longer ones are hashes and encoded data; what is left of them still matches
// itself.
const maxBytes = 64

// Split returns the tokens of a text in order, repeated as often as they occur.
func Split(text string) []string {
	return strings.Fields(string(Append(nil, text)))
}

// Unique returns the distinct tokens of a text in order of first occurrence.
func Unique(text string) []string {
	all := Split(text)
	seen := make(map[string]bool, len(all))
	out := all[:0]
	for _, t := range all {
		if !seen[t] {
			seen[t] = true
			out = append(out, t)
		}
	}
	return out
}

// Append appends the tokens of a text to dst, each followed by one space.
func Append(dst []byte, text string) []byte {
	if isASCII(text) {
		return appendASCII(dst, text)
	}
	text = Normal(text)
	start, run := -1, false // of what is not split yet, and whether it is of a dense script
	for i, r := range text {
		if is := Dense(r); start >= 0 && is != run && (is || !unicode.IsMark(r)) {
			dst = appendRun(dst, text[start:i], run)
			start = -1
		}
		if classOf(r) != separator && !(r == utf8.RuneError && invalidAt(text, i)) {
			if start < 0 {
				start, run = i, Dense(r)
			}
			continue
		}
		if start >= 0 {
			dst = appendRun(dst, text[start:i], run)
			start = -1
		}
	}
	if start >= 0 {
		dst = appendRun(dst, text[start:], run)
	}
	return dst
}

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// appendASCII is Append for what most code is: nothing to normalise, to decode, or to look up in tables.
func appendASCII(dst []byte, text string) []byte {
	for i := 0; i < len(text); i++ {
		if classOf(rune(text[i])) == separator {
			continue
		}
		start := i
		for i < len(text) && classOf(rune(text[i])) != separator {
			i++
		}
		dst = appendIdentifier(dst, text[start:i])
	}
	return dst
}

func appendRun(dst []byte, text string, dense bool) []byte {
	if dense {
		return appendDense(dst, text)
	}
	return appendIdentifier(dst, text)
}

// invalidAt tells an encoded U+FFFD from a byte that is no UTF-8; both arrive as RuneError in a range loop.
func invalidAt(text string, i int) bool {
	_, n := utf8.DecodeRuneInString(text[i:])
	return n == 1
}

type class uint8

const (
	separator class = iota
	lower           // lower case, and letters without case
	upper
	digit
	underscore
	mark // continues what it follows
)

func classOf(r rune) class {
	if r < utf8.RuneSelf {
		switch {
		case 'a' <= r && r <= 'z':
			return lower
		case 'A' <= r && r <= 'Z':
			return upper
		case '0' <= r && r <= '9':
			return digit
		case r == '_':
			return underscore
		}
		return separator
	}
	switch {
	case unicode.IsUpper(r), unicode.IsTitle(r):
		return upper
	case unicode.IsLetter(r):
		return lower
	case unicode.IsDigit(r):
		return digit
	case unicode.IsMark(r):
		return mark
	}
	return separator
}

// appendIdentifier appends the parts of one identifier, and the whole where there are at least two.
func appendIdentifier(dst []byte, id string) []byte {
	from := len(dst)
	parts := 0
	for id != "" {
		segment, rest, _ := strings.Cut(id, "_")
		for segment != "" {
			n := partLength(segment)
			if next, ok := appendPart(dst, segment[:n]); ok {
				dst = next
				parts++
			}
			segment = segment[n:]
		}
		id = rest
	}
	if parts < 2 {
		return dst
	}
	// The whole is the parts without the spaces between them.
	return appendWhole(dst, from, len(dst))
}

func appendWhole(dst []byte, from, to int) []byte {
	start := len(dst)
	for _, b := range dst[from:to] {
		if b != ' ' {
			dst = append(dst, b)
			if len(dst)-start > maxBytes {
				break
			}
		}
	}
	dst = dst[:start+cut(dst[start:])]
	return append(dst, ' ')
}

// appendPart appends one part in lower case; false where nothing is left of it (marks alone).
func appendPart(dst []byte, part string) ([]byte, bool) {
	start := len(dst)
	for _, r := range part {
		dst = utf8.AppendRune(dst, unicode.ToLower(r))
		if len(dst)-start > maxBytes {
			break
		}
	}
	dst = dst[:start+cut(dst[start:])]
	if len(dst) == start {
		return dst, false
	}
	dst = dst[:start+singular(dst[start:])]
	return append(dst, ' '), true
}

// cut returns the length of the longest prefix of whole runes that is at most maxBytes long.
func cut(b []byte) int {
	if len(b) <= maxBytes {
		return len(b)
	}
	n := maxBytes
	for n > 0 && !utf8.RuneStart(b[n]) {
		n--
	}
	return n
}
