package perturb

import (
	"slices"
	"strings"
)

// This file lays white space anew.

// layOut changes the white space between tokens: first all of it, and where that would change the tree, indentation and
// blank lines alone.
func layOut(s *source, o Options) []attempt {
	style := drawStyle(s, o)
	plain := style
	plain.braces, plain.commas, plain.operators, plain.runs = keep, keep, keep, false
	return []attempt{{s.lay(style), sameCode}, {s.lay(plain), sameCode}}
}

// sameCode tells whether two sources have the same named nodes and the same tokens.
func sameCode(before, after *source) bool {
	x, y := before.tokens(), after.tokens()
	if len(x) != len(y) {
		return false
	}
	for i := range x {
		if before.textOf(x[i]) != after.textOf(y[i]) {
			return false
		}
	}
	return shape(before.root) == shape(after.root)
}

// choice is what happens to a kind of gap.
type choice int

const (
	keep  choice = iota
	tight        // no white space
	wide         // a space; before a brace, a new line
)

// style is the layout that a text gets.
type style struct {
	unit       int  // columns of one step of indentation, as the text is
	width      int  // spaces of a step, as it will be
	tabs       bool // a tab for a step in their place
	airy       bool // blank lines are added, else taken out
	braces     choice
	commas     choice
	operators  choice
	runs       bool // several spaces become one
	blankDraws func() bool
}

// drawStyle draws a style that differs from what the text has.
func drawStyle(s *source, o Options) style {
	rng := o.source(Layout, s.own())
	st := style{unit: unitOf(s), runs: true, airy: rng.IntN(2) == 0}
	st.blankDraws = func() bool { return rng.Float64() < 0.25 }
	widths := slices.DeleteFunc([]int{2, 3, 4, 8}, func(w int) bool { return w == st.unit })
	st.width = widths[rng.IntN(len(widths))]
	st.tabs = rng.IntN(4) == 0 && !strings.Contains(s.own(), "\n\t")
	draw := func() choice { return []choice{tight, wide}[rng.IntN(2)] }
	st.braces, st.commas, st.operators = draw(), draw(), draw()
	switch s.language {
	case "shell": // white space separates words
		st.braces, st.commas, st.operators, st.runs = keep, keep, keep, false
	case "ruby": // "a -b" is a call
		st.braces, st.operators = keep, keep
	case "go": // a line end before a brace ends the statement
		st.braces = keep
	case "python":
		st.braces = keep
	}
	return st
}

// unitOf returns the smallest indentation of a line; 4 where none is indented.
func unitOf(s *source) int {
	unit := 0
	for line := range strings.Lines(s.own()) {
		if col := columns(line); col > 0 && strings.TrimSpace(line) != "" && (unit == 0 || col < unit) {
			unit = col
		}
	}
	if unit < 2 {
		return 4
	}
	return min(unit, 8)
}

// columns is the width of the white space that a line begins with; tabs go to the next multiple of 8, as Python's
// tokenizer counts.
func columns(line string) int {
	n := 0
	for _, c := range line {
		switch c {
		case ' ':
			n++
		case '\t':
			n += 8 - n%8
		default:
			return n
		}
	}
	return n
}

// indent writes a number of columns in the style. More columns stay more.
func (st style) indent(col int) string {
	steps, rest := col/st.unit, col%st.unit
	if st.tabs {
		return strings.Repeat("\t", steps) + strings.Repeat(" ", rest)
	}
	if st.width < st.unit {
		rest = rest * st.width / st.unit
	}
	return strings.Repeat(" ", steps*st.width+rest)
}

// lay returns the edits that give a source a style.
func (s *source) lay(st style) []edit {
	tokens := s.tokens()
	var edits []edit
	for i := 1; i < len(tokens); i++ {
		a, b := tokens[i-1], tokens[i]
		start := a.Start + len(s.textOf(a))
		gap := s.text[start:max(start, b.Start)]
		if b.Start < start || strings.TrimSpace(gap) != "" {
			continue // an escaped line end, or what the parser does not name
		}
		var next string
		if strings.Contains(gap, "\n") {
			next = s.between(a, b, gap, st)
		} else {
			next = s.within(a, b, gap, st)
		}
		if next != gap {
			edits = append(edits, edit{start, b.Start, next})
		}
	}
	return edits
}

// between is the gap of two tokens on different lines.
func (s *source) between(a, b token, gap string, st style) string {
	if st.braces == tight && s.opens(b) && !isComment(a.Syntax) {
		return " "
	}
	ends := 1
	if st.airy {
		ends = min(2, strings.Count(gap, "\n"))
		if st.blankDraws() {
			ends = 2
		}
	}
	return strings.Repeat("\n", ends) + st.indent(columns(gap[strings.LastIndexByte(gap, '\n')+1:]))
}

// within is the gap of two tokens on one line.
func (s *source) within(a, b token, gap string, st style) string {
	switch {
	case isComment(a.Syntax) || isComment(b.Syntax) || strings.Contains(s.at(a.Syntax), "\n"):
		return gap
	case s.opens(b) && st.braces == wide:
		line := s.text[strings.LastIndexByte(s.text[:a.Start], '\n')+1 : a.Start]
		return "\n" + st.indent(columns(line+"x"))
	case s.textOf(a) == "," && !a.Named && !closes(s.textOf(b)):
		return st.commas.or(gap)
	case s.operates(a) || s.operates(b):
		if st.operators == tight && !s.tightens(a, b) {
			return gap
		}
		return st.operators.or(gap)
	case st.runs && len(gap) > 1:
		return " "
	}
	return gap
}

func (c choice) or(gap string) string {
	switch c {
	case tight:
		return ""
	case wide:
		return " "
	}
	return gap
}

func closes(text string) bool { return text == ")" || text == "]" || text == "}" }

// blocks are node types whose braces hold statements or members; before other braces a line end may mean something.
var blocks = []string{
	"block", "statement_block", "compound_statement", "class_body", "declaration_list", "field_declaration_list",
	"enum_body", "enumerator_list", "interface_body", "constructor_body", "switch_block", "switch_body", "match_block", "enum_variant_list",
}

// opens tells whether a token is the brace that begins a block.
func (s *source) opens(t token) bool {
	return t.parent != nil && s.at(t.Syntax) == "{" && slices.Contains(blocks, t.parent.Kind) && t.parent.Children[0] == t.Syntax
}

// operators may stand with space or without.
var operators = []string{"=", ":=", "+=", "-=", "*=", "/=", "==", "!=", "<", ">", "<=", ">=", "&&", "||", "+", "-", "*", "%", "/"}

// operates tells whether a token is an operator with something on both sides.
func (s *source) operates(t token) bool {
	if t.parent == nil || t.Named || t.whole || !slices.Contains(operators, s.at(t.Syntax)) {
		return false
	}
	kind := t.parent.Kind
	return strings.Contains(kind, "binary") || strings.Contains(kind, "assignment") || slices.Contains(
		[]string{"comparison_operator", "boolean_operator", "short_var_declaration", "variable_declarator", "init_declarator", "let_declaration"}, kind)
}

// tightens tells whether nothing new comes about where two tokens meet: not "a/ *b" or "x- -1".
func (s *source) tightens(a, b token) bool {
	x, y := s.textOf(a), s.textOf(b)
	if s.operates(a) {
		return isWordy(y[0]) || y[0] == '('
	}
	last := x[len(x)-1]
	return isWordy(last) || last == ')' || last == ']'
}

func isWordy(c byte) bool {
	return c == '_' || c == '$' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
