package chunk

import "strings"

// zigGrammar: a container that is given a name is a type of that name, with its functions as methods; imports are no symbols;
// a test goes by its text.
func zigGrammar() *grammar {
	containers := []string{"struct_declaration", "union_declaration", "opaque_declaration"}
	container := func(kind string, nodes ...string) rule {
		body := func(n *node) *node { return n.first(nodes...) }
		return rule{
			kind: kind, members: true, methods: true, name: zigName, body: body,
			is: func(n *node) bool { return body(n) != nil },
		}
	}
	isConst := func(n *node) bool { return n.first("const") != nil && !zigImports(n) }
	isVar := func(n *node) bool { return n.first("var") != nil && !zigImports(n) }
	return &grammar{
		name:     "zig",
		version:  "1",
		seeds:    append([]string{"function_declaration", "test_declaration", "enum_declaration", "error_set_declaration"}, containers...),
		comments: []string{"comment"},
		fileDoc:  innerDoc,
		rules: map[string][]rule{
			"variable_declaration": {
				container(KindType, containers...),
				container(KindEnum, "enum_declaration", "error_set_declaration"),
				{kind: KindConst, name: zigName, is: isConst},
				{kind: KindVar, name: zigName, is: isVar},
			},
			"function_declaration": one(rule{kind: KindFunction, is: hasName, whole: true}),
			"test_declaration": one(rule{kind: KindFunction, body: func(n *node) *node { return n.first("block") }, name: func(n *node) string {
				return strings.Trim(n.first("string", "identifier").text(), `"`)
			}}),
		},
	}
}

func zigName(n *node) string {
	if name := n.first("identifier").text(); name != "_" {
		return strings.Trim(strings.TrimPrefix(name, "@"), `"`)
	}
	return ""
}

// zigImports says whether a variable only names a file, or something in one.
func zigImports(n *node) bool {
	for _, c := range n.children() {
		if text := c.text(); c.is("builtin_function", "field_expression") && strings.HasPrefix(text, "@import") {
			return true
		}
	}
	return false
}
