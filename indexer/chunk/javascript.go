package chunk

import (
	"cmp"
	"strings"
)

// javascriptGrammar also serves JSX, which the grammar knows. A function or class that is assigned counts as declared:
// `const f = () => {}`, `exports.f = function () {}`, `F.prototype.m = function () {}`.
func javascriptGrammar() *grammar {
	return &grammar{
		name:    "javascript",
		version: "3",
		seeds: []string{
			"function_declaration", "generator_function_declaration", "class_declaration", "method_definition",
			"function_expression", "generator_function", "arrow_function", "class",
		},
		comments:   []string{"comment", "html_comment"},
		attributes: []string{"decorator"},
		rules:      javascriptRules(),
		marks: map[string][]rule{
			"function_expression": one(rule{kind: KindFunction, is: hasName}),
			"generator_function":  one(rule{kind: KindFunction, is: hasName}),
			"class":               one(rule{kind: KindType, members: true, methods: true, is: hasName}),
			"expression_statement": {{
				kind: KindVar, open: true, name: func(n *node) string { return exportName(n.first("assignment_expression")) },
				is: func(n *node) bool {
					n = n.first("assignment_expression")
					return exportName(n) != "" && n.child("right").is("object")
				},
			}, {
				kind: KindVar, name: func(n *node) string { return exportedName(n.first("assignment_expression")) },
				is: func(n *node) bool { return exportedName(n.first("assignment_expression")) != "" },
			}},
			"export_statement": one(rule{
				kind: KindVar, open: true, name: defaultName,
				is: func(n *node) bool { return n.child("value").is("object") },
			}),
		},
	}
}

func javascriptRules() map[string][]rule {
	function := rule{kind: KindFunction}
	// assigned makes the rules of a node that gives a value in a field to a name.
	assigned := func(value string, name func(n *node) string) []rule {
		body := field(value, "body")
		return []rule{
			{kind: KindFunction, name: name, body: body, is: func(n *node) bool { return isFunction(n.child(value)) }},
			{kind: KindType, name: name, body: body, members: true, methods: true, is: func(n *node) bool { return n.child(value).is("class") }},
		}
	}
	rules := map[string][]rule{
		"function_declaration":           one(function),
		"generator_function_declaration": one(function),
		"class_declaration":              class(KindType),
		"method_definition":              one(rule{kind: KindMethod}),
		"variable_declarator":            assigned("value", nameField),
		"assignment_expression":          assigned("right", assignedName),
		"pair":                           assigned("value", func(n *node) string { return unquote(n.child("key").text()) }),
		"field_definition":               assigned("value", func(n *node) string { return n.child("property").text() }),
		"public_field_definition":        assigned("value", nameField),
		"expression_statement":           one(rule{inner: func(n *node) *node { return n.first("assignment_expression") }}),
		"export_statement": append(
			one(rule{inner: field("declaration"), is: func(n *node) bool { return n.child("declaration") != nil }}),
			assigned("value", defaultName)...,
		),
	}
	for _, decl := range []string{"lexical_declaration", "variable_declaration"} {
		rules[decl] = []rule{
			{inner: soleValue, is: func(n *node) bool { return soleValue(n) != nil }},
			{kind: KindConst, list: each(boundNames, "variable_declarator"), is: func(n *node) bool { return n.first("const") != nil }},
			{kind: KindVar, list: each(boundNames, "variable_declarator")},
		}
	}
	return rules
}

// boundNames returns what a declarator binds: its name, or the names in a pattern.
func boundNames(n *node) []*node {
	name := n.child("name")
	if !name.is("object_pattern", "array_pattern") {
		return []*node{name}
	}
	var all []*node
	var walk func(n *node, depth int)
	walk = func(n *node, depth int) {
		switch {
		case n.is("identifier", "shorthand_property_identifier_pattern"):
			all = append(all, n)
		case n.is("assignment_pattern", "object_assignment_pattern"):
			walk(n.child("left"), depth+1)
		case depth < maxDepth:
			for _, c := range n.children() {
				walk(c, depth+1)
			}
		}
	}
	walk(name, 0)
	return all
}

func isFunction(n *node) bool {
	return n.is("arrow_function", "function_expression", "generator_function")
}

// soleValue returns the only declarator of a declaration if its value is a function or class.
func soleValue(n *node) *node {
	var found *node
	for _, c := range n.children() {
		if c.kind != "variable_declarator" {
			continue
		}
		v := c.child("value")
		if found != nil || !isFunction(v) && !v.is("class") {
			return nil
		}
		found = c
	}
	return found
}

// assignedName is the symbol of the left side of an assignment: what is exported goes by its own name, and what is put
// on a prototype is a member.
func assignedName(n *node) string {
	if whole := exportName(n); whole != "" {
		return cmp.Or(field("right", "name")(n).text(), whole)
	}
	left := strings.Join(strings.Fields(n.child("left").text()), "")
	for _, prefix := range []string{"module.exports.", "exports.", "this."} {
		left = strings.TrimPrefix(left, prefix)
	}
	return strings.Replace(left, ".prototype.", ".", 1)
}

// exportName is what a module gives away as a whole; "" where the assignment is about something else.
func exportName(n *node) string {
	left := n.child("left")
	if left == nil || left.end-left.start > len("module . exports") {
		return ""
	}
	if name := strings.Join(strings.Fields(left.text()), ""); name == "module.exports" || name == "exports" {
		return name
	}
	return ""
}

// exportedName is the name under which a module gives something away: load of exports.load = f.
func exportedName(n *node) string {
	object, name := field("left", "object")(n), field("left", "property")(n)
	if !name.is("property_identifier") || object.text() != "exports" && object.text() != "module.exports" {
		return ""
	}
	return name.text()
}

// defaultName is the symbol of `export default`: the value's own name, or "default".
func defaultName(n *node) string {
	if name := field("value", "name")(n).text(); name != "" {
		return name
	}
	return "default"
}

func unquote(s string) string { return strings.Trim(s, `"'`) }
