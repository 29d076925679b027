package chunk

import (
	"regexp"
	"strings"
)

// luaGrammar: a function that is assigned counts as declared: `local f = function`, `M.f = function`, `{f = function}`. A
// method M:f has the symbol "M.f".
func luaGrammar() *grammar {
	value := func(n *node) *node { return n.first("expression_list").child("value") }
	path := func(n *node) string { return luaPath(n.child("name")) }
	assigned := func(n *node) string { return luaPath(n.first("variable_list").child("name")) }
	isMethod := func(n *node) bool { return n.child("name").is("method_index_expression") }
	names := func(n *node) []place {
		all, whole := []place(nil), n
		if inner := n.first("assignment_statement"); inner != nil {
			n = inner
		}
		for _, c := range n.first("variable_list").children() {
			if name := luaPath(c); c.field == "name" && name != "" && name != "_" {
				all = append(all, place{name, onward(c, whole)})
			}
		}
		return all
	}
	function := rule{
		kind: KindFunction, name: assigned, whole: true, body: func(n *node) *node { return value(n).child("body") },
		is: func(n *node) bool { return value(n).is("function_definition") },
	}
	return &grammar{
		name:     "lua",
		version:  "1",
		seeds:    []string{"function_declaration", "function_definition"},
		words:    []string{"function"},
		comments: []string{"comment"},
		through:  []string{"if_statement", "elseif_statement", "else_statement", "do_statement", "block"},
		clean:    dashDoc,
		rules: map[string][]rule{
			"function_declaration": {
				{kind: KindMethod, name: path, whole: true, is: isMethod},
				{kind: KindFunction, name: path, whole: true},
			},
			"variable_declaration": {
				{inner: func(n *node) *node { return n.first("assignment_statement") }, is: func(n *node) bool {
					return function.is(n.first("assignment_statement"))
				}},
				{kind: KindVar, list: names, top: true},
			},
			"assignment_statement": {function, {kind: KindVar, list: names, top: true}},
			"field": one(rule{
				kind: KindFunction, whole: true, body: field("value", "body"),
				name: func(n *node) string { return unquote(nameField(n)) },
				is:   func(n *node) bool { return hasName(n) && n.child("value").is("function_definition") },
			}),
		},
	}
}

// luaPath is a name, or a path of names with dots; "" where it is computed.
func luaPath(n *node) string {
	if !n.is("identifier", "dot_index_expression", "method_index_expression") {
		return ""
	}
	name := strings.ReplaceAll(n.text(), ":", ".")
	if strings.ContainsAny(name, "()[]{}\n \"'") {
		return ""
	}
	return name
}

// luaMarks are what a line of a comment begins with, and what closes a long one.
var luaMarks = regexp.MustCompile(`(?m)^[ \t]*-{2,}(?:\[=*\[)?[ \t]?|\]=*\](?:--)?[ \t]*$`)

func dashDoc(doc string) string { return luaMarks.ReplaceAllString(doc, "") }
