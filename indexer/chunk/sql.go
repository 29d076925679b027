package chunk

import (
	"bytes"
	"regexp"
	"strings"
)

// sqlGrammar goes by a plain rule, for all dialects: what CREATE makes. Indexes and the like stay with what is around them.
func sqlGrammar() *grammar {
	named := func(kind string) []rule { return one(rule{kind: kind, name: sqlName, whole: true}) }
	g := &grammar{
		name:     "sql",
		version:  "2", // 1 was windows
		comments: []string{plainComment},
		clean:    dashDoc,
		plain:    &plainRule{define: sqlCreate, end: sqlEnd, line: "--", quotes: "'", dollars: true},
		rules:    map[string][]rule{},
	}
	for kind, nodes := range map[string][]string{
		KindType:     {"table", "view", "type", "domain"},
		KindFunction: {"function", "procedure", "proc", "trigger", "aggregate", "macro"},
		KindModule:   {"schema", "database", "package", "package body"},
	} {
		for _, n := range nodes {
			g.rules[n] = named(kind)
		}
	}
	return g
}

var (
	sqlCreate = regexp.MustCompile(`(?im)^[ \t]*create\s+(?:or\s+(?:replace|alter)\s+)?` +
		`(?:(?:global|local|temp|temporary|unlogged|external|foreign|virtual|materialized|recursive|constraint|editionable|noneditionable|algorithm\s*=\s*\w+|definer\s*=\s*\S+|sql\s+security\s+\w+)\s+)*` +
		`(table|view|type|domain|function|procedure|proc|trigger|aggregate|macro|schema|database|package\s+body|package)\s+(?:if\s+not\s+exists\s+)?` +
		"((?:[\"`\\[]?[\\w$]+[\"`\\]]?\\s*\\.\\s*)*[\"`\\[]?[\\w$]+[\"`\\]]?)")
	// sqlNext begins another statement whatever has become of the one before.
	sqlNext = regexp.MustCompile(`(?im)^(?:create|alter|drop|insert|grant|comment\s+on|delimiter|go)\b`)
	// sqlBlock is the beginning of a body with statements, sqlBlockEnd its end.
	sqlBlock    = regexp.MustCompile(`(?i)\b(?:begin|is|as)\b[^;]*$`)
	sqlBegin    = regexp.MustCompile(`(?i)\bbegin\b`)
	sqlBlockEnd = regexp.MustCompile(`(?im)^end\b[^\n]*`)
)

// sqlEnd is behind the mark that ends a statement; where it has a body, behind the END at the beginning of a line.
func sqlEnd(code []byte, at []int) int {
	end := len(code)
	if next := sqlNext.FindIndex(code[at[1]:]); next != nil {
		end = at[1] + next[0]
	}
	mark := bytes.IndexByte(code[at[1]:end], ';')
	if mark < 0 {
		return end
	}
	if head := code[at[1] : at[1]+mark]; sqlBlock.Match(head) && sqlBegin.Match(code[at[1]:end]) {
		if last := sqlBlockEnd.FindIndex(code[at[1]:end]); last != nil {
			return at[1] + last[1]
		}
		return end
	}
	return at[1] + mark + 1
}

// sqlName is a name without quotes.
func sqlName(n *node) string {
	return strings.Join(strings.FieldsFunc(nameField(n), func(r rune) bool { return strings.ContainsRune("\"`[] \t\r\n", r) }), "")
}
