package chunk

import (
	"regexp"
	"strings"
)

// cGrammar: prototypes are functions too, because a header is where C is documented. Conditional compilation is looked
// through, so that an include guard does not hide a file.
func cGrammar() *grammar {
	return &grammar{
		name:    "c",
		version: "3",
		seeds: []string{
			"function_definition", "struct_specifier", "union_specifier", "enum_specifier",
			"type_definition", "preproc_def", "preproc_function_def",
		},
		comments: []string{"comment"},
		through:  cThrough(),
		rules:    cRules(),
		marks:    macroMarks(),
		join:     joinMacros,
		mask:     maskC,
	}
}

func cThrough() []string {
	return []string{
		"preproc_if", "preproc_ifdef", "preproc_else", "preproc_elif", "preproc_elifdef",
		"linkage_specification", "declaration_list",
	}
}

func cRules() map[string][]rule {
	typeOf := func(n *node) *node {
		if t := n.child("type"); hasBody(t) && t.child("name") != nil {
			return t
		}
		return nil
	}
	return map[string][]rule{
		"function_definition": append(macroFunctions(), rule{kind: KindFunction, name: declaratorName}),
		macroDefinition:       macroFunctions(),
		"struct_specifier":    one(rule{kind: KindType, is: hasBody}),
		"union_specifier":     one(rule{kind: KindType, is: hasBody}),
		"enum_specifier":      one(rule{kind: KindEnum, is: hasBody}),
		"type_definition": {
			{kind: KindEnum, name: declaratorName, is: func(n *node) bool { return n.child("type").is("enum_specifier") }},
			{kind: KindType, name: declaratorName},
		},
		"declaration": {
			{kind: KindVar, name: func(n *node) string { return macroName(n, false) }, is: func(n *node) bool {
				return n.child("type").is("macro_type_specifier") && macroName(n, false) != ""
			}},
			{inner: typeOf, is: func(n *node) bool { return typeOf(n) != nil }},
			// A declaration without a type is a constructor in a C++ class, which stays with the class.
			{kind: KindFunction, name: declaratorName, is: func(n *node) bool { return n.child("type") != nil && declaresFunction(n) }},
			{kind: KindVar, list: declaratorNames, is: func(n *node) bool { return n.child("type") != nil }},
		},
		// A macro without a value is an include guard or a switch.
		"preproc_def":          one(rule{kind: KindConst, global: true, is: func(n *node) bool { return n.child("value") != nil }}),
		"preproc_function_def": one(rule{kind: KindFunction, global: true}),
	}
}

// declarators are the nodes around a declared name.
var declarators = []string{
	"function_declarator", "pointer_declarator", "array_declarator", "init_declarator", "parenthesized_declarator",
	"reference_declarator", "attributed_declarator", "structured_binding_declarator",
}

// nextDeclarator goes one step from a declaration or declarator to its name; nil at the name itself.
func nextDeclarator(n *node) *node {
	if next := n.child("declarator"); next != nil {
		return next
	}
	if !n.is(declarators...) {
		return nil
	}
	for _, c := range n.children() {
		if c.named {
			return c
		}
	}
	return nil
}

// declaratorName returns the name that a declaration declares first: "Foo.bar" for C++'s Foo::bar.
func declaratorName(n *node) string {
	name := ""
	for n = nextDeclarator(n); n != nil; n = nextDeclarator(n) {
		name = n.text()
		if n.kind == "operator_cast" || n.kind == "qualified_identifier" {
			break
		}
	}
	return cppPath(name)
}

// declaratorNames lists what all declarators declare.
func declaratorNames(n *node) []place {
	var all []place
	for _, c := range n.children() {
		if c.field != "declarator" {
			continue
		}
		name := declaratorName(c)
		if name == "" {
			name = cppPath(c.text())
		}
		if name != "" {
			all = append(all, place{name, c})
		}
	}
	return all
}

// declaresFunction says whether the first declarator is a function's, a pointer to one not counted.
func declaresFunction(n *node) bool {
	for n = nextDeclarator(n); n != nil; n = nextDeclarator(n) {
		switch n.kind {
		case "function_declarator":
			inner := n.child("declarator")
			return inner != nil && inner.kind != "parenthesized_declarator"
		case "init_declarator", "array_declarator":
			return false
		}
	}
	return false
}

// templateArguments are innermost angle brackets.
var templateArguments = regexp.MustCompile(`<[^<>]*>`)

// cppPath turns a qualified name into a symbol. What follows "operator" is kept, but for the parameters of a cast.
func cppPath(name string) string {
	path, operator := name, ""
	if i := strings.Index(name, "operator"); i >= 0 {
		path, operator = name[:i], name[i:]
		if i := strings.Index(operator, "("); i > len("operator") {
			operator = operator[:i]
		}
	}
	for range 8 {
		next := templateArguments.ReplaceAllString(path, "")
		if next == path {
			break
		}
		path = next
	}
	path = strings.ReplaceAll(path, "::", ".") + operator
	return strings.TrimPrefix(strings.Join(strings.Fields(path), " "), ".")
}
