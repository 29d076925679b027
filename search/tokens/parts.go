package tokens

import (
	"strings"
	"unicode/utf8"
)

// partLength returns the length in bytes of the first part of a segment: an identifier's piece between underscores.
func partLength(segment string) int {
	if isNumber(segment) {
		return len(segment)
	}
	last := separator // the class of the rune before i, marks passed over
	for i, r := range segment {
		c := classOf(r)
		if c == mark {
			continue
		}
		if last != separator && splitsBefore(last, c, segment[i+utf8.RuneLen(r):]) {
			return i
		}
		last = c
	}
	return len(segment)
}

// splitsBefore says whether a part ends before a rune of class c, given the one before it and what follows it.
func splitsBefore(last, c class, rest string) bool {
	switch {
	case (last == digit) != (c == digit):
		return true
	case c == upper && last == lower:
		return true
	case c == upper && last == upper:
		// The last capital of a run starts a word when a lower-case letter follows: HTTP|Server.
		next, after := nextClasses(rest)
		return next == lower && !pluralS(rest, after)
	}
	return false
}

// nextClasses returns the classes of the first two runes of a text that are not marks.
func nextClasses(rest string) (first, second class) {
	for _, r := range rest {
		c := classOf(r)
		if c == mark {
			continue
		}
		if first == separator {
			first = c
			continue
		}
		return first, c
	}
	return first, separator
}

// pluralS says whether a text starts with an "s" that ends a plural acronym (URLs, IDsByName) rather than a word.
func pluralS(rest string, after class) bool {
	return rest != "" && rest[0] == 's' && after != lower
}

// isNumber says whether a segment is a literal that splitting would only shred: 0x1f, 10px, 1e5, 3d.
func isNumber(segment string) bool {
	if first, _ := utf8.DecodeRuneInString(segment); classOf(first) != digit {
		return false
	}
	if len(segment) > 2 && segment[0] == '0' && (segment[1] == 'x' || segment[1] == 'X') {
		return strings.Trim(segment[2:], "0123456789abcdefABCDEF") == ""
	}
	letters := 0
	for _, r := range segment {
		if c := classOf(r); c == lower || c == upper {
			letters++
		}
	}
	return letters <= 2
}
