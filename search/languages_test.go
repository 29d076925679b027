package search_test

import (
	"context"
	"math"
	"strings"
	"testing"

	"loradex/adapters"
	"loradex/adapters/adapterstest"
	"loradex/embed"
	"loradex/indexer"
	"loradex/internal/fault"
	"loradex/search"
)

// This file tests language-wise indexes.

// wise makes an index whose languages have mixes.
func wise(t *testing.T, languages map[string]adapters.Mix, plans ...plan) zeroTree {
	t.Helper()
	store := index(t, plans...)
	must(t, store.PutRepo(t.Context(), indexer.RepoState{Repo: "r", Languages: languages}))
	return store
}

var goAndPython = map[string]adapters.Mix{"go": adapterstest.Mix("turn"), "python": adapterstest.Mix("shift")}

// TestSpacesOfLanguages: an index whose languages have different adapters is searched as a whole, with one batch.
func TestSpacesOfLanguages(t *testing.T) {
	// Both spaces, and the base's, hold vectors of the other language from before.
	store := wise(t, goAndPython, plan{mix: "none"}, plan{mix: "turn"}, plan{mix: "shift"})
	for _, mode := range []search.Mode{search.Dense, search.Hybrid} {
		var calls [][]embed.Row
		answer, err := searcher(t, store, bag{calls: &calls}).Search(t.Context(), search.Request{Query: "yaml settings", Mode: mode, Explain: true})
		must(t, err)
		seen := map[string]bool{}
		for i, h := range answer.Hits {
			if h.Adapter != goAndPython[h.Language].String() || seen[h.Path] || h.Scores.Dense == nil {
				t.Errorf("%s: %s of %s has adapter %q, seen %v, scores %+v", mode, h.Path, h.Language, h.Adapter, seen[h.Path], h.Scores)
			}
			if seen[h.Path] = true; math.Abs(h.Score-*h.Scores.Fused-h.Parts.Boost) > 1e-9 || i > 0 && h.Score > answer.Hits[i-1].Score {
				t.Errorf("%s: hit %d has score %v of %+v", mode, i, h.Score, h.Scores)
			}
		}
		if len(seen) != len(sources) || answer.Coverage != 1 {
			t.Errorf("%s: hits %v, coverage %v", mode, seen, answer.Coverage)
		}
		if len(calls) != 1 || len(calls[0]) != 2 || calls[0][0].Role != embed.Query || calls[0][0].Mix.String() == calls[0][1].Mix.String() {
			t.Errorf("%s: encoded in %d calls: %+v", mode, len(calls), calls)
		}
		e := answer.Explain
		if e.Merge != search.MergeCosines || len(e.Spaces) != 2 {
			t.Fatalf("%s: %+v", mode, e)
		}
		for _, s := range e.Spaces {
			if len(s.Languages) != 1 || goAndPython[s.Languages[0]] != s.Mix || s.Adapter != s.Mix || s.Hits != 2 || s.Vectors != 4 || s.Deviation <= 0 {
				t.Errorf("%s: %+v", mode, s)
			}
		}
		merged := map[int]bool{}
		for _, h := range answer.Hits {
			merged[h.Ranks.Merged] = true
		}
		for place := 1; place <= len(sources); place++ {
			if !merged[place] {
				t.Errorf("%s: no hit is at place %d of the merged ranking", mode, place)
			}
		}
	}
}

// TestLanguageFilter: languages that are left out are not searched, nor encoded for.
func TestLanguageFilter(t *testing.T) {
	store := wise(t, goAndPython, plan{"turn", []string{"go"}}, plan{"shift", []string{"python"}})
	for _, c := range []struct {
		languages []string
		rows      int // of the batch
		hits      int
	}{{nil, 2, 4}, {[]string{"Python"}, 1, 2}, {[]string{"python", "go", "cobol"}, 2, 4}, {[]string{"cobol"}, 0, 0}} {
		var calls [][]embed.Row
		r := search.Request{Query: "yaml settings", Mode: search.Dense, Filter: search.Filter{Languages: c.languages}}
		answer, err := searcher(t, store, bag{calls: &calls}).Search(t.Context(), r)
		must(t, err)
		rows := 0
		for _, call := range calls {
			rows += len(call)
		}
		if rows != c.rows || len(calls) > 1 || len(answer.Hits) != c.hits || answer.Mode != search.Dense || answer.Coverage != 1 {
			t.Errorf("%q: %d rows in %d calls, %d hits, mode %s, coverage %v", c.languages, rows, len(calls), len(answer.Hits), answer.Mode, answer.Coverage)
		}
	}
}

