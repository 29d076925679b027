package perturb

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"loradex/indexer/chunk"
)

// This file knows where twelve languages declare names. Node types are those of their tree-sitter grammars; where two
// languages share one, its fields differ.

// languages are those twelve, TSX apart; code in others is not changed.
var languages = []string{
	"go", "python", "java", "javascript", "typescript", "tsx", "rust", "c", "c++", "c#", "php", "ruby", "shell",
}

// class is what a name was declared as.
type class int

const (
	variable class = iota
	function
	method // a function that is called through an object
)

// declaration is a field of a node type in which names are declared. Field "" are all children without one.
type declaration struct {
	field string
	class class
}

// declarations by node type.
var declarations = map[string][]declaration{
	// Go
	"short_var_declaration":          {{"left", variable}},
	"var_spec":                       {{"name", variable}},
	"const_spec":                     {{"name", variable}},
	"range_clause":                   {{"left", variable}},
	"receive_statement":              {{"left", variable}},
	"type_switch_statement":          {{"alias", variable}},
	"variadic_parameter_declaration": {{"name", variable}},
	"parameter_declaration":          {{"name", variable}, {"declarator", variable}},
	"method_declaration":             {{"name", method}},
	// several
	"function_declaration": {{"name", function}},
	"function_definition":  {{"name", function}, {"declarator", variable}},
	"assignment":           {{"left", variable}},
	"variable_declarator":  {{"name", variable}},
	"formal_parameters":    {{"", variable}},
	"lambda_parameters":    {{"", variable}},
	"lambda_expression":    {{"parameters", variable}},
	"parameter":            {{"pattern", variable}, {"name", variable}},
	"catch_clause":         {{"parameter", variable}, {"name", variable}},
	"for_statement":        {{"left", variable}, {"variable", variable}},
	"foreach_statement":    {{"left", variable}, {"", variable}},
	// Python
	"parameters":       {{"", variable}},
	"for_in_clause":    {{"left", variable}},
	"as_pattern":       {{"alias", variable}},
	"named_expression": {{"name", variable}},
	// JavaScript and TypeScript
	"arrow_function":                 {{"parameter", variable}},
	"generator_function_declaration": {{"name", function}},
	"function_expression":            {{"name", function}},
	"method_definition":              {{"name", method}},
	"for_in_statement":               {{"left", variable}},
	// Java
	"formal_parameter":       {{"name", variable}},
	"catch_formal_parameter": {{"name", variable}},
	"enhanced_for_statement": {{"name", variable}},
	"resource":               {{"name", variable}},
	"inferred_parameters":    {{"", variable}},
	"instanceof_expression":  {{"name", variable}},
	// Rust
	"closure_parameters": {{"", variable}},
	"let_declaration":    {{"pattern", variable}},
	"for_expression":     {{"pattern", variable}},
	"let_condition":      {{"pattern", variable}},
	"match_pattern":      {{"", variable}},
	"function_item":      {{"name", function}},
	// C and C++
	"optional_parameter_declaration": {{"declarator", variable}},
	"declaration":                    {{"declarator", variable}},
	"field_declaration":              {{"declarator", method}},
	"for_range_loop":                 {{"declarator", variable}},
	// C#
	"catch_declaration":        {{"name", variable}},
	"declaration_expression":   {{"name", variable}},
	"declaration_pattern":      {{"name", variable}},
	"from_clause":              {{"name", variable}},
	"parameter_list":           {{"name", variable}},
	"local_function_statement": {{"name", method}}, // so the grammar reads a method without its class
	// PHP
	"simple_parameter":            {{"name", variable}},
	"variadic_parameter":          {{"name", variable}},
	"assignment_expression":       {{"left", variable}},
	"static_variable_declaration": {{"name", variable}},
	// Ruby
	"method":             {{"name", method}},
	"singleton_method":   {{"name", method}},
	"method_parameters":  {{"", variable}},
	"block_parameters":   {{"", variable}},
	"for":                {{"pattern", variable}},
	"exception_variable": {{"", variable}},
	// shell
	"variable_assignment": {{"name", variable}},
	"declaration_command": {{"", variable}},
}

// patterns are node types between a declaration and its names, and the fields in which the names lie; none are all
// children without a field, "1" is the first child.
var patterns = map[string][]string{
	"expression_list": nil, "pattern_list": nil, "tuple_pattern": nil, "list_pattern": nil, "list_splat_pattern": nil,
	"dictionary_splat_pattern": nil, "as_pattern_target": nil, "array_pattern": nil, "object_pattern": nil, "rest_pattern": nil,
	"reference_declarator": nil, "structured_binding_declarator": nil, "mut_pattern": nil, "ref_pattern": nil,
	"reference_pattern": nil, "tuple_struct_pattern": nil, "slice_pattern": nil, "captured_pattern": {"1"}, "or_pattern": nil,
	"struct_pattern": nil, "left_assignment_list": nil, "destructured_left_assignment": nil, "destructured_parameter": nil,
	"rest_assignment": nil, "inferred_parameters": nil, "list_literal": nil, "pair": nil, "by_ref": nil,
	"parenthesized_declarator": nil, "typed_parameter": {"1"},
	"default_parameter": {"name"}, "typed_default_parameter": {"name"}, "pair_pattern": {"value"}, "assignment_pattern": {"left"},
	"required_parameter": {"pattern"}, "optional_parameter": {"pattern", "name"}, "pointer_declarator": {"declarator"},
	"array_declarator": {"declarator"}, "init_declarator": {"declarator"}, "function_declarator": {"declarator"},
	"field_pattern": {"pattern"}, "splat_parameter": {"name"}, "hash_splat_parameter": {"name"}, "block_parameter": {"name"},
}

