package mine

import (
	"regexp"
	"strings"
	"unicode"
)

// identifier is what can be found, and replaced, as a word of code.
var identifier = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// lastName is the last part of a symbol: "Encode" of "Encoder.Encode".
func lastName(symbol string) string { return symbol[strings.LastIndexByte(symbol, '.')+1:] }

// ownerOf is the part of a symbol before the last: "Encoder" of "Encoder.Encode"; "" where there is none.
func ownerOf(symbol string) string {
	if dot := strings.LastIndexByte(symbol, '.'); dot >= 0 {
		return lastName(symbol[:dot])
	}
	return ""
}

// compact is a name without case and punctuation, by which conventions of different languages meet: "parse_config" and
// "ParseConfig" are one.
func compact(name string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, name)
}

// wordsKey is a text's words in lower case: equal keys are one query.
func wordsKey(text string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}), " ")
}

// codeKey is a text without white space and case: equal keys are one document.
func codeKey(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, text)
}

// mask puts "_" in place of a name, wherever it stands as a whole word. ok is false where the name is no identifier.
func mask(text, name string) (masked string, ok bool) {
	if !identifier.MatchString(name) {
		return text, false
	}
	var b strings.Builder
	for rest := text; ; {
		at := strings.Index(rest, name)
		if at < 0 {
			b.WriteString(rest)
			return b.String(), true
		}
		end := at + len(name)
		b.WriteString(rest[:at])
		if at > 0 && inWord(rest[at-1]) || at == 0 && b.Len() > 0 && inWord(b.String()[b.Len()-1]) ||
			end < len(rest) && inWord(rest[end]) {
			b.WriteString(name)
		} else {
			b.WriteByte('_')
		}
		rest = rest[end:]
	}
}

func inWord(b byte) bool {
	return b == '_' || b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= 0x80
}
