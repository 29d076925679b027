package chunk

import (
	"regexp"
	"strings"
)

// swiftGrammar: an extension only groups what it adds, whose symbol is that of a member of the type.
func swiftGrammar() *grammar {
	kindOf := func(kinds ...string) func(n *node) bool {
		return func(n *node) bool { return n.child("declaration_kind").is(kinds...) }
	}
	called := func(name string) func(*node) string { return func(*node) string { return name } }
	return &grammar{
		name:    "swift",
		version: "1",
		seeds: []string{
			"class_declaration", "protocol_declaration", "function_declaration", "init_declaration", "deinit_declaration",
			"subscript_declaration", "typealias_declaration", "associatedtype_declaration", "macro_declaration",
		},
		comments: []string{"comment", "multiline_comment"},
		mask:     maskSwift,
		rules: map[string][]rule{
			"class_declaration": {
				{kind: KindType, members: true, methods: true, scope: true, name: swiftExtended, is: kindOf("extension")},
				{kind: KindEnum, members: true, methods: true, is: kindOf("enum")},
				{kind: KindType, members: true, methods: true},
			},
			"protocol_declaration":          class(KindInterface),
			"function_declaration":          one(rule{kind: KindFunction}),
			"protocol_function_declaration": one(rule{kind: KindMethod}),
			"init_declaration":              one(rule{kind: KindMethod}),
			"deinit_declaration":            one(rule{kind: KindMethod, name: called("deinit")}),
			"subscript_declaration": one(rule{kind: KindMethod, name: called("subscript"), body: func(n *node) *node {
				return n.first("computed_property")
			}, whole: true}),
			"property_declaration":          one(rule{kind: KindVar, list: swiftBound, body: field("computed_value")}),
			"protocol_property_declaration": one(rule{kind: KindVar, list: swiftBound}),
			"typealias_declaration":         one(rule{kind: KindType}),
			"associatedtype_declaration":    one(rule{kind: KindType}),
			"macro_declaration":             one(rule{kind: KindFunction, name: func(n *node) string { return n.first("simple_identifier").text() }, body: field("definition")}),
		},
	}
}

// swiftExtended is the type that an extension is for, without its arguments.
func swiftExtended(n *node) string {
	name, _, _ := strings.Cut(nameField(n), "<")
	return strings.TrimSpace(name)
}

// swiftBound lists the names that a property declares.
func swiftBound(n *node) []place {
	var all []place
	for _, c := range n.children() {
		if c.field != "name" || !c.is("pattern") {
			continue
		}
		bound := []*node{c.child("bound_identifier")}
		for _, inner := range c.children() {
			if inner.is("pattern") {
				bound = append(bound, inner.first("simple_identifier"))
			}
		}
		for _, b := range bound {
			if name := strings.Trim(b.text(), "`"); name != "" {
				all = append(all, place{name, onward(c, n)})
			}
		}
	}
	return all
}

var (
	// swiftThrows is the type of what a function throws.
	swiftThrows = regexp.MustCompile(`\bthrows(\([\w.]+\))`)
	// swiftOwnership are words in front of a type, or of an expression, that say who owns or answers for it.
	swiftOwnership = regexp.MustCompile(`(?m): *((?:(?:consuming|borrowing|sending|nonisolated\(nonsending\)) +)+)|(?:[=(,{]|\b(?:try|await|return)|^)[ \t]*(unsafe )[ \t]*\w`)
	// swiftMacro is a macro in place of a value.
	swiftMacro = regexp.MustCompile(`= *(#)(?:_\w+|isolation)\b`)
	// swiftWarning is a message to who compiles.
	swiftWarning = regexp.MustCompile(`(?m)^[ \t]*(#(?:warning|error)\(.*\))[ \t]*\r?$`)
)

// maskSwift hides what is newer than the grammar.
func maskSwift(src []byte) []byte {
	return masked(src, []masking{
		{swiftThrows, blankOut},
		{swiftOwnership, blankOut},
		{swiftWarning, blankOut},
		{swiftMacro, func(text []byte) { text[0] = '_' }},
	})
}
