package search_test

import (
	"fmt"
	"math"
	"testing"

	"loradex/search"
)

// TestSignals: each signal brings up what it is for, in every mode, says so, and can be switched off. The texts of the two hits
// differ in order alone, so that words and vectors say the same of both.
func TestSignals(t *testing.T) {
	filler := []place{{"z/one.go", "One", "something of another kind"}, {"z/two.go", "Two", "nothing in common with it"}}
	for _, c := range []struct {
		signal, query, first, second string
		places                       []place
		off                          search.Options
		near                         string
	}{
		{
			"file_name", "routing of a call", "a/router.go", "a/other.go",
			[]place{{"a/other.go", "", "call again"}, {"a/router.go", "", "again call"}},
			search.Options{PathBoost: -1},
			"",
		},
		{
			"file", "count the lines", "a/b.go", "a/a.go",
			[]place{{"a/a.go", "", "count lines again"}, {"a/b.go", "", "lines count again"}, {"a/b.go", "", "count and count lines"}},
			search.Options{FileBoost: -1},
			"",
		},
		{
			"unasked", "count the lines", "a/b.go", "a/b_test.go",
			[]place{{"a/b_test.go", "", "count lines again"}, {"a/b.go", "", "lines count again"}},
			search.Options{Unasked: -1},
			"",
		},
		{
			"near", "count the lines", "a/b/c.go", "z/c.go",
			[]place{{"z/c.go", "", "count lines again"}, {"a/b/c.go", "", "lines count again"}, {"a/b/y.go", "", "of another kind"}},
			search.Options{NearBoost: -1},
			"a/b/y.go:7",
		},
	} {
		var near *search.Near
		if c.near != "" {
			var err error
			near, err = search.ReadNear(c.near)
			must(t, err)
		}
		store := indexOf(t, append(c.places, filler...)...)
		for _, mode := range []search.Mode{search.Hybrid, search.Dense, search.Lexical} {
			name := fmt.Sprintf("%s, %s", c.signal, mode)
			on := ask(t, store, search.Options{}, search.Request{Query: c.query, Mode: mode, Near: near})
			if h := on.Hits[0]; h.Path != c.first {
				t.Errorf("%s: %s", name, paths(on))
			}
			said := 0.0
			for _, h := range on.Hits {
				said += math.Abs(h.Parts.Signals[c.signal])
			}
			if said == 0 {
				t.Errorf("%s: no hit says so", name)
			}
			off := ask(t, store, c.off, search.Request{Query: c.query, Mode: mode, Near: near})
			for _, h := range off.Hits {
				if h.Parts.Signals[c.signal] != 0 {
					t.Errorf("%s: %s has %v though it is off", name, h.Path, h.Parts.Signals)
				}
			}
		}
	}
}

// TestAskedKinds: a question that names the kind of file gets it.
func TestAskedKinds(t *testing.T) {
	store := indexOf(t, place{"a/b_test.go", "", "count lines again"}, place{"docs/b.md", "", "lines count again"}, place{"examples/b.go", "", "again count lines"})
	for query, file := range map[string]string{"tests that count lines": "a/b_test.go", "documentation of count lines": "docs/b.md", "example of count lines": "examples/b.go"} {
		for _, h := range ask(t, store, search.Options{}, search.Request{Query: query}).Hits {
			if lowered := h.Parts.Signals["unasked"] < 0; lowered != (h.Path != file) && h.Score > 0 {
				t.Errorf("%s: %s has %v", query, h.Path, h.Parts.Signals)
			}
		}
	}
}

// TestSignalsNeedAQuestion: code is looked for by what it is.
func TestSignalsNeedAQuestion(t *testing.T) {
	store := indexOf(t, place{"a/count.go", "count", "count lines again"}, place{"a/b_test.go", "", "lines count again"})
	for _, h := range ask(t, store, search.Options{}, search.Request{Code: "count lines"}).Hits {
		if h.Parts.Signals != nil {
			t.Errorf("%s: %v", h.Path, h.Parts.Signals)
		}
	}
}

// TestMoreHitsSameOrder: asking for more hits changes neither order nor scores of the first ones.
func TestMoreHitsSameOrder(t *testing.T) {
	var places []place
	for i := range 260 {
		places = append(places, place{fmt.Sprintf("p%d/count%d_test.go", i%7, i%50), fmt.Sprintf("count%d", i), fmt.Sprintf("count %d lines of %d files with %d words", i, i%13, i%5)})
	}
	store := indexOf(t, places...)
	for _, mode := range []search.Mode{search.Hybrid, search.Dense, search.Lexical} {
		few := ask(t, store, search.Options{}, search.Request{Query: "count lines of 12 files", Mode: mode, Depth: 300})
		many := ask(t, store, search.Options{}, search.Request{Query: "count lines of 12 files", Mode: mode, Depth: 300, K: 60})
		for i, h := range few.Hits {
			if o := many.Hits[i]; o.Path != h.Path || o.StartLine != h.StartLine || math.Abs(o.Score-h.Score) > 1e-9 {
				t.Errorf("%s, %d: %s %v, of more hits %s %v", mode, i, h.Path, h.Score, o.Path, o.Score)
			}
		}
	}
}
