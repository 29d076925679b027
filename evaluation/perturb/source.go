package perturb

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"loradex/indexer/chunk"
	"loradex/internal/fault"
)

// source is a text that parses without a mistake.
type source struct {
	language string
	text     string // with the frame
	frame    frame
	root     *chunk.Syntax
	parents  map[*chunk.Syntax]*chunk.Syntax // made by above
}

// frame is what a fragment stands in, to be a whole program.
type frame struct{ before, after string }

// frames are tried in order: data sets hold methods without their class, and functions without a name. An indented frame
// would change the meaning of Python, which needs none.
func frames(language string) []frame {
	switch language {
	case "java", "c#", "c++":
		return []frame{{}, {"class X {\n", "\n}"}, {"class X {\n", "\n};"}}
	case "javascript", "typescript", "tsx":
		return []frame{{}, {"(", "\n)"}, {"class X {\n", "\n}"}, {"({\n", "\n})"}}
	case "php":
		return []frame{{"<?php\n", ""}, {}, {"<?php\nclass X {\n", "\n}"}}
	}
	return []frame{{}}
}

// parse returns a source, or nil where the parser finds a mistake.
func parse(ctx context.Context, language, text string) (*source, error) {
	for _, f := range frames(language) {
		if f.before != "" && strings.HasPrefix(f.before, "<?php") && strings.Contains(text, "<?") {
			continue // it says itself where PHP begins
		}
		src, err := parseIn(ctx, language, f, f.before+text+f.after)
		if src != nil || err != nil {
			return src, err
		}
	}
	return nil, nil //nolint:nilnil // documented: a text with a mistake is no error
}

// parseIn parses a text with its frame, as parse.
func parseIn(ctx context.Context, language string, f frame, text string) (*source, error) {
	root, err := chunk.ParseSyntax(ctx, language, []byte(text))
	switch {
	case fault.CodeOf(err) == fault.Invalid || err == nil && root.Errors() > 0:
		return nil, nil //nolint:nilnil // as parse
	case err != nil:
		return nil, err
	}
	return &source{language: language, text: text, frame: f, root: root}, nil
}

// own is the text without the frame.
func (s *source) own() string { return s.text[len(s.frame.before) : len(s.text)-len(s.frame.after)] }

// at is the text of a node.
func (s *source) at(n *chunk.Syntax) string { return s.text[n.Start:n.End] }

// above returns the parent of a node; nil for the root and for nil.
func (s *source) above(n *chunk.Syntax) *chunk.Syntax {
	if s.parents == nil {
		s.parents = map[*chunk.Syntax]*chunk.Syntax{}
		s.root.Walk(func(n *chunk.Syntax) bool {
			for _, c := range n.Children {
				s.parents[c] = n
			}
			return true
		})
	}
	return s.parents[n]
}

// edit replaces a part of a text.
type edit struct {
	start, end int
	text       string
}

// attempt is a change of a source; holds tells whether the new text is as promised.
type attempt struct {
	edits []edit
	holds func(before, after *source) bool
}

// apply returns the text with edits made. Those that touch the frame, or one before, are left out;
// of removals, the part that does.
func (s *source) apply(edits []edit) string {
	edits = slices.Clone(edits)
	slices.SortStableFunc(edits, func(a, b edit) int { return cmp.Compare(a.start, b.start) })
	var b strings.Builder
	at, end := len(s.frame.before), len(s.text)-len(s.frame.after)
	b.WriteString(s.text[:at])
	for _, e := range edits {
		if e.start < at && e.text == "" && e.end > at {
			e.start = at // two removals of one line end
		}
		if e.start < at || e.end > end {
			continue
		}
		b.WriteString(s.text[at:e.start])
		b.WriteString(e.text)
		at = e.end
	}
	b.WriteString(s.text[at:])
	return b.String()
}

// shape writes the named nodes of a tree as brackets: equal shapes are equal trees, whatever the leaves say.
func shape(n *chunk.Syntax) string {
	var b strings.Builder
	var walk func(n *chunk.Syntax)
	walk = func(n *chunk.Syntax) {
		if n.Named {
			b.WriteString("(" + n.Kind)
		}
		for _, c := range n.Children {
			walk(c)
		}
		if n.Named {
			b.WriteByte(')')
		}
	}
	walk(n)
	return b.String()
}
