package chunk

import (
	"bytes"
	"cmp"
	"regexp"
	"strings"
)

// rustGrammar: an impl block only groups methods, whose symbol is "Type.method", also where it implements a trait.
// Attributes are nodes before the item and belong to it.
func rustGrammar() *grammar {
	return &grammar{
		name:    "rust",
		version: "3",
		seeds: []string{
			"function_item", "macro_definition", "struct_item", "union_item",
			"type_item", "enum_item", "trait_item",
		},
		words:      []string{"fn", "macro_rules", "struct", "union", "type", "enum", "trait"},
		comments:   []string{"line_comment", "block_comment"},
		attributes: []string{"attribute_item"},
		mask:       maskRust,
		fileDoc:    innerDoc,
		rules: map[string][]rule{
			"function_item":           one(rule{kind: KindFunction}),
			"function_signature_item": one(rule{kind: KindFunction}),
			"macro_definition":        one(rule{kind: KindFunction}),
			"struct_item":             one(rule{kind: KindType}),
			"union_item":              one(rule{kind: KindType}),
			"type_item":               one(rule{kind: KindType}),
			"enum_item":               one(rule{kind: KindEnum}),
			"trait_item":              class(KindInterface),
			"const_item":              one(rule{kind: KindConst}),
			"static_item":             one(rule{kind: KindVar}),
			"impl_item":               one(rule{kind: KindType, members: true, methods: true, scope: true, name: implName}),
			"foreign_mod_item":        one(rule{kind: KindModule, members: true, scope: true, name: anonymous}),
			"mod_item":                one(rule{kind: KindModule, members: true, is: hasBody}),
		},
	}
}

// rawVariable is a reference to a variable called raw, which the grammar takes for the beginning of &raw const.
var rawVariable = regexp.MustCompile(`&raw\s*[^\s\w]`)

// maskRust gives variables called raw another name.
func maskRust(src []byte) []byte {
	return rawVariable.ReplaceAllFunc(src, func(text []byte) []byte {
		out := bytes.Clone(text)
		out[len("&r")] = '_'
		return out
	})
}

// implName is the type of an impl block without its arguments and path.
func implName(n *node) string {
	t := n.child("type")
	for t != nil && t.kind != "type_identifier" {
		next := cmp.Or(t.child("type"), t.child("name"))
		if next == nil {
			return t.text()
		}
		t = next
	}
	return t.text()
}

// innerDoc returns the `//!` comments at the top of a file.
func innerDoc(root *node) string {
	var all []string
	for _, c := range root.children() {
		text := c.text()
		if !strings.HasPrefix(text, "//!") && !strings.HasPrefix(text, "/*!") {
			break
		}
		all = append(all, stripComment(text))
	}
	return strings.Join(all, "\n")
}
