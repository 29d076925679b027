package tokens

import "strings"

// endings are those that derive words from words, the longer ones first where one ends with another.
var endings = strings.Fields(`ization ation izer ition ator ing ion ers ies ize ise ive ate ity ment able er or ed es al ic ly y e s`)

const (
	leastStem  = 3 // letters that are left of a word
	leastShort = 4 // letters of a word that may stand for a longer one
)

// Stem returns what words of one family share, roughly: rout of route, router and routing, valid of validate and validation. It is
// for names beside questions, where a wrong match costs little; what stores count are the words themselves.
func Stem(word string) string {
	for range 2 { // serial-iz-ation
		for _, e := range endings {
			if len(word)-len(e) >= leastStem && strings.HasSuffix(word, e) {
				word = word[:len(word)-len(e)]
				break
			}
		}
	}
	if n := len(word); n > leastStem && word[n-1] == word[n-2] { // mapp-ing
		word = word[:n-1]
	}
	return word
}

// Akin says whether two stems are of one family: equal, or one the beginning of the other, as names are cut short (auth, config).
func Akin(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	return a == b || len(a) >= leastShort && strings.HasPrefix(b, a)
}
