package search

import (
	"path"
	"slices"
	"strings"

	"loradex/search/tokens"
)

// This file raises hits whose names the query says.

// names are the words of a query as they may name things.
type names struct {
	words []string // as package tokens splits them
	// wholes are the identifiers of the query without case and "_": parseconfig for ParseConfig and parse_config.
	wholes []string
	// alone tells that the query is one identifier: somebody looks for its definition.
	alone bool
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
	last := strings.TrimSpace(query)
	// Receiver and package come with a name at times: Store.Close, std::vector.
	n.alone = len(fields) > 0 && !strings.ContainsAny(last, " \t\n") && len(fields) <= 3
	if n.alone {
		n.wholes = n.wholes[len(n.wholes)-1:]
	}
	return n
}

func isNameRune(r rune) bool {
	return r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r > 127
}

// whole is an identifier without case and "_".
func whole(id string) string { return strings.ToLower(strings.ReplaceAll(tokens.Normal(id), "_", "")) }

// boost says how much the names of a chunk raise it: by symbol where the query says its whole name (by six times as
// much where the query is nothing else), in part where it says parts of it; by file where it names the file.
func (n names) boost(c *Stored, symbol, file float64) float64 {
	total := 0.0
	if symbol > 0 && c.Chunk.Symbol != "" {
		name := c.Chunk.Symbol
		if at := strings.LastIndexAny(name, ".:#/"); at >= 0 && at+1 < len(name) {
			name = name[at+1:]
		}
		switch {
		case slices.Contains(n.wholes, whole(name)) && n.alone:
			total += 6 * symbol
		case slices.Contains(n.wholes, whole(name)):
			total += symbol
		default:
			total += symbol * n.share(name)
		}
	}
	if file > 0 {
		stem, _, _ := strings.Cut(path.Base(c.Path), ".")
		if slices.Contains(n.wholes, whole(stem)) {
			total += file
		}
	}
	return total
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
