package show

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Languages lists languages; files whose language nobody knows have "".
func Languages(languages []string) string {
	names := make([]string, len(languages))
	for i, l := range languages {
		if names[i] = l; l == "" {
			names[i] = "unknown"
		}
	}
	return strings.Join(names, ", ")
}

// Printable keeps what a repository holds from steering the terminal.
func Printable(s string) string { return strings.Map(printableRune, s) }

func printableRune(r rune) rune {
	if unicode.IsControl(r) || r == utf8.RuneError || unicode.Is(unicode.Cf, r) {
		return '\uFFFD'
	}
	return r
}

// scoreText writes fused scores, cosines and BM25 alike with three digits.
func scoreText(v float64) string { return strconv.FormatFloat(v, 'g', 3, 64) }
