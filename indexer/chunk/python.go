package chunk

import "strings"

// pythonGrammar: docstrings win over comments; decorators belong to what they decorate; assignments in the module are
// constants where the name is in capitals, else variables.
func pythonGrammar() *grammar {
	target := func(n *node) string { return n.first("assignment").child("left").text() }
	assigns := func(n *node) bool { return n.first("assignment").child("left").is("identifier") }
	bodyDocstring := func(n *node) string { return docstring(n.child("body")) }
	return &grammar{
		name:     "python",
		version:  "3",
		seeds:    []string{"function_definition", "class_definition", "type_alias_statement"},
		words:    []string{"def", "class", "type"},
		comments: []string{"comment"},
		through: []string{
			"if_statement", "else_clause", "elif_clause", "try_statement", "except_clause", "finally_clause", "block",
		},
		fileDoc: docstring,
		rules: map[string][]rule{
			"decorated_definition": one(rule{inner: field("definition"), bare: true}),
			"function_definition":  one(rule{kind: KindFunction, doc: bodyDocstring}),
			"class_definition":     one(rule{kind: KindType, members: true, methods: true, doc: bodyDocstring}),
			"type_alias_statement": one(rule{kind: KindType, name: func(n *node) string { return n.child("left").text() }}),
			"expression_statement": {
				{kind: KindConst, top: true, name: target, is: func(n *node) bool {
					return assigns(n) && strings.ToUpper(target(n)) == target(n)
				}},
				{kind: KindVar, top: true, name: target, is: assigns},
			},
		},
	}
}

// docstring returns the string that stands first in a block, without quotes and indentation; "" where none does.
func docstring(block *node) string {
	for _, c := range block.children() {
		if c.kind == "comment" {
			continue
		}
		if c.kind != "expression_statement" {
			return ""
		}
		return dedent(strings.Split(strings.ReplaceAll(c.first("string").first("string_content").text(), "\r\n", "\n"), "\n"))
	}
	return ""
}
