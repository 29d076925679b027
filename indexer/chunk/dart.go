package chunk

import "slices"

// dartGrammar: to the parser the head of a function and its body are neighbours, as the parts of a variable are; they are
// joined. Fields stay with their class.
func dartGrammar() *grammar {
	classBody := func(n *node) *node { return n.first("class_body") }
	function := rule{kind: KindFunction, name: dartName, body: func(n *node) *node { return n.first("function_body") }}
	head := rule{kind: KindFunction, name: dartName, top: true, whole: true}
	return &grammar{
		name:    "dart",
		version: "1",
		seeds: []string{
			"class_definition", "mixin_declaration", "extension_declaration", "enum_declaration", "type_alias", "function_signature",
			"method_signature", "declaration", "getter_signature", "setter_signature",
		},
		comments:   []string{"comment", "documentation_comment"},
		attributes: []string{"annotation"},
		join:       joinDart,
		rules: map[string][]rule{
			"class_definition": {
				{kind: KindType, name: func(n *node) string { return n.first("mixin_application_class").first("identifier").text() }, is: func(n *node) bool {
					return n.first("mixin_application_class") != nil
				}},
				class(KindType)[0],
			},
			"mixin_declaration": one(rule{
				kind: KindType, members: true, methods: true, body: classBody,
				name: func(n *node) string { return n.first("identifier").text() },
			}),
			"extension_declaration": one(rule{kind: KindType, members: true, methods: true, name: func(n *node) string {
				if name := nameField(n); name != "" {
					return name
				}
				return n.child("class").text()
			}}),
			"enum_declaration": class(KindEnum),
			"type_alias":       one(rule{kind: KindType, name: dartAlias}),
			dartFunction:       one(function),
			dartVariables:      {{kind: KindConst, list: dartBound, top: true, is: func(n *node) bool { return n.first("const_builtin") != nil }}, {kind: KindVar, list: dartBound, top: true}},
			"declaration":      one(rule{kind: KindMethod, name: dartName, whole: true, is: func(n *node) bool { return dartName(n) != "" }}),
			// Without a body, as what is external.
			"function_signature": one(head),
			"getter_signature":   one(head),
			"setter_signature":   one(head),
		},
	}
}

// The nodes that joinDart makes.
const (
	dartFunction  = "function_with_body"
	dartVariables = "variables"
)

// dartTypes are what stands before the names of variables.
var dartTypes = []string{
	"const_builtin", "final_builtin", "inferred_type", "late_builtin", "late", "type_identifier", "type_arguments", "nullable_type",
	"function_type", "record_type", "void_type", "?", ".", "external", "static",
}

// joinDart makes one node of the head of a function and its body, and one of the parts of a variable.
func joinDart(kids []*node) []*node {
	var out []*node
	for _, c := range kids {
		n := len(out)
		switch {
		case c.kind == "function_body" && n > 0 && out[n-1].is(dartSignatures...):
			head := *out[n-1]
			head.kind = "head"
			out[n-1] = joined(dartFunction, &head, c)
			continue
		case c.is("static_final_declaration_list", "initialized_identifier_list"):
			from := n
			for from > 0 && out[from-1].is(dartTypes...) {
				from--
			}
			if from < n {
				parts := append(slices.Clone(out[from:]), c)
				out = append(out[:from], joined(dartVariables, parts...))
				continue
			}
		}
		out = append(out, c)
	}
	return out
}

var dartSignatures = []string{"method_signature", "function_signature", "getter_signature", "setter_signature"}

// dartName is the name in the head of a function: of a constructor the last part, of an operator its sign.
func dartName(n *node) string {
	for range 4 {
		switch next := n.first("head", "method_signature", "function_signature", "getter_signature", "setter_signature",
			"constructor_signature", "constant_constructor_signature", "factory_constructor_signature",
			"redirecting_factory_constructor_signature", "operator_signature"); {
		case next != nil:
			n = next
		case n.is("operator_signature"):
			return "operator " + n.first("binary_operator", "[]", "[]=", "~").text()
		default:
			name := ""
			for _, c := range n.children() {
				switch {
				case c.is("identifier"):
					name = c.text()
				case c.is("formal_parameter_list"):
					return name
				}
			}
			return nameField(n)
		}
	}
	return ""
}

// dartAlias is the name of a typedef: the first, or in the old way of writing the last before the parameters.
func dartAlias(n *node) string {
	name := ""
	for _, c := range n.children() {
		switch {
		case c.is("type_identifier") && (name == "" || n.first("formal_parameter_list") != nil):
			name = c.text()
		case c.is("formal_parameter_list"):
			return name
		}
	}
	return name
}

func dartBound(n *node) []place {
	var all []place
	for _, c := range n.first("static_final_declaration_list", "initialized_identifier_list").children() {
		if name := c.first("identifier").text(); name != "" {
			all = append(all, place{name, c})
		}
	}
	return all
}
