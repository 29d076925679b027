package tokens

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Place is a token where it stands in a text.
type Place struct {
	From, To int    // bytes
	Word     string // as [Split] has it
}

// Places returns the tokens of a text with their places: an identifier first as a whole, then its parts. Of a text whose accents are
// written apart (not NFKC) some are missed; in scripts without spaces it is single characters.
func Places(text string) []Place {
	var out []Place
	start := -1
	for i, r := range text + " " {
		if classOf(r) != separator && !Dense(r) && !(r == utf8.RuneError && invalidAt(text, i)) {
			if start < 0 {
				start = i
			}
			continue
		}
		if start >= 0 {
			out = append(out, placesIn(text[start:i], start)...)
			start = -1
		}
		if Dense(r) && !unicode.IsMark(r) {
			n := utf8.RuneLen(r)
			out = append(out, Place{i, i + n, text[i : i+n]})
		}
	}
	return out
}

// placesIn are those of an identifier that begins at a place.
func placesIn(id string, at int) []Place {
	var parts []Place
	for i := 0; i < len(id); {
		segment, _, _ := strings.Cut(id[i:], "_")
		if segment == "" {
			i++
			continue
		}
		n := partLength(segment)
		if word, ok := appendPart(nil, segment[:n]); ok {
			parts = append(parts, Place{at + i, at + i + n, strings.TrimSpace(string(word))})
		}
		i += n
	}
	if len(parts) < 2 {
		return parts
	}
	var whole strings.Builder
	for _, p := range parts {
		whole.WriteString(p.Word)
	}
	return append([]Place{{at, at + len(id), whole.String()}}, parts...)
}
