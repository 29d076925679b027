package chunk

import "strings"

// scalaGrammar serves both ways of writing Scala, with braces and with indentation. An extension only groups functions, whose
// symbol is that of a member of what they extend; a given without a name goes by its type.
func scalaGrammar() *grammar {
	function := one(rule{kind: KindFunction, whole: true})
	given := func(n *node) string {
		if name := nameField(n); name != "" {
			return name
		}
		return strings.Join(strings.Fields(n.child("return_type").text()), "")
	}
	return &grammar{
		name:    "scala",
		version: "1",
		rereads: true,
		seeds: []string{
			"class_definition", "trait_definition", "object_definition", "enum_definition", "function_definition",
			"function_declaration",
			"given_definition", "type_definition", "package_object",
		},
		comments: []string{"comment", "block_comment"},
		rules: map[string][]rule{
			"class_definition":     class(KindType),
			"object_definition":    class(KindType),
			"package_object":       class(KindType),
			"trait_definition":     class(KindInterface),
			"enum_definition":      class(KindEnum),
			"package_clause":       one(rule{kind: KindModule, members: true, scope: true, name: anonymous, is: hasBody}),
			"function_definition":  function,
			"function_declaration": function,
			"type_definition":      one(rule{kind: KindType}),
			"given_definition": {
				{kind: KindType, members: true, methods: true, name: given, is: func(n *node) bool {
					return n.child("body").is("with_template_body", "template_body")
				}},
				{kind: KindVar, name: given},
			},
			"extension_definition": one(rule{
				kind: KindType, members: true, methods: true, scope: true, name: scalaExtended,
				body: func(n *node) *node { return n },
			}),
			"val_definition":  one(rule{kind: KindVar, list: scalaBound, body: field("value")}),
			"var_definition":  one(rule{kind: KindVar, list: scalaBound, body: field("value")}),
			"val_declaration": one(rule{kind: KindVar, list: scalaBound}),
			"var_declaration": one(rule{kind: KindVar, list: scalaBound}),
		},
	}
}

// scalaBound lists the names that a val or var binds.
func scalaBound(n *node) []place {
	var all []place
	add := func(c *node) {
		if name := strings.Trim(c.text(), "`"); name != "" && name != "_" {
			all = append(all, place{name, onward(c, n)})
		}
	}
	for _, c := range n.children() {
		switch {
		case c.field == "name", c.field == "pattern" && c.is("identifier"):
			add(c)
		case c.field == "pattern":
			for _, inner := range c.children() {
				if inner.is("identifier") {
					add(inner)
				}
			}
		}
	}
	return all
}

// scalaExtended is the type that an extension is for, without its arguments.
func scalaExtended(n *node) string {
	name, _, _ := strings.Cut(n.first("parameters").first("parameter").child("type").text(), "[")
	return strings.TrimSpace(name)
}
