package search_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"loradex/indexer"
	"loradex/internal/fault"
	"loradex/search"
)

// This file tests the stages around fusion: boosts, folding, diversity, reranking. Each can be switched off.

// place is a chunk of a test's index.
type place struct{ path, symbol, text string }

// indexOf makes an index of chunks, each in its own file unless paths are equal, with vectors in the base's space.
func indexOf(t *testing.T, places ...place) zeroTree {
	t.Helper()
	ctx := t.Context()
	store := open(t)
	byPath := map[string]*indexer.File{}
	var order []string
	for _, p := range places {
		f := byPath[p.path]
		if f == nil {
			f = &indexer.File{Path: p.path, Language: "go", Blob: fmt.Sprintf("%040d", len(order))}
			byPath[p.path] = f
			order = append(order, p.path)
		}
		line := 10*len(f.Chunks) + 1
		c := indexer.Chunk{StartLine: line, EndLine: line + 5, Symbol: p.symbol, Kind: "function", Text: p.text}
		if p.symbol != "" {
			c.Symbols = []indexer.Symbol{{Name: p.symbol, Kind: "function", StartLine: line, EndLine: line + 5}}
		}
		f.Chunks = append(f.Chunks, c)
		f.Texts = append(f.Texts, p.text)
	}
	for _, path := range order {
		must(t, store.PutFiles(ctx, "c1", []indexer.File{*byPath[path]}))
	}
	fill(t, store, plan{mix: "none"}, true)
	must(t, store.PutRepo(ctx, indexer.RepoState{Repo: "r"}))
	return store
}

func ask(t *testing.T, store search.Reader, o search.Options, r search.Request) *search.Response {
	t.Helper()
	s, err := search.New(store, bag{}, o)
	must(t, err)
	r.Explain = true
	answer, err := s.Search(t.Context(), r)
	must(t, err)
	return answer
}

func paths(answer *search.Response) string {
	var out []string
	for _, h := range answer.Hits {
		out = append(out, h.Path)
	}
	return strings.Join(out, " ")
}

// TestDefinitionComesFirst: a query that is a name finds what bears it before what speaks of it.
func TestDefinitionComesFirst(t *testing.T) {
	store := indexOf(t,
		place{"use.go", "main", "call ParseConfig and ParseConfig again, then ParseConfig, as everyone does"},
		place{"parse.go", "ParseConfig", "func ParseConfig reads yaml from disk into a struct and returns an error"},
		place{"other.go", "Other", "nothing of it"}, place{"more.go", "More", "another thing"}, place{"last.go", "Last", "the end"})
	for _, query := range []string{"ParseConfig", "parse_config", "pkg.ParseConfig"} {
		answer := ask(t, store, search.Options{}, search.Request{Query: query})
		if h := answer.Hits[0]; h.Path != "parse.go" || h.Parts.Boost <= 0 {
			t.Errorf("%s: %s, %+v", query, paths(answer), h.Parts)
		}
	}
}

func TestFolding(t *testing.T) {
	store := indexOf(t,
		place{"a.go", "", "open the archive and read its first entry"},
		place{"vendor/a.go", "", "open  the archive\n\tand read its first entry"},
		place{"near.go", "", "open the archive and read its first entry now archive archive the the entry entry open open read read and and its its first first open the archive and read its first entry"},
		place{"b.go", "", "write an archive to disk"})
	for _, c := range []struct {
		fold   search.Fold
		hits   int
		copies int
	}{{"", 3, 1}, {search.FoldSame, 3, 1}, {search.FoldNone, 4, 0}, {search.FoldNear, 2, 2}} {
		answer := ask(t, store, search.Options{Fold: c.fold}, search.Request{Query: "open archive read entry"})
		copies := 0
		for _, h := range answer.Hits {
			copies += len(h.Copies)
		}
		if len(answer.Hits) != c.hits || copies != c.copies || answer.Explain.Folded != c.copies {
			t.Errorf("%q: %s with %d copies, %d folded", c.fold, paths(answer), copies, answer.Explain.Folded)
		}
	}
}

// TestDiversity: with a penalty another file comes between the hits of one; without, they stand together.
func TestDiversity(t *testing.T) {
	store := indexOf(t,
		place{"a.go", "", "fetch the page over http"}, place{"a.go", "", "fetch the page over http with cookies"},
		place{"a.go", "", "fetch the page over http with headers"}, place{"b.go", "", "fetch a page of something else entirely"})
	if got := paths(ask(t, store, search.Options{Diversity: -1}, search.Request{Query: "fetch page http"})); got != "a.go a.go a.go b.go" {
		t.Errorf("without: %s", got)
	}
	answer := ask(t, store, search.Options{Diversity: 5}, search.Request{Query: "fetch page http"})
	if got := paths(answer); got != "a.go b.go a.go a.go" {
		t.Errorf("with: %s", got)
	}
	if !slices.IsSortedFunc(answer.Hits, func(x, y search.Hit) int {
		if x.Score < y.Score {
			return 1
		}
		return -1
	}) {
		t.Errorf("scores are not in the order of the hits")
	}
}

// byLength is a reranker that likes short texts.
type byLength struct {
	asked int
	wrong bool
}

func (r *byLength) Score(_ context.Context, _ string, texts []string) ([]float32, error) {
	r.asked = len(texts)
	scores := make([]float32, len(texts))
	for i, text := range texts {
		scores[i] = -float32(len(text))
	}
	if r.wrong {
		return scores[1:], nil
	}
	return scores, nil
}

func TestRerank(t *testing.T) {
	defer fault.ExpectBugs()()
	store := index(t, plan{mix: "none"})
	r := &byLength{}
	for _, mode := range []search.Mode{search.Hybrid, search.Dense, search.Lexical} {
		answer := ask(t, store, search.Options{Reranker: r}, search.Request{Query: "yaml settings", Mode: mode})
		for i, h := range answer.Hits {
			if h.Scores.Rerank == nil || i > 0 && len(h.Text) < len(answer.Hits[i-1].Text) {
				t.Errorf("%s: hit %d is %s", mode, i, h.Path)
			}
		}
		if r.asked != len(answer.Hits) || answer.Explain.Stages.Reranked != 50 {
			t.Errorf("%s: %d texts for %d hits", mode, r.asked, len(answer.Hits))
		}
	}
	answer := ask(t, store, search.Options{Reranker: r, RerankDepth: 1}, search.Request{Query: "yaml settings"})
	if r.asked != 1 || answer.Hits[0].Scores.Rerank == nil || answer.Hits[1].Scores.Rerank != nil {
		t.Errorf("depth 1: %d texts", r.asked)
	}
	s, err := search.New(store, bag{}, search.Options{Reranker: &byLength{wrong: true}})
	must(t, err)
	if _, err := s.Search(t.Context(), search.Request{Query: "yaml settings"}); fault.CodeOf(err) != fault.Internal {
		t.Errorf("too few scores: %v", err)
	}
}

// TestQuestionWords: the words that a question is asked with weigh little, and all words can be asked for.
func TestQuestionWords(t *testing.T) {
	store := indexOf(t, place{"a.go", "", "how do i what is the"}, place{"b.go", "", "parse the date"})
	r := search.Request{Query: "how do i parse a date", Mode: search.Lexical}
	if got := paths(ask(t, store, search.Options{}, r)); got != "b.go a.go" {
		t.Errorf("content: %s", got)
	}
	if got := paths(ask(t, store, search.Options{AllWords: true}, r)); got != "a.go b.go" {
		t.Errorf("all words: %s", got)
	}
}
