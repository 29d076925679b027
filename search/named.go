package search

import (
	"strings"
	"unicode"
)

// LettersPattern is the pattern of SQL's LIKE, with \ as its escape, for what [Reader.Named] looks for. Letters outside ASCII
// stand for any, as LIKE knows no case of theirs.
func LettersPattern(letters string) string {
	var b strings.Builder
	b.WriteByte('%')
	for _, r := range letters {
		switch {
		case r >= unicode.MaxASCII:
			b.WriteByte('_')
		case r == '%' || r == '_' || r == '\\':
			b.WriteByte('\\')
			fallthrough
		default:
			b.WriteRune(r)
		}
		b.WriteByte('%')
	}
	return b.String()
}

// HasLetters says whether a name is one that [Reader.Named] looks for.
func HasLetters(name, letters string) bool {
	rest := []rune(letters)
	for _, r := range name {
		if len(rest) > 0 && (unicode.ToLower(r) == unicode.ToLower(rest[0]) || rest[0] >= unicode.MaxASCII) {
			rest = rest[1:]
		}
	}
	return len(rest) == 0
}
