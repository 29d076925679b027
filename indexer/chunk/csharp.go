package chunk

import (
	"bytes"
	"regexp"
)

// csharpGrammar: namespaces give no name; fields stay with their type, properties are vars of their own; documentation
// comments lose their XML tags.
func csharpGrammar() *grammar {
	named := func(name func(n *node) string) []rule { return one(rule{kind: KindMethod, name: name}) }
	accessors := func(n *node) *node { return n.child("accessors") }
	return &grammar{
		name:    "c#",
		version: "3",
		seeds: []string{
			"local_function_statement", "method_declaration", "constructor_declaration", "destructor_declaration",
			"operator_declaration", "conversion_operator_declaration", "indexer_declaration", "class_declaration",
			"struct_declaration", "record_declaration", "interface_declaration", "enum_declaration",
			"delegate_declaration",
		},
		comments: []string{"comment"},
		mask:     maskCSharp,
		through:  []string{"preproc_if", "preproc_else", "preproc_elif", "global_statement"},
		clean:    stripTags,
		rules: map[string][]rule{
			"namespace_declaration":    one(rule{kind: KindModule, members: true, scope: true, name: anonymous}),
			"class_declaration":        class(KindType),
			"struct_declaration":       class(KindType),
			"record_declaration":       class(KindType),
			"interface_declaration":    class(KindInterface),
			"enum_declaration":         one(rule{kind: KindEnum}),
			"delegate_declaration":     one(rule{kind: KindType}),
			"method_declaration":       one(rule{kind: KindMethod}),
			"constructor_declaration":  one(rule{kind: KindMethod}),
			"local_function_statement": one(rule{kind: KindFunction}),
			"property_declaration":     one(rule{kind: KindVar, body: accessors}),
			"event_declaration":        one(rule{kind: KindVar, body: accessors}),
			"destructor_declaration":   named(func(n *node) string { return "~" + nameField(n) }),
			"indexer_declaration":      one(rule{kind: KindMethod, name: func(*node) string { return "this[]" }, body: accessors}),
			"operator_declaration":     named(func(n *node) string { return "operator " + n.child("operator").text() }),
			"conversion_operator_declaration": named(func(n *node) string {
				return "operator " + n.child("type").text()
			}),
		},
	}
}

var (
	// refTag keeps what a tag refers to: <see cref="Foo"/> becomes Foo.
	refTag = regexp.MustCompile(`<(?:see|seealso|paramref|typeparamref)\s+(?:cref|name|langword|href)="(?:[A-Z]:)?([^"<>]*)"\s*/?>`)
	anyTag = regexp.MustCompile(`</?[a-zA-Z][^<>]*>`)
	spaces = regexp.MustCompile(`\n\s*\n+`)
)

// bareType is a type without members, such as class Failed(string why) : Exception(why);
var bareType = regexp.MustCompile(`\b(?:class|struct)\s+\w+(?:<[^;{}()]*>)?(\s*[(:][^;{}]*;)`)

// maskCSharp gives types without members empty ones, in place of their parameters and bases: the grammar knows no others.
func maskCSharp(src []byte) []byte {
	m := &mask{src: src, lines: bytes.SplitAfter(src, []byte("\n"))}
	m.conditionals()
	for _, at := range bareType.FindAllSubmatchIndex(src, -1) {
		m.blank(at[2], at[3])
		copy(m.out[at[3]-2:], "{}")
	}
	if m.out == nil {
		return src
	}
	return m.out
}

func stripTags(doc string) string {
	doc = refTag.ReplaceAllString(doc, "$1")
	doc = anyTag.ReplaceAllString(doc, "")
	return spaces.ReplaceAllString(doc, "\n")
}
