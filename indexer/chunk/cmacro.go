package chunk

import (
	"regexp"
	"strings"
)

// This file knows definitions in C and C++ that macros make: TEST(Suite, Name) {…}, SYSCALL_DEFINE3(read, …) {…},
// DEFINE_MUTEX(lock). To the parser they are calls, functions without a type, or mistakes.

var (
	macroCall = regexp.MustCompile(`^(?:(?:static|inline|extern|const|constexpr|volatile)\s+)*([A-Z][A-Z0-9]*(?:_\w+)?)\s*\(`)
	// definesVar are macros that define or declare something without a body.
	definesVar = regexp.MustCompile(`(^|_)(DEFINE|DECLARE|IMPLEMENT|REGISTER)(_|\d*$)|^LIST_HEAD$|^HLIST_HEAD$|_ATTR(_|$)|^BENCHMARK`)
	// testMacro are macros whose name is that of a suite and a test.
	testMacro = regexp.MustCompile(`TEST|CASE|SCENARIO|FIXTURE|BENCHMARK`)
	// typeFirst are macros that are given a type before the name.
	typeFirst  = regexp.MustCompile(`PER_?CPU|DECLARE_KFIFO`)
	identifier = regexp.MustCompile(`^[A-Za-z_]\w*$`)
)

// maxMacro is how much of a macro's arguments is looked at, in bytes.
const maxMacro = 1000

// macroName returns what a macro at the beginning of a node defines; "" where none stands there. Without a body it must be a
// macro that is known to define something.
func macroName(n *node, body bool) string {
	text := string(n.tree.src[n.start:min(n.end, n.start+maxMacro)])
	m := macroCall.FindStringSubmatchIndex(text)
	if m == nil {
		return ""
	}
	macro := text[m[2]:m[3]]
	if !body && !definesVar.MatchString(macro) {
		return ""
	}
	args := macroArguments(text[m[1]:])
	if len(args) > 1 && typeFirst.MatchString(macro) {
		args = args[1:]
	}
	if len(args) == 0 {
		return ""
	}
	if quoted := strings.Trim(args[0], `"`); len(quoted) == len(args[0])-2 && quoted != "" {
		return quoted
	}
	if !identifier.MatchString(args[0]) || args[0] == "void" {
		return ""
	}
	if len(args) > 1 && testMacro.MatchString(macro) && identifier.MatchString(args[1]) {
		return args[0] + "." + args[1]
	}
	return args[0]
}

// macroArguments cuts what follows a bracket at its commas; none where the bracket is not closed.
func macroArguments(text string) []string {
	var args []string
	depth, from, quote := 0, 0, false
	for i, c := range []byte(text) {
		switch {
		case c == '"' && (i == 0 || text[i-1] != '\\'):
			quote = !quote
		case quote:
		case c == '(':
			depth++
		case c == ')' && depth == 0:
			return append(args, strings.TrimSpace(text[from:i]))
		case c == ')':
			depth--
		case c == ',' && depth == 0:
			args, from = append(args, strings.TrimSpace(text[from:i])), i+1
		}
	}
	return nil
}

const macroDefinition = "macro_definition" // a node that joinMacros makes

// joinMacros makes one node of a macro's call and the block behind it.
func joinMacros(kids []*node) []*node {
	var out []*node
	for _, c := range kids {
		if n := len(out); c.kind == "compound_statement" && n > 0 && out[n-1].kind == "expression_statement" &&
			len(out[n-1].text()) > 0 && strings.HasSuffix(out[n-1].text(), ")") && macroName(out[n-1], true) != "" {
			head, body := out[n-1], *c
			body.field = "body"
			out[n-1] = &node{
				kind: macroDefinition, named: true, start: head.start, end: body.end, stop: body.stop, tree: head.tree,
				kids: []*node{head, &body}, loaded: true,
			}
			continue
		}
		out = append(out, c)
	}
	return out
}

// macroMarks are the rules for what macros define without a body.
func macroMarks() map[string][]rule {
	marks := map[string][]rule{}
	name := func(n *node) string { return macroName(n, false) }
	for _, kind := range []string{"expression_statement", "macro_type_specifier", "declaration", "ERROR", "function_definition"} {
		marks[kind] = one(rule{kind: KindVar, name: name, is: func(n *node) bool { return name(n) != "" }})
	}
	return marks
}

// macroFunctions are the rules for what macros define with a body: a function without a type.
func macroFunctions() []rule {
	name := func(n *node) string { return macroName(n, true) }
	return one(rule{kind: KindFunction, name: name, is: func(n *node) bool {
		return n.child("type") == nil && n.child("body") != nil && name(n) != ""
	}})
}
