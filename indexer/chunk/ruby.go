package chunk

import "strings"

// rubyGrammar: modules hold methods the way classes do and are kept in symbols; `def self.f` and methods in
// `class << self` are written as methods of the class.
func rubyGrammar() *grammar {
	path := func(n *node) string { return strings.ReplaceAll(nameField(n), "::", ".") }
	return &grammar{
		name:    "ruby",
		version: "3",
		seeds: []string{
			"class", "module", "singleton_class", "method",
			"singleton_method",
		},
		words:    []string{"class", "module", "def"},
		comments: []string{"comment"},
		through:  []string{"body_statement"},
		rules: map[string][]rule{
			"class":           one(rule{kind: KindType, members: true, methods: true, name: path}),
			"module":          one(rule{kind: KindModule, members: true, methods: true, global: true, name: path}),
			"singleton_class": one(rule{kind: KindType, members: true, methods: true, scope: true, name: anonymous}),
			"method":          one(rule{kind: KindFunction, whole: true}),
			"singleton_method": one(rule{kind: KindMethod, whole: true, name: func(n *node) string {
				if object := n.child("object").text(); object != "self" {
					return object + "." + nameField(n)
				}
				return nameField(n)
			}}),
			"assignment": one(rule{
				kind: KindConst, name: func(n *node) string { return n.child("left").text() }, top: true,
				is: func(n *node) bool { return n.child("left").is("constant") },
			}),
		},
	}
}
