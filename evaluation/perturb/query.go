package perturb

import (
	"math/rand/v2"
	"strings"
	"unicode"
)

// This file defines the changes of queries.

// keyboard lists the neighbours of each letter on a QWERTY keyboard, left, right, above and below.
var keyboard = map[rune]string{
	'a': "qwsz", 'b': "vghn", 'c': "xdfv", 'd': "serfcx", 'e': "wsdr", 'f': "drtgvc", 'g': "ftyhbv", 'h': "gyujnb",
	'i': "ujko", 'j': "huikmn", 'k': "jiolm", 'l': "kop", 'm': "njk", 'n': "bhjm", 'o': "iklp", 'p': "ol", 'q': "wa",
	'r': "edft", 's': "awedxz", 't': "rfgy", 'u': "yhji", 'v': "cfgb", 'w': "qase", 'x': "zsdc", 'y': "tghu", 'z': "asx",
}

// shortestTypo is the number of letters from which on a word may be misspelled: a typo in "get" leaves nothing of it.
const shortestTypo = 4

// misspell gives each word of at least four letters, with the chance of o.TypoRate, one typo: a letter becomes its
// neighbour on the keyboard, changes places with the next, is left out, or is doubled. The first letter of a word stays,
// as people hardly ever get it wrong (Belinkov and Bisk 2018, section 3.2, keep it for that reason).
func misspell(text string, o Options) string {
	rng := o.source(Typos, text)
	runes := []rune(text)
	var out []rune
	for i := 0; i < len(runes); {
		end := i
		for end < len(runes) && unicode.IsLetter(runes[end]) {
			end++
		}
		switch {
		case end == i:
			out = append(out, runes[i])
			i++
			continue
		case end-i >= shortestTypo && rng.Float64() < o.TypoRate:
			out = append(out, typo(runes[i:end], rng)...)
		default:
			out = append(out, runes[i:end]...)
		}
		i = end
	}
	return string(out)
}

// typo returns a word with one mistake, behind its first letter. The result always differs.
func typo(word []rune, rng *rand.Rand) []rune {
	at := 1 + rng.IntN(len(word)-1)
	out := append([]rune{}, word...)
	switch rng.IntN(4) {
	case 0:
		near := keyboard[unicode.ToLower(out[at])]
		if near == "" {
			break
		}
		to := []rune(near)[rng.IntN(len(near))]
		if unicode.IsUpper(out[at]) {
			to = unicode.ToUpper(to)
		}
		out[at] = to
		return out
	case 1:
		for i := range len(word) - 2 { // from the drawn place on, round the end
			p := 1 + (at-1+i)%(len(word)-2)
			if out[p] != out[p+1] {
				out[p], out[p+1] = out[p+1], out[p]
				return out
			}
		}
	case 2:
		return append(out[:at], out[at+1:]...)
	}
	return append(out[:at+1], out[at:]...)
}

// lower returns the words of a text in lower case, with a space in place of all that is neither letter nor digit. A text
// without any stays as it is.
func lower(text string) string {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
	})
	if len(words) == 0 {
		return text
	}
	return strings.Join(words, " ")
}
