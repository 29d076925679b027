package search_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"loradex/internal/fault"
	"loradex/search"
)

// fitted are odds of searches in the tests' encoder and mode.
func fitted(mode search.Mode) search.Options {
	f := search.Fitting{Mode: mode}
	if mode != search.Lexical {
		f.Mix = "none"
	}
	return search.Options{Fits: []search.Fit{{Fitting: f, Odds: search.Odds{Base: -1, Of: [3]float64{3, 1, -0.5}}}}}
}

// TestProbability: all hits of a file have the same, the first file's is the largest, and asking for more changes none.
func TestProbability(t *testing.T) {
	places := []place{{"a/b.go", "", "count the lines of a file"}, {"a/b.go", "", "lines again"}}
	for i := range 30 {
		places = append(places, place{fmt.Sprintf("z/%d.go", i), "", fmt.Sprintf("count %d other things of a file", i)})
	}
	store := indexOf(t, places...)
	for _, mode := range []search.Mode{search.Hybrid, search.Dense, search.Lexical} {
		before := map[string]float64{}
		for _, k := range []int{3, 20} {
			answer := ask(t, store, fitted(mode), search.Request{Query: "count the lines", Mode: mode, K: k})
			last := 1.0
			for i, h := range answer.Hits {
				if h.Probability == nil || !(*h.Probability > 0 && *h.Probability < 1) {
					t.Fatalf("%s: %s has %v", mode, h.Path, h.Probability)
				}
				if p, ok := before[h.Path]; ok && p != *h.Probability {
					t.Errorf("%s, k = %d: %s has %g and %g", mode, k, h.Path, p, *h.Probability)
				}
				before[h.Path] = *h.Probability
				if i > 0 && h.Path != "a/b.go" && *h.Probability > last {
					t.Errorf("%s: hit %d is likelier than the one before it", mode, i+1)
				}
				last = *h.Probability
			}
		}
		least := before["a/b.go"]
		above := ask(t, store, fitted(mode), search.Request{Query: "count the lines", Mode: mode, K: 20, Threshold: least})
		if len(above.Hits) == 0 || len(above.Hits) > 2 {
			t.Errorf("%s: %s are at least as likely as the first", mode, paths(above))
		}
		none := ask(t, store, fitted(mode), search.Request{Query: "count the lines", Mode: mode, Threshold: 1})
		if len(none.Hits) != 0 {
			t.Errorf("%s: %s are certain", mode, paths(none))
		}
	}
}

// TestOdds is worked out by hand.
func TestOdds(t *testing.T) {
	o := search.Odds{Base: 1, Of: [3]float64{2, 4, 8}}
	s := search.Signs{Share: .5, Standing: -.25, Rank: -.125}
	if p := o.Probability(s); p != 0.5 { // 1 + 1 - 1 - 1 = 0
		t.Error(p)
	}
	s.Rank = 0
	if p := o.Probability(s); math.Abs(p-1/(1+math.Exp(-1))) > 1e-15 {
		t.Error(p)
	}
}

// TestNoProbability: where nothing was fitted nothing is said, a threshold is refused, and both say why.
func TestNoProbability(t *testing.T) {
	store := indexOf(t, place{"a/b.go", "", "count the lines of a file"}, place{"a/c.go", "", "count nothing"})
	weighed := fitted(search.Hybrid)
	weighed.LexicalWeight = 3
	for _, c := range []struct {
		name   string
		o      search.Options
		r      search.Request
		reason string
	}{
		{"a model that nobody measured", search.Options{}, search.Request{Query: "count"}, "not fitted for hybrid search with bag"},
		{"another mode", fitted(search.Dense), search.Request{Query: "count the lines"}, "not fitted for hybrid search"},
		{"other settings", weighed, search.Request{Query: "count the lines"}, "settings of ranking"},
		{"code", fitted(search.Hybrid), search.Request{Code: "count the lines"}, "questions in words"},
		{"an expression", fitted(search.Lexical), search.Request{Match: []string{"count"}}, "questions in words"},
	} {
		answer := ask(t, store, c.o, c.r)
		for _, h := range answer.Hits {
			if h.Probability != nil {
				t.Errorf("%s: %g", c.name, *h.Probability)
			}
		}
		if len(c.r.Match) == 0 && !strings.Contains(answer.Explain.Unfitted, c.reason) {
			t.Errorf("%s: %q", c.name, answer.Explain.Unfitted)
		}
		c.r.Threshold = 0.5
		s, err := search.New(store, bag{}, c.o)
		must(t, err)
		if _, err = s.Search(t.Context(), c.r); fault.CodeOf(err) != fault.Unavailable || !strings.Contains(err.Error(), c.reason) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	for _, bad := range []float64{-0.1, 1.1, math.NaN()} {
		if err := (&search.Request{Query: "a", Threshold: bad}).Validate(); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("threshold %g: %v", bad, err)
		}
	}
}
