package chunk

// goGrammar: a method's symbol is "Type.Method" by its receiver; the package clause is a module chunk that carries the
// package doc and takes the imports in.
func goGrammar() *grammar {
	spec := func(n *node) *node { return n.first("type_spec", "type_alias") }
	return &grammar{
		name:     "go",
		version:  "3",
		seeds:    []string{"type_declaration"},
		words:    []string{"type"},
		comments: []string{"comment"},
		rules: map[string][]rule{
			"package_clause":       one(rule{kind: KindModule, name: func(n *node) string { return n.first("package_identifier").text() }}),
			"function_declaration": one(rule{kind: KindFunction}),
			"method_declaration":   one(rule{kind: KindMethod, name: goMethodName}),
			"type_declaration": {
				{kind: KindInterface, list: each(nameNode, "type_spec", "type_alias"), is: func(n *node) bool {
					return spec(n).child("type").is("interface_type")
				}},
				{kind: KindType, list: each(nameNode, "type_spec", "type_alias"), body: func(n *node) *node {
					return spec(n).child("type").first("field_declaration_list")
				}},
			},
			"const_declaration": one(rule{kind: KindConst, list: each(goSpecNames, "const_spec")}),
			"var_declaration": {
				{kind: KindVar, list: each(goSpecNames, "var_spec"), is: func(n *node) bool { return n.first("var_spec_list") == nil }},
				{kind: KindVar, list: func(n *node) []place {
					return each(goSpecNames, "var_spec")(n.first("var_spec_list"))
				}},
			},
		},
	}
}

// goSpecNames returns the names that a const or var spec declares.
func goSpecNames(n *node) []*node {
	var all []*node
	for _, c := range n.children() {
		if c.field == "name" && c.named && c.text() != "_" {
			all = append(all, c)
		}
	}
	return all
}

// goMethodName returns "Type.Method"; pointers and type parameters of the receiver are left out.
func goMethodName(n *node) string {
	name := nameField(n)
	t := n.child("receiver").first("parameter_declaration").child("type")
	for t != nil && t.kind != "type_identifier" {
		t = t.first("type_identifier", "generic_type", "pointer_type", "parenthesized_type")
	}
	if t == nil {
		return name
	}
	return t.text() + "." + name
}
