package search

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"unicode"

	"loradex/indexer"
	"loradex/search/tokens"
)

// This file finds symbols by name, the way editors complete names.

const (
	maxLetters = 64    // of a query for a name that are looked at
	maxNamed   = 20000 // symbols that are compared with it, those with the shortest names
)

// How a name matches, best first.
const (
	exactName   = iota
	sameWords   // but for case and "_"
	namePrefix  // of the last part
	firstHumps  // "rto" for readTimeOut
	laterHumps  // "to" for readTimeOut
	insideName  // of the last part
	insidePath  // of the whole: "server.read"
	lettersOnly // in this order
)

// Symbols returns the definitions whose name matches a query, best first, at most k: exact ones, those that begin with it, those
// whose humps do (rTO for readTimeOut and read_time_out), those that contain it, those that have its letters in their order. A hit
// is one symbol with its own lines; it has no score and no text.
func Symbols(ctx context.Context, reader Reader, trees []indexer.Tree, query string, k int) ([]Hit, error) {
	letters := []rune(strings.NewReplacer("::", ".", "->", ".", "#", ".").Replace(strings.Join(strings.Fields(tokens.Normal(query)), "")))
	letters = letters[:min(len(letters), maxLetters)]
	if len(letters) == 0 {
		return []Hit{}, nil
	}
	text := string(letters)
	found, err := reader.Named(ctx, trees, text, maxNamed)
	if err != nil {
		return nil, err
	}
	type match struct {
		Named
		how int
	}
	matches := make([]match, len(found))
	for i, n := range found {
		matches[i] = match{n, howNamed(n.Symbol.Name, text)}
	}
	slices.SortStableFunc(matches, func(a, b match) int {
		return cmp.Or(cmp.Compare(a.how, b.how), cmp.Compare(len(a.Symbol.Name), len(b.Symbol.Name)), cmp.Compare(a.Symbol.Name, b.Symbol.Name), cmp.Compare(a.ID, b.ID))
	})
	matches = matches[:min(len(matches), 2*k)] // a definition that was split is there several times
	ids := make([]ID, len(matches))
	for i, m := range matches {
		ids[i] = m.ID
	}
	chunks, err := reader.Chunks(ctx, trees, ids)
	if err != nil {
		return nil, err
	}
	type place struct {
		repo, path string
		symbol     indexer.Symbol
	}
	seen := map[place]bool{}
	hits := make([]Hit, 0, min(k, len(matches)))
	for i, m := range matches {
		c := &chunks[i]
		h := Hit{
			id: m.ID, Path: c.Path, Language: c.Language, Symbol: m.Symbol.Name, Kind: m.Symbol.Kind,
			StartLine: m.Symbol.StartLine, EndLine: m.Symbol.EndLine, Symbols: []indexer.Symbol{m.Symbol},
		}
		if t := c.Tree; t != nil {
			h.Repo, h.Branch = t.State.Repo, t.Branch
		}
		if p := (place{h.Repo, h.Path, m.Symbol}); !seen[p] && len(hits) < k {
			seen[p] = true
			hits = append(hits, h)
		}
	}
	return hits, nil
}

// howNamed says how a name matches a query that [HasLetters] finds in it.
func howNamed(name, query string) int {
	last := name[strings.LastIndexByte(name, '.')+1:]
	if i := strings.LastIndex(name, " > "); i >= 0 {
		last = name[i+3:]
	}
	low, lowQuery := strings.ToLower(last), strings.ToLower(query)
	switch {
	case last == query, name == query:
		return exactName
	case whole(last) == whole(query), whole(name) == whole(query):
		return sameWords
	case strings.HasPrefix(low, lowQuery):
		return namePrefix
	}
	humps, first := humpsOf([]rune(last)), []rune(lowQuery)
	switch {
	case matchHumps([]rune(low), humps, first, true):
		return firstHumps
	case matchHumps([]rune(low), humps, first, false):
		return laterHumps
	case strings.Contains(low, lowQuery):
		return insideName
	case strings.Contains(strings.ToLower(name), lowQuery):
		return insidePath
	}
	return lettersOnly
}

// humpsOf says of each letter whether a word of the name begins with it.
func humpsOf(name []rune) []bool {
	out := make([]bool, len(name))
	for i, r := range name {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			continue
		}
		before := rune('_')
		if i > 0 {
			before = name[i-1]
		}
		out[i] = !unicode.IsLetter(before) && !unicode.IsDigit(before) || unicode.IsUpper(r) && !unicode.IsUpper(before) ||
			unicode.IsDigit(r) != unicode.IsDigit(before) || unicode.IsUpper(r) && i+1 < len(name) && unicode.IsLower(name[i+1])
	}
	return out
}

// matchHumps says whether a query is made of beginnings of a name's words, in their order; from the first one on, if that is asked
// for. Both are in lower case.
func matchHumps(name []rune, humps []bool, query []rune, fromFirst bool) bool {
	if len(name) != len(humps) { // lower case is longer in a few scripts
		return false
	}
	// ends[i]: the part of the query so far can end right before letter i of the name.
	ends := make([]bool, len(name)+1)
	for n, letter := range query {
		next := make([]bool, len(name)+1)
		started, seen := false, false // a match ends further left; a word began further left
		for i := range name {
			started = started || ends[i]
			begins := humps[i] && (n > 0 && started || n == 0 && (!fromFirst || !seen))
			seen = seen || humps[i]
			if name[i] == letter && (begins || n > 0 && ends[i]) {
				next[i+1] = true
			}
		}
		ends = next
	}
	return slices.Contains(ends, true)
}
