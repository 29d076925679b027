package perturb

import (
	"slices"
	"strings"

	"loradex/indexer/chunk"
)

// This file tells what a name stands for where it occurs.

// role is what an occurrence means for renaming.
type role int

const (
	free   role = iota // a variable, or a function by itself
	own                // a member of self or this
	member             // a member of something else
	label              // a name space of its own: a field's name, a named argument
	fixed              // the name means something outside of the text: it must stay everywhere
)

// occurrence is one leaf that may be a name.
type occurrence struct {
	node *chunk.Syntax
	key  string // what is renamed alike; see keyOf
	role role
}

// nameKinds are the leaves that hold names.
var nameKinds = []string{
	"identifier", "field_identifier", "property_identifier", "private_property_identifier", "shorthand_property_identifier",
	"shorthand_property_identifier_pattern", "shorthand_field_identifier", "variable_name", "name", "word", "type_identifier",
	"implicit_parameter", "simple_symbol", "namespace_identifier", "package_identifier",
}

// members says in which field of a node type a member of something stands.
var members = map[string]string{
	"attribute": "attribute", "field_access": "field", "method_invocation": "name", "selector_expression": "field",
	"member_expression": "property", "field_expression": "field", "scoped_identifier": "name", "qualified_identifier": "name",
	"member_access_expression": "name", "member_binding_expression": "name", "member_call_expression": "name",
	"nullsafe_member_call_expression": "name", "nullsafe_member_access_expression": "name", "scoped_call_expression": "name",
	"call": "method", "scoped_property_access_expression": "name",
}

// objects are the fields of what a member belongs to.
var objects = []string{"object", "operand", "value", "argument", "receiver", "expression", "scope", "path"}

// labels are fields whose names live by themselves.
var labels = map[string]string{
	"keyword_argument": "name", "argument": "name", "property_element": "name", "property_declaration": "name",
	"enum_assignment": "name", "labeled_statement": "",
}

// outside are parts of the names of node types below which every name comes from elsewhere.
var outside = []string{"import", "using_directive", "use_declaration", "namespace_use", "nonlocal_statement", "global_declaration", "export_specifier", "package_", "shorthand_field_initializer", "keyword_parameter", "field_designator", "preproc_"}

// occurrences lists what may be a name, in the order of the text. selves are the names of receivers (Go).
func (s *source) occurrences() []occurrence {
	selves := s.receivers()
	var out []occurrence
	s.root.Walk(func(n *chunk.Syntax) bool {
		if !n.Named || !slices.Contains(nameKinds, n.Kind) {
			return true
		}
		out = append(out, occurrence{n, s.keyOf(n), s.roleOf(n, selves)})
		return false
	})
	return out
}

// keyOf keeps name spaces apart where a language does: variables of PHP and shell, and functions of Java and Ruby, which
// may share their spelling with others.
func (s *source) keyOf(n *chunk.Syntax) string {
	text := s.at(n)
	parent := s.above(n)
	switch {
	case s.language == "shell" && n.Kind == "variable_name":
		return "$" + text
	case n.Kind == "simple_symbol":
		return strings.Trim(text, `:"`)
	case parent == nil:
		return text
	case s.language == "java" && (parent.Kind == "method_invocation" || parent.Kind == "method_declaration") && n.Field == "name":
		return text + "()"
	}
	return text
}

