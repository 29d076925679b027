package tokens

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// This file splits scripts that write words without spaces between them.

// Normal returns a text in the form in which texts are split and compared: NFKC. A letter with its accent is one rune then,
// whether it was written as one or two, and wide and narrow forms are the usual ones.
func Normal(text string) string { return norm.NFKC.String(text) }

// Dense says whether a rune is of a script in which words stand close: Han, Kana, Hangul, and those of South East Asia.
// Korean has spaces, but writes particles at the end of words.
func Dense(r rune) bool {
	if r < 0x0E00 {
		return false
	}
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Bopomofo,
		unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar, unicode.Tibetan) || r == 'ー'
}

// appendDense appends each character of a run, with its marks, and each pair of neighbours.
func appendDense(dst []byte, run string) []byte {
	before := ""
	for run != "" {
		_, n := utf8.DecodeRuneInString(run)
		for n < len(run) {
			r, size := utf8.DecodeRuneInString(run[n:])
			if !unicode.IsMark(r) || n+size > maxBytes/2 {
				break
			}
			n += size
		}
		unit := run[:n]
		if before != "" {
			dst = append(append(append(dst, before...), unit...), ' ')
		}
		dst = append(append(dst, unit...), ' ')
		before, run = unit, run[n:]
	}
	return dst
}

// inPairs returns the single characters of a question that are part of a pair in it: the pair says more, and the character alone
// is in most texts of its script.
func inPairs(words []string) map[string]bool {
	out := map[string]bool{}
	for _, w := range words {
		first, n := utf8.DecodeRuneInString(w)
		if !Dense(first) {
			continue
		}
		for n < len(w) {
			r, size := utf8.DecodeRuneInString(w[n:])
			if !unicode.IsMark(r) {
				out[w[:n]], out[w[n:]] = true, true
				break
			}
			n += size
		}
	}
	return out
}
