package chunk

import (
	"regexp"
	"strings"
)

// kotlinGrammar: an extension is written as a member of what it extends, `String.shout`; what stands in a companion without
// a name as one of its class.
func kotlinGrammar() *grammar {
	body := func(n *node) *node { return n.first("class_body", "enum_class_body") }
	class := func(kind string, is func(n *node) bool) rule {
		return rule{kind: kind, members: true, methods: true, body: body, is: is}
	}
	has := func(modifier string) func(n *node) bool {
		return func(n *node) bool {
			for _, c := range n.first("modifiers").children() {
				if c.text() == modifier {
					return true
				}
			}
			return false
		}
	}
	function := rule{kind: KindFunction, name: kotlinName, body: func(n *node) *node { return n.first("function_body") }}
	extension := function
	extension.kind, extension.is = KindMethod, func(n *node) bool { return kotlinReceiver(n) != "" }
	return &grammar{
		name:    "kotlin",
		version: "1",
		seeds: []string{
			"class_declaration", "object_declaration", "function_declaration", "secondary_constructor", "companion_object",
			"type_alias",
		},
		comments: []string{"line_comment", "block_comment"},
		mask:     maskKotlin,
		rules: map[string][]rule{
			"class_declaration": {
				class(KindEnum, has("enum")),
				class(KindInterface, func(n *node) bool { return n.first("interface") != nil }),
				class(KindType, nil),
			},
			"object_declaration": one(class(KindType, nil)),
			"companion_object": {
				class(KindType, hasName),
				{kind: KindType, members: true, methods: true, scope: true, name: anonymous, body: body},
			},
			"function_declaration": {extension, function},
			"secondary_constructor": one(rule{
				kind: KindMethod, name: func(*node) string { return "constructor" },
				body: func(n *node) *node { return n.first("block") }, whole: true,
			}),
			"property_declaration": {
				{kind: KindConst, list: kotlinProperties, is: has("const")},
				{kind: KindVar, list: kotlinProperties},
			},
			"type_alias": one(rule{kind: KindType, name: func(n *node) string { return n.child("type").text() }}),
		},
	}
}

// kotlinReceiver is the type that a function or property extends, without its arguments; "" for none.
func kotlinReceiver(n *node) string {
	for _, c := range n.children() {
		switch {
		case c.is("user_type", "nullable_type", "parenthesized_type"):
			name, _, _ := strings.Cut(c.text(), "<")
			return strings.Trim(name, "()? \n")
		case c.field == "name" || c.is("variable_declaration", "multi_variable_declaration"):
			return ""
		}
	}
	return ""
}

func kotlinName(n *node) string {
	return member(kotlinReceiver(n), strings.Trim(nameField(n), "`"))
}

// kotlinProperties lists what a property declares: one name, or several in brackets.
func kotlinProperties(n *node) []place {
	var all []place
	declared := n.children()
	if several := n.first("multi_variable_declaration"); several != nil {
		declared = several.children()
	}
	for _, c := range declared {
		if c.is("variable_declaration") {
			if name := strings.Trim(c.first("identifier").text(), "`"); name != "" && name != "_" {
				all = append(all, place{member(kotlinReceiver(n), name), onward(c, n)})
			}
		}
	}
	return all
}

// member is the name of something that belongs to an owner; "" for none.
func member(owner, name string) string {
	if owner == "" || name == "" {
		return name
	}
	return owner + "." + name
}

var (
	// kotlinInfix are words that are keywords only where a property has them, here between two values.
	kotlinInfix = regexp.MustCompile(`[\w)}\]] +([gs]et) +[\w(]`)
	// kotlinWhere is a variable called where.
	kotlinWhere = regexp.MustCompile(`\b(where)(?:\?\.|\.|\)|,| ?[!=]=|!!)`)
	// kotlinGuard is a condition behind a case of when.
	kotlinGuard = regexp.MustCompile(`(?m)^[ \t]*(?:is|in|else)\b.*?( if .*?) ->`)
	// kotlinContext is a line that says what a function needs around it.
	kotlinContext = regexp.MustCompile(`(?m)^[ \t]*(context\(.*\))[ \t]*\r?$`)
	// kotlinLine is a type on one line, whose last function has nothing between it and the closing bracket.
	kotlinLine = regexp.MustCompile(`(?m)\b(?:class|interface|object)\b.*\{.*\bfun\b.*[^\s;{]( )\}`)
)

// maskKotlin hides what the grammar does not know, and gives names that it takes for keywords another letter.
func maskKotlin(src []byte) []byte {
	name := func(text []byte) { text[0] = 'x' }
	return masked(src, []masking{
		{kotlinInfix, name},
		{kotlinWhere, name},
		{kotlinGuard, blankOut},
		{kotlinContext, blankOut},
		{kotlinLine, func(text []byte) { text[0] = ';' }},
	})
}