// lacking is an encoder whose library has lost an adapter.
type lacking struct {
	bag
	name string
}

func (l lacking) Space(ctx context.Context, mix adapters.Mix) (embed.Space, error) {
	if mix.String() == l.name {
		return embed.Space{}, fault.New(fault.NotFound, "adapter %q is unknown; known: turn", l.name)
	}
	return l.bag.Space(ctx, mix)
}

func TestMissingAdapter(t *testing.T) {
	store := wise(t, goAndPython, plan{"turn", []string{"go"}}, plan{"shift", []string{"python"}})
	s := searcher(t, store, lacking{name: "shift"})
	_, err := s.Search(t.Context(), search.Request{Query: "yaml settings"})
	if fault.CodeOf(err) != fault.NotFound || !strings.Contains(err.Error(), `python with "shift"`) || !strings.Contains(fault.HintOf(err), "--language-wise") {
		t.Errorf("%v (%s), hint %q", err, fault.CodeOf(err), fault.HintOf(err))
	}
	// Nobody needs it for Go, nor for words.
	for _, r := range []search.Request{
		{Query: "yaml settings", Filter: search.Filter{Languages: []string{"go"}}}, {Query: "yaml settings", Mode: search.Lexical},
	} {
		if answer, err := s.Search(t.Context(), r); err != nil || len(answer.Hits) == 0 {
			t.Errorf("%+v: %v", r, err)
		}
	}
	// The default space of any other index.
	_, err = searcher(t, index(t, plan{mix: "shift"}), lacking{name: "shift"}).Search(t.Context(), search.Request{Query: "yaml"})
	if fault.CodeOf(err) != fault.NotFound || !strings.Contains(err.Error(), `"shift"`) || !strings.Contains(fault.HintOf(err), "--drop-space 'shift'") {
		t.Errorf("%v (%s), hint %q", err, fault.CodeOf(err), fault.HintOf(err))
	}
}

// TestChangedAdapterOfLanguage: vectors of the adapter as it was are not compared with queries of what it is now.
func TestChangedAdapterOfLanguage(t *testing.T) {
	store := wise(t, goAndPython, plan{"turn", []string{"go"}}, plan{"shift", []string{"python"}})
	_, err := searcher(t, store, bag{base: "other"}).Search(t.Context(), search.Request{Query: "yaml"})
	if fault.CodeOf(err) != fault.Conflict || fault.HintOf(err) != "run `loradex index`" {
		t.Errorf("%v (%s), hint %q", err, fault.CodeOf(err), fault.HintOf(err))
	}
}

// TestLanguagesBeforeTheyAreComplete: while the spaces of the languages are filled, the default space goes on answering.
func TestLanguagesBeforeTheyAreComplete(t *testing.T) {
	ask := func(store zeroTree) *search.Response {
		t.Helper()
		answer, err := searcher(t, store, bag{}).Search(t.Context(), search.Request{Query: "yaml settings", Mode: search.Dense, Explain: true})
		must(t, err)
		return answer
	}
	store := wise(t, goAndPython, plan{mix: "none"}, plan{"turn", []string{"go"}})
	answer := ask(store)
	if len(answer.Explain.Spaces) != 1 || answer.Explain.Spaces[0].Mix.String() != "none" || answer.Explain.Reason == "" || answer.Coverage != 1 || len(answer.Hits) != 4 {
		t.Errorf("%+v, coverage %v", answer.Explain, answer.Coverage)
	}
	fill(t, store, plan{"shift", []string{"python"}}, false)
	if answer := ask(store); len(answer.Explain.Spaces) != 2 || answer.Explain.Reason != "" || answer.Coverage != 1 {
		t.Errorf("complete: %+v, coverage %v", answer.Explain, answer.Coverage)
	}
	// Without anything better, half of the chunks are half of the coverage, though the space holds vectors of others.
	half := wise(t, goAndPython, plan{mix: "turn"})
	if answer := ask(half); answer.Explain.Spaces[0].Mix.String() != "turn" || answer.Coverage != 1 || answer.Explain.Reason == "" {
		t.Errorf("the default space has all chunks: %+v, coverage %v", answer.Explain, answer.Coverage)
	}
	partly := wise(t, goAndPython, plan{"turn", []string{"go"}}, plan{"shift", []string{"go"}})
	if answer := ask(partly); answer.Coverage != 0.5 || len(answer.Hits) != 2 || len(answer.Explain.Spaces) != 1 {
		t.Errorf("vectors of another language count: coverage %v, %+v", answer.Coverage, answer.Explain)
	}
}
