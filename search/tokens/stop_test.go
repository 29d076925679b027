package tokens_test

import (
	"strings"
	"testing"

	"loradex/search/tokens"
)

func TestContent(t *testing.T) {
	for _, c := range []struct{ question, want string }{
		{"", ""},
		{"how do I parse a date in Go", "parse date go"},
		{"what is the fastest way to read files", "fastest read file"},
		{"how to", "how to"}, // nothing else is left
		{"isValid", "valid isvalid"},
		{"getUserByID getUserByID", "user id getuserbyid"},
		{"does it retry?", "retry"},
	} {
		if got := strings.Join(tokens.Content(c.question), " "); got != c.want {
			t.Errorf("%q: %q, want %q", c.question, got, c.want)
		}
	}
}

// FuzzContent: content words are tokens of the question, in order, and something is always left.
func FuzzContent(f *testing.F) {
	f.Add("how to parse parse_json")
	f.Fuzz(func(t *testing.T, question string) {
		all := tokens.Unique(question)
		kept := tokens.Content(question)
		if len(kept) == 0 && len(all) > 0 {
			t.Fatalf("nothing is left of %q", question)
		}
		at := 0
		for _, k := range kept {
			for at < len(all) && all[at] != k {
				at++
			}
			if at == len(all) {
				t.Fatalf("%q is not in %q, or not in order", kept, all)
			}
		}
	})
}
