package tokens_test

import (
	"fmt"
	"testing"
	"unicode/utf8"

	"loradex/search/tokens"
)

func TestPlaces(t *testing.T) {
	for text, want := range map[string]string{
		"func parseJSON_file(x)": "[{0 4 func} {5 19 parsejsonfile} {5 10 parse} {10 14 json} {15 19 file} {20 21 x}]",
		"":                       "[]",
		"queries":                "[{0 7 query}]",
		"a 世界":                   "[{0 1 a} {2 5 世} {5 8 界}]",
	} {
		if got := fmt.Sprint(tokens.Places(text)); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

func FuzzPlaces(f *testing.F) {
	f.Add("func parseJSON_file\xff(é 世界)")
	f.Fuzz(func(t *testing.T, text string) {
		last := 0
		for _, p := range tokens.Places(text) {
			if p.From < 0 || p.To > len(text) || p.From >= p.To || p.From < last && p.From != last {
				t.Fatalf("%q: %v behind %d", text, p, last)
			}
			if utf8.ValidString(text) && !utf8.ValidString(text[p.From:p.To]) {
				t.Fatalf("%q: %v cuts a rune", text, p)
			}
			last = p.From
		}
	})
}
