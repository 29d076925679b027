package chunk

import "slices"

// cppGrammar is C's table with classes, templates and namespaces. An out-of-class definition `Foo::bar` has the symbol
// "Foo.bar", as one inside the class has.
func cppGrammar() *grammar {
	g := cGrammar()
	g.name, g.version = "c++", "3"
	g.seeds = append(g.seeds, "class_specifier", "alias_declaration", "concept_definition")
	className := func(n *node) string { return cppPath(nameField(n)) }
	record := rule{kind: KindType, members: true, methods: true, is: hasBody, name: className}
	for kind, rules := range map[string][]rule{
		"class_specifier":      one(record),
		"struct_specifier":     one(record),
		"union_specifier":      one(record),
		"alias_declaration":    one(rule{kind: KindType}),
		"concept_definition":   one(rule{kind: KindType}),
		"namespace_definition": one(rule{kind: KindModule, members: true, scope: true, name: anonymous}),
		"function_definition": append(macroFunctions(),
			rule{kind: KindMethod, name: declaratorName, is: outOfClass},
			rule{kind: KindFunction, name: declaratorName},
		),
		"template_declaration": one(rule{inner: func(n *node) *node {
			for _, c := range slices.Backward(n.children()) {
				if _, ok := g.define(c); ok {
					return c
				}
			}
			return nil
		}}),
	} {
		g.rules[kind] = rules
	}
	return g
}

// outOfClass says whether a function is defined under a qualified name. That may name a namespace, which the syntax
// alone does not tell; a class is by far the more frequent.
func outOfClass(n *node) bool {
	for n = nextDeclarator(n); n != nil; n = nextDeclarator(n) {
		if n.kind == "qualified_identifier" {
			return true
		}
	}
	return false
}
