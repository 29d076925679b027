package chunk

import "strings"

// phpGrammar: the parser that knows the HTML around the code is used; attributes are part of their node.
func phpGrammar() *grammar {
	return &grammar{
		name:    "php",
		version: "3",
		seeds: []string{
			"function_definition", "method_declaration", "class_declaration", "trait_declaration",
			"interface_declaration", "enum_declaration", "anonymous_function", "arrow_function",
		},
		comments: []string{"comment"},
		through:  []string{"if_statement", "compound_statement"},
		rules: map[string][]rule{
			"namespace_definition": one(rule{
				kind: KindModule, members: true, scope: true, name: anonymous,
				is: hasBody,
			}),
			"function_definition":   one(rule{kind: KindFunction}),
			"method_declaration":    one(rule{kind: KindMethod}),
			"class_declaration":     class(KindType),
			"trait_declaration":     class(KindType),
			"interface_declaration": class(KindInterface),
			"enum_declaration":      class(KindEnum),
			"const_declaration": one(rule{kind: KindConst, top: true, list: each(func(n *node) []*node {
				return []*node{n.first("name")}
			}, "const_element")}),
			"expression_statement": one(rule{inner: func(n *node) *node { return n.first("assignment_expression") }}),
			"assignment_expression": one(rule{
				kind: KindFunction, body: field("right", "body"),
				name: func(n *node) string { return strings.TrimPrefix(n.child("left").text(), "$") },
				is:   func(n *node) bool { return n.child("right").is("anonymous_function", "arrow_function") },
			}),
		},
	}
}
