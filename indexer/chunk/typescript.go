package chunk

// typescriptGrammar is JavaScript's table with types. tsx has a parser of its own and the same nodes.
func typescriptGrammar(name string) *grammar {
	g := javascriptGrammar()
	g.name, g.version = name, "3"
	g.seeds = append(g.seeds, "abstract_class_declaration", "interface_declaration", "type_alias_declaration", "enum_declaration")
	namespace := rule{kind: KindModule, members: true, name: func(n *node) string { return unquote(nameField(n)) }}
	for kind, rules := range map[string][]rule{
		"abstract_class_declaration": class(KindType),
		"interface_declaration":      one(rule{kind: KindInterface}),
		"type_alias_declaration":     one(rule{kind: KindType}),
		"enum_declaration":           one(rule{kind: KindEnum}),
		"function_signature":         one(rule{kind: KindFunction}),
		"method_signature":           one(rule{kind: KindMethod}),
		"abstract_method_signature":  one(rule{kind: KindMethod}),
		"internal_module":            one(namespace),
		"module":                     one(namespace),
		"ambient_declaration": one(rule{inner: func(n *node) *node {
			for _, c := range n.children() {
				if _, ok := g.define(c); ok {
					return c
				}
			}
			return nil
		}}),
		// A namespace is parsed as a statement.
		"expression_statement": one(rule{inner: func(n *node) *node {
			return n.first("assignment_expression", "internal_module")
		}}),
	} {
		g.rules[kind] = rules
	}
	return g
}
