package tokens_test

import (
	"testing"

	"loradex/search/tokens"
)

func TestAkin(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"route", "router", true},
		{"route", "routing", true},
		{"validate", "validation", true},
		{"serialization", "serializer", true},
		{"map", "mapping", true},
		{"auth", "authentication", true},
		{"config", "configuration", true},
		{"query", "queries", true},
		{"file", "file", true},
		{"red", "reduce", false},
		{"log", "login", false},
		{"parse", "print", false},
		{"io", "ion", false},
	} {
		if got := tokens.Akin(tokens.Stem(c.a), tokens.Stem(c.b)); got != c.want {
			t.Errorf("%s (%s) and %s (%s): %v", c.a, tokens.Stem(c.a), c.b, tokens.Stem(c.b), got)
		}
	}
}