// roleOf tells what an occurrence means.
func (s *source) roleOf(n *chunk.Syntax, selves []string) role {
	parent := s.above(n)
	if parent == nil {
		return free
	}
	for p, depth := parent, 0; p != nil && depth < 6; p, depth = s.above(p), depth+1 {
		if s.isOutside(p.Kind) {
			return fixed
		}
	}
	switch n.Kind {
	case "shorthand_property_identifier", "shorthand_property_identifier_pattern", "shorthand_field_identifier", "simple_symbol",
		// A grammar may take a variable for a type or a package: p.rows[i][j] could be a generic type of Go's.
		"type_identifier", "package_identifier", "namespace_identifier":
		return fixed
	case "private_property_identifier":
		return label
	case "word":
		if parent.Kind == "command_name" || parent.Kind == "function_definition" {
			return free
		}
		return fixed
	}
	if field, ok := labels[parent.Kind]; ok && n.Field == field {
		return label
	}
	if field, ok := members[parent.Kind]; ok && n.Field == field {
		for _, f := range objects {
			if object := parent.Child(f); object != nil {
				return s.memberOf(object, selves)
			}
		}
		if parent.Kind == "member_binding_expression" {
			return member
		}
		return free // a call without an object
	}
	return s.roleByPlace(n, parent)
}

// isOutside tells whether the names below a node type come from elsewhere.
func (s *source) isOutside(kind string) bool {
	switch {
	case kind == "global_statement": // in C# a statement of the file
		return s.language == "python"
	case strings.HasPrefix(kind, "preproc_if"), strings.HasPrefix(kind, "preproc_el"):
		return false
	}
	return slices.ContainsFunc(outside, func(part string) bool { return strings.Contains(kind, part) })
}

// memberOf tells whether an object is the one that the code belongs to.
func (s *source) memberOf(object *chunk.Syntax, selves []string) role {
	if slices.Contains(selves, s.at(object)) {
		return own
	}
	return member
}

// roleByPlace settles what only some languages have.
func (s *source) roleByPlace(n, parent *chunk.Syntax) role {
	switch {
	case parent.Kind == "method_reference", parent.Kind == "class_constant_access_expression":
		return fixed
	case n.Kind == "field_identifier", n.Kind == "property_identifier":
		if parent.Kind == "method_declaration" || parent.Kind == "method_definition" || parent.Kind == "function_declarator" {
			return own
		}
		return label
	case parent.Kind == "literal_element" && s.above(parent).Field == "" && s.isKey(parent):
		return fixed // a field or a variable: a fragment does not tell
	case s.language == "c#" && (n.Field == "type" || n.Field == "returns" || parent.Kind == "generic_name"):
		return fixed
	case parent.Kind == "variable_declarator" && n.Field == "name" && s.isField(parent):
		return fixed // also known without an object
	case parent.Kind == "assignment_expression" && n.Field == "left" && s.above(parent).Kind == "initializer_expression":
		return label
	case parent.Kind == "token_tree":
		return s.roleInMacro(n, parent)
	}
	return free
}

// isKey tells whether an element is the key of a composite literal (Go).
func (s *source) isKey(n *chunk.Syntax) bool {
	return s.above(n).Kind == "keyed_element" && s.above(n).Children[0] == n
}

// isField tells whether a declarator declares a field of a class (Java, C#).
func (s *source) isField(n *chunk.Syntax) bool {
	for p, depth := s.above(n), 0; p != nil && depth < 2; p, depth = s.above(p), depth+1 {
		if strings.Contains(p.Kind, "field_declaration") {
			return true
		}
	}
	return false
}

// roleInMacro looks at what stands before a name among the loose tokens of a macro (Rust).
func (s *source) roleInMacro(n, parent *chunk.Syntax) role {
	for i, c := range parent.Children {
		if c != n || i == 0 {
			continue
		}
		switch before := s.at(parent.Children[i-1]); before {
		case ".", "::":
			if i > 1 {
				return s.memberOf(parent.Children[i-2], []string{"self", "Self"})
			}
			return member
		}
	}
	return free
}

// receivers are the words for the object that code belongs to.
func (s *source) receivers() []string {
	out := []string{"self", "this", "cls", "Self", "$this", "static"}
	if s.language != "go" {
		return out
	}
	s.root.Walk(func(n *chunk.Syntax) bool {
		if n.Kind == "method_declaration" {
			if list := n.Child("receiver"); list != nil {
				for _, c := range list.Children {
					if name := c.Child("name"); name != nil {
						out = append(out, s.at(name))
					}
				}
			}
		}
		return true
	})
	return out
}
