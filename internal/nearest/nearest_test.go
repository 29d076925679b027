package nearest

import "testing"

func TestOf(t *testing.T) {
	known := []string{"search", "serve", "status", "store", "index", "eval", "hybrid", "dense", "--mode", "--model"}
	for word, want := range map[string]string{
		"serch": "search", "sreve": "serve", "stauts": "status", "Index": "index", "idx": "", "hybird": "hybrid", "hyb": "hybrid", "x": "", "": "",
		"--mod": "--mode", "frobnicate": "", "evla": "eval", "ev": "eval", "de": "dense",
	} {
		if got := Of(word, known); got != want {
			t.Errorf("%q is taken for %q, want %q", word, got, want)
		}
	}
	if got := Hint("serch", known, ""); got != "did you mean search?" {
		t.Error(got)
	}
	if got := Hint("frobnicate", known, "look"); got != "look" {
		t.Error(got)
	}
}

func TestDistance(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "abc", 3}, {"abc", "abc", 0}, {"kitten", "sitting", 3}, {"abc", "acb", 1}, {"ab", "ba", 1}, {"go", "godoc", 3}} {
		if got, back := Distance(tt.a, tt.b), Distance(tt.b, tt.a); got != tt.want || back != tt.want {
			t.Errorf("%q and %q: %d and %d, want %d", tt.a, tt.b, got, back, tt.want)
		}
	}
}
