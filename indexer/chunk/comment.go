package chunk

import (
	"regexp"
	"strings"
)

// This file turns comments into the text of Doc.

// directive is a comment for a tool rather than for people: "//go:generate", "//nolint:x", "# -*- coding".
var directive = regexp.MustCompile(`^(//[a-z]+:[a-z]|//nolint|# -\*-|#!|# (type|noqa|pylint|rubocop|shellcheck)[: ]|/[/*] (eslint|@ts-)|// \+build)`)

// docOf returns the documentation of a definition; lead are the comments and attributes before it.
func (s *splitter) docOf(d definition, lead []*node) string {
	doc := ""
	if d.rule.doc != nil {
		doc = d.rule.doc(d.core)
	}
	if doc == "" {
		var parts []string
		for _, c := range lead {
			if s.g.isComment(c) && !directive.MatchString(c.text()) {
				parts = append(parts, stripComment(clip(c.text(), 2*maxDoc)))
			}
		}
		doc = strings.Join(parts, "\n")
	}
	if s.g.clean != nil {
		doc = s.g.clean(doc)
	}
	return tidy(doc)
}

// tidy trims a documentation text and bounds it.
func tidy(doc string) string {
	doc = strings.ToValidUTF8(strings.TrimSpace(doc), "\uFFFD")
	return strings.TrimSpace(clip(doc, maxDoc))
}

// stripComment takes the markers off a comment of any of the languages: //, ///, //!, #, ##, /* */, /** */ with a
// column of stars, =begin =end.
func stripComment(text string) string {
	text = strings.TrimSpace(text)
	block := false
	if rest, ok := strings.CutPrefix(text, "/*"); ok {
		block = true
		text = strings.TrimSuffix(rest, "*/")
		text = strings.TrimLeft(text, "*!")
		text = strings.TrimRight(text, "*")
	} else if rest, ok := strings.CutPrefix(text, "=begin"); ok {
		text = strings.TrimSuffix(rest, "=end")
	}
	all := strings.Split(text, "\n")
	for i, line := range all {
		line = strings.TrimRight(line, " \t\r")
		switch trimmed := strings.TrimLeft(line, " \t"); {
		case block && i > 0 && strings.HasPrefix(trimmed, "*"):
			line = strings.TrimPrefix(trimmed[1:], " ")
		case block:
			line = strings.TrimPrefix(line, " ")
		case strings.HasPrefix(trimmed, "//"):
			line = strings.TrimPrefix(strings.TrimLeft(trimmed, "/!"), " ")
		case strings.HasPrefix(trimmed, "#"):
			line = strings.TrimPrefix(strings.TrimLeft(trimmed, "#"), " ")
		}
		all[i] = line
	}
	return dedent(all)
}

// dedent joins lines without the indentation that all but the first share.
func dedent(all []string) string {
	indent := -1
	for i, line := range all {
		trimmed := strings.TrimLeft(line, " \t")
		if n := len(line) - len(trimmed); i > 0 && trimmed != "" && (indent < 0 || n < indent) {
			indent = n
		}
	}
	for i := 1; i < len(all) && indent > 0; i++ {
		all[i] = all[i][min(indent, len(all[i])):]
	}
	return strings.TrimSpace(strings.Join(all, "\n"))
}
