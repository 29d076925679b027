package chunk

// javaGrammar: annotations are part of the node that they annotate; fields stay with their class.
func javaGrammar() *grammar {
	return &grammar{
		name:    "java",
		version: "3",
		seeds: []string{
			"class_declaration", "record_declaration", "enum_declaration", "interface_declaration",
			"annotation_type_declaration", "method_declaration", "constructor_declaration", "compact_constructor_declaration",
		},
		comments: []string{"line_comment", "block_comment"},
		through:  []string{"enum_body_declarations"},
		rules: map[string][]rule{
			"class_declaration":               class(KindType),
			"record_declaration":              class(KindType),
			"enum_declaration":                class(KindEnum),
			"interface_declaration":           class(KindInterface),
			"annotation_type_declaration":     class(KindInterface),
			"method_declaration":              one(rule{kind: KindMethod}),
			"constructor_declaration":         one(rule{kind: KindMethod}),
			"compact_constructor_declaration": one(rule{kind: KindMethod}),
			"module_declaration":              one(rule{kind: KindModule}),
		},
	}
}
