package chunk

import "strings"

// javascriptGrammar also serves JSX, which the grammar knows. A function or class that is assigned counts as declared:
// `const f = () => {}`, `exports.f = function () {}`, `F.prototype.m = function () {}`.
func javascriptGrammar() *grammar {
	return &grammar{
		name:       "javascript",
		comments:   []string{"comment", "html_comment"},
		attributes: []string{"decorator"},
		rules:      javascriptRules(),
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
			{kind: KindConst, name: names(nameField, "variable_declarator"), is: func(n *node) bool { return n.first("const") != nil }},
			{kind: KindVar, name: names(nameField, "variable_declarator")},
		}
	}
	return rules
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
	left := strings.Join(strings.Fields(n.child("left").text()), "")
	if left == "module.exports" || left == "exports" {
		if name := field("right", "name")(n).text(); name != "" {
			return name
		}
		return left
	}
	for _, prefix := range []string{"module.exports.", "exports.", "this."} {
		left = strings.TrimPrefix(left, prefix)
	}
	return strings.Replace(left, ".prototype.", ".", 1)
}

// defaultName is the symbol of `export default`: the value's own name, or "default".
func defaultName(n *node) string {
	if name := field("value", "name")(n).text(); name != "" {
		return name
	}
	return "default"
}

func unquote(s string) string { return strings.Trim(s, `"'`) }
