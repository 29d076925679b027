package search

import (
	"slices"
	"strings"

	"loradex/search/tokens"
)

// This file raises hits whose symbols the query says.

// names are the words of a query as they may name things.
type names struct {
	words []string // as package tokens splits them
	// wholes are the identifiers of the query without case and "_": parseconfig for ParseConfig and parse_config.
	wholes []string
}

func namesOf(query string) names {
	var n names
	query = tokens.Normal(query)
	n.words = tokens.Unique(query)
	fields := strings.FieldsFunc(query, func(r rune) bool { return !isNameRune(r) })
	for _, f := range fields {
		if w := whole(f); w != "" && !slices.Contains(n.wholes, w) {
			n.wholes = append(n.wholes, w)
		}
	}
	return n
}

func isNameRune(r rune) bool {
	return r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r > 127
}

// whole is an identifier without case and "_".
func whole(id string) string { return strings.ToLower(strings.ReplaceAll(tokens.Normal(id), "_", "")) }

// symbol is how much the query says of the name of a hit: 1 where it says the whole of it, in part where it says parts; the most of
// all definitions in its lines.
func (e *evidence) symbol(h *Hit, _ float64) float64 {
	most := e.names.said(h.Symbol)
	for _, s := range h.Symbols {
		most = max(most, e.names.said(s.Name))
	}
	return most
}

// said is how much of a symbol's last name the query says.
func (n names) said(symbol string) float64 {
	name := symbol
	if at := strings.LastIndexAny(name, ".:#/ "); at >= 0 && at+1 < len(name) {
		name = name[at+1:]
	}
	switch {
	case name == "":
		return 0
	case slices.Contains(n.wholes, whole(name)):
		return 1
	}
	return n.share(name)
}

// share is how much of a name of several words the query says, if it says at least two of them and most.
func (n names) share(name string) float64 {
	parts := tokens.Unique(name)
	if len(parts) < 3 { // one word, or (two words and the whole): too weak a sign unless all are said
		return 0
	}
	parts = parts[:len(parts)-1] // the last one is the whole
	said := 0
	for _, p := range parts {
		if slices.Contains(n.words, p) {
			said++
		}
	}
	if said < 2 || 2*said <= len(parts) {
		return 0
	}
	return float64(said) / float64(len(parts))
}
