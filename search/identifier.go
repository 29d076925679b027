package search

import (
	"context"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"loradex/indexer/chunk"
	"loradex/search/tokens"
)

// This file puts what is asked for by its exact name first: chunks that define it, then chunks that contain it, then the rest.

// identifier is a query that is one name.
type identifier struct {
	path  []string // the name's parts as written: "Store", "Close"
	word  string   // of the last part, as package tokens splits it: the whole of it
	plain bool     // it may be a word of a language as well: it counts as a name only where something has it
}

// Tiers of hits, best first.
const (
	defines      = iota // the definition begins in the chunk
	definesOther        // a later part of it, a module of this name, or one that is written in another way
	contains            // as it is written
	holds               // in another way of writing
	rest
)

// identifierOf returns the name that a query is; false where it is none.
func identifierOf(query string) (id identifier, ok bool) {
	text := strings.TrimSpace(tokens.Normal(query))
	called := strings.TrimSuffix(text, "()")
	id.path = strings.FieldsFunc(called, func(r rune) bool { return !isNameRune(r) })
	if len(id.path) == 0 || len(id.path) > 5 || len(text) > 300 || strings.Join(id.path, "") != strings.NewReplacer("::", "", "->", "", ".", "", "#", "").Replace(called) {
		return id, false
	}
	last := id.path[len(id.path)-1]
	words := tokens.Split(last)
	first, _ := utf8.DecodeRuneInString(last)
	if len(words) == 0 || first != '_' && !unicode.IsLetter(first) || tokens.Dense(first) {
		return id, false
	}
	id.word = words[len(words)-1]
	id.plain = len(words) == 1 && len(id.path) == 1 && called == text && !strings.Contains(last, "_")
	return id, true
}

// tierOf says what a chunk is to the name. held tells that its words hold it.
func (id *identifier) tierOf(c *Stored, held bool) int {
	last := id.path[len(id.path)-1]
	tier := rest
	for _, s := range c.Chunk.Symbols {
		parts := strings.FieldsFunc(tokens.Normal(s.Name), func(r rune) bool { return !isNameRune(r) })
		if len(parts) == 0 || whole(parts[len(parts)-1]) != whole(last) {
			continue
		}
		same := len(parts) >= len(id.path) && slices.Equal(parts[len(parts)-len(id.path):], id.path)
		begins := c.Chunk.StartLine <= s.StartLine && s.StartLine <= c.Chunk.EndLine
		if same && begins && s.Kind != chunk.KindModule {
			return defines
		}
		tier = definesOther
	}
	switch {
	case tier != rest:
	case containsName(tokens.Normal(c.Chunk.Text), last), containsName(tokens.Normal(c.Chunk.Doc), last):
		return contains
	case held:
		return holds
	}
	return tier
}

// containsName says whether a text has a name with nothing of a name before and behind it.
func containsName(text, name string) bool {
	for at := 0; ; {
		i := strings.Index(text[at:], name)
		if i < 0 {
			return false
		}
		i += at
		before, _ := utf8.DecodeLastRuneInString(text[:i])
		behind, _ := utf8.DecodeRuneInString(text[i+len(name):])
		if (i == 0 || !isNameRune(before)) && (i+len(name) == len(text) || !isNameRune(behind)) {
			return true
		}
		at = i + len(name)
	}
}

// findName looks for the chunks whose words hold the name that the query is, however they rank, and adds those that the
// ranking by words lacks at its end.
func (q *query) findName(ctx context.Context, words []Scored) ([]Scored, error) {
	q.name, q.held = nil, nil
	id, ok := identifierOf(q.r.Query)
	if !ok {
		return words, nil
	}
	found, _, err := q.reader.Lexical(ctx, Terms([]string{id.word}), q.r.Filter, q.r.Depth)
	if err != nil || len(found) == 0 {
		return words, err
	}
	q.name, q.held = &id, make(map[ID]bool, len(found))
	there := make(map[ID]bool, len(words))
	for _, h := range words {
		there[h.ID] = true
	}
	for _, h := range found {
		q.held[h.ID] = true
		if !there[h.ID] {
			words = append(words, h)
		}
	}
	return words, nil
}

// heldFirst moves the chunks whose words hold the name to the front of a list, as a list is cut before its chunks are read.
func (q *query) heldFirst(list []*fused) []*fused {
	if q.name == nil {
		return list
	}
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b *fused) int {
		switch {
		case q.held[a.id] == q.held[b.id]:
			return 0
		case q.held[a.id]:
			return -1
		}
		return 1
	})
	return list
}

// nameFirst orders hits by what they are to the name that the query is, and raises the scores of those that come before better
// ones by as much as that takes.
func (q *query) nameFirst(hits []Hit) {
	if q.name == nil || q.name.plain && !slices.ContainsFunc(hits, func(h Hit) bool { return h.tier == defines }) {
		return
	}
	q.explain.Stages.Name = strings.Join(q.name.path, ".")
	slices.SortStableFunc(hits, func(a, b Hit) int { return a.tier - b.tier })
	for end := len(hits); end > 0; {
		start := end - 1
		for start > 0 && hits[start-1].tier == hits[end-1].tier {
			start--
		}
		lift := 0.0
		if end < len(hits) {
			lift = max(0, hits[end].Score-hits[end-1].Score+1e-3)
		}
		for i := start; i < end && lift > 0; i++ {
			hits[i].Score += lift
			if hits[i].Parts != nil {
				hits[i].Parts.add("name", lift)
			}
		}
		end = start
	}
}

func isNameRune(r rune) bool {
	return r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r > 127
}

// whole is an identifier without case and "_".
func whole(id string) string { return strings.ToLower(strings.ReplaceAll(tokens.Normal(id), "_", "")) }