// declared is one name where it is declared.
type declared struct {
	name  *chunk.Syntax
	class class
	by    *chunk.Syntax // the node of the table
}

// declaredNames finds all declarations of a source.
func (s *source) declaredNames() []declared {
	var out []declared
	s.root.Walk(func(n *chunk.Syntax) bool {
		for _, d := range declarations[n.Kind] {
			for _, c := range n.Children {
				if c.Field == d.field && c.Named {
					s.collect(n, c, s.classOf(n, d.class), &out)
				}
			}
		}
		return true
	})
	return out
}

// classOf settles what depends on where a declaration stands.
func (s *source) classOf(n *chunk.Syntax, c class) class {
	if c != function {
		return c
	}
	for p := s.above(n); p != nil; p = s.above(p) {
		switch p.Kind {
		case "class_definition", "impl_item", "trait_item", "class_body", "class_declaration":
			return method
		case "function_definition", "function_item":
			return c
		}
	}
	return c
}

// collect finds the names in a part of a declaration.
func (s *source) collect(by, n *chunk.Syntax, c class, out *[]declared) {
	switch n.Kind {
	case "identifier", "name", "word", "implicit_parameter":
		if by.Kind == "assignment_expression" || by.Kind == "field_declaration" {
			return // to a name of JavaScript's that was declared elsewhere; a field of Java's
		}
		if by.Kind == "foreach_statement" && n.Field == "" {
			return
		}
		if first, _ := utf8.DecodeRuneInString(s.at(n)); s.language == "rust" && c == variable && !unicode.IsLower(first) && first != '_' {
			return // a constant or a variant in a pattern
		}
		*out = append(*out, declared{n, c, by})
	case "variable_name": // of PHP, with the dollar, and of shell
		*out = append(*out, declared{n, c, by})
	case "field_identifier", "property_identifier":
		if by.Kind == "field_declaration" && s.above(n) == by {
			return // a field that holds data
		}
		if c == method || by.Kind == "function_definition" {
			*out = append(*out, declared{n, method, by})
		}
	case "function_declarator":
		if inner := n.Child("declarator"); inner != nil {
			if inner.Kind == "identifier" {
				c = function
			}
			if inner.Kind == "identifier" || inner.Kind == "field_identifier" || inner.Kind == "parenthesized_declarator" {
				s.collect(by, inner, c, out)
			}
		}
	default:
		fields, ok := patterns[n.Kind]
		if !ok {
			return
		}
		for i, child := range n.Children {
			switch {
			case !child.Named:
			case len(fields) == 0 && child.Field == "", slices.Contains(fields, child.Field), i == 0 && slices.Contains(fields, "1"):
				s.collect(by, child, c, out)
			}
		}
	}
}

// reserved are names that a language or its run time calls by name.
var reserved = []string{
	"_", "self", "cls", "this", "super", "main", "init", "constructor", "initialize", "new", "arguments", "$this", "$GLOBALS",
	"toString", "hashCode", "equals", "to_s", "method_missing",
}

// isReserved tells whether a declared name must stay: a name of the language's, one of an interface, or, in shell, one that
// the environment may know.
func (s *source) isReserved(d declared) bool {
	name := s.at(d.name)
	switch {
	case slices.Contains(reserved, name), strings.HasPrefix(name, "__"), strings.HasPrefix(name, "$_"):
		return true
	case s.language == "shell" && d.name.Kind == "variable_name":
		return strings.ToUpper(name) == name || d.by.Kind == "declaration_command" && !s.isLocal(d.by)
	case s.language == "shell":
		return false
	case d.class == method:
		head := s.text[d.by.Start:d.name.Start]
		return strings.Contains(strings.ToLower(head), "override") || s.language == "rust" && s.implementsTrait(d.by)
	}
	return s.language == "python" && d.by.Kind == "assignment" && s.inClassBody(d.by)
}

// isLocal tells whether a declaring command of shell is none that exports.
func (s *source) isLocal(n *chunk.Syntax) bool {
	first := s.at(n.Children[0])
	return first == "local" || first == "declare" || first == "typeset"
}

func (s *source) implementsTrait(n *chunk.Syntax) bool {
	for p := s.above(n); p != nil; p = s.above(p) {
		if p.Kind == "impl_item" {
			return p.Child("trait") != nil
		}
	}
	return false
}

// inClassBody tells whether an assignment makes an attribute of a class.
func (s *source) inClassBody(n *chunk.Syntax) bool {
	body := s.above(s.above(n))
	if body == nil || body.Kind != "block" {
		return false
	}
	owner := s.above(body)
	return owner != nil && owner.Kind == "class_definition"
}
