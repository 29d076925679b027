package chunk

import (
	"regexp"
	"slices"
	"strings"
)

// haskellGrammar: the type signature of a function and its equations are one definition; an instance goes by its class and
// type, "Show Parcel".
func haskellGrammar() *grammar {
	declarations := func(n *node) *node { return n.child("declarations") }
	typed := one(rule{kind: KindType})
	named := func(n *node) bool { return len(haskellNames(n)) > 0 }
	function := rule{kind: KindFunction, list: haskellPlaces, whole: true, is: named}
	return &grammar{
		name:    "haskell",
		version: "1",
		rereads: true,
		seeds: []string{
			"function", "signature", "data_type", "newtype", "type_synomym", "type_family", "data_family", "kind_signature", "class", "instance",
			"pattern_synonym",
		},
		comments:   []string{"comment", "haddock"},
		attributes: []string{"pragma"},
		through:    []string{"declarations"},
		join:       joinHaskell,
		clean:      haskellDoc,
		rules: map[string][]rule{
			"header":         one(rule{kind: KindModule, name: func(n *node) string { return n.child("module").text() }}),
			"data_type":      typed,
			"newtype":        typed,
			"type_synomym":   typed,
			"type_family":    typed,
			"data_family":    typed,
			"kind_signature": typed,
			"class":          one(rule{kind: KindInterface, members: true, methods: true, body: declarations}),
			"instance":       one(rule{kind: KindType, members: true, methods: true, body: declarations, name: haskellInstance}),
			haskellEquations: one(function),
			"function":       one(function),
			"signature":      one(function),
			"bind": {
				// of a class or an instance
				{kind: KindFunction, list: haskellPlaces, is: func(n *node) bool { return n.field == "declaration" && named(n) }},
				{kind: KindVar, list: haskellPlaces, is: named},
			},
			"foreign_import": one(rule{inner: field("signature")}),
			"pattern_synonym": one(rule{kind: KindFunction, whole: true, name: func(n *node) string {
				name, _, _ := strings.Cut(strings.TrimSpace(strings.TrimPrefix(n.text(), "pattern")), " ")
				return name
			}}),
		},
	}
}

// haskellEquations is the node that joinHaskell makes of a signature and equations.
const haskellEquations = "equations_of_function"

// haskellNames are the names that a signature, an equation or several of them are about.
func haskellNames(n *node) []string {
	if n.is(haskellEquations) {
		n = n.kids[0]
	}
	var all []string
	add := func(c *node) {
		if name := strings.Trim(c.text(), "()` "); name != "" {
			all = append(all, name)
		}
	}
	if several := n.child("names"); several != nil {
		for _, c := range several.children() {
			if c.field == "name" {
				add(c)
			}
		}
		return all
	}
	add(n.child("name"))
	if len(all) == 0 {
		infix := n.first("infix")
		for range 4 { // in brackets, with more arguments
			if infix == nil {
				infix = n.first("parens", "patterns").first("infix")
			}
		}
		add(infix.child("operator"))
	}
	return all
}

func haskellPlaces(n *node) []place {
	var all []place
	for _, name := range haskellNames(n) {
		all = append(all, place{name, n})
	}
	return all
}

// haskellInstance is the class of an instance with the types that it is for.
func haskellInstance(n *node) string {
	return strings.Join(strings.Fields(nameField(n)+" "+n.child("patterns").text()), " ")
}

// joinHaskell gives declarations the comments before the first, which to the parser lie outside, and makes one node of what
// defines a function.
func joinHaskell(kids []*node) []*node {
	var out []*node
	for _, c := range kids {
		if c.is("declarations", "class_declarations", "instance_declarations") {
			c = withComments(out, c)
		}
		out = append(out, c)
	}
	return joinEquations(out)
}

// withComments returns declarations with the comments at the end of what is before them.
func withComments(before []*node, c *node) *node {
	if n := len(before); n > 0 && before[n-1].is("imports", "header") {
		before = before[n-1].children()
	}
	from := len(before)
	for from > 0 && before[from-1].is("comment", "haddock", "pragma") {
		from--
	}
	if from == len(before) {
		return c
	}
	more := *c
	more.start = before[from].start
	more.kids, more.loaded = slices.Concat(before[from:], c.children()), true
	return &more
}

// joinEquations makes one node of a signature, the equations that follow it and the comments and pragmas between them.
func joinEquations(kids []*node) []*node {
	var out []*node
	var names []string // those of the definition that begins at out[at]
	at := -1
	for _, c := range kids {
		switch {
		case c.is("comment", "haddock", "pragma"):
		case c.is("signature", "function", "bind"):
			own := haskellNames(c)
			if at >= 0 && !c.is("signature") && len(own) == 1 && slices.Contains(names, own[0]) {
				parts := append(slices.Clone(out[at:]), c)
				if first := out[at]; first.is(haskellEquations) {
					parts = slices.Concat(first.kids, out[at+1:], []*node{c})
				}
				out = append(out[:at], joined(haskellEquations, renamed("clause", "", parts)...))
				continue
			}
			at, names = len(out), own
			if len(own) == 0 {
				at = -1
			}
		case c.named:
			at = -1
		}
		out = append(out, c)
	}
	return out
}

// haskellMarks are what comments begin and end with.
var haskellMarks = regexp.MustCompile(`(?m)^[ \t]*-{2,}(?:[ \t]*[|^*]+)?[ \t]?|^[ \t]*\{-[ \t]*[|^]?[ \t]?|-\}[ \t]*$`)

func haskellDoc(doc string) string { return haskellMarks.ReplaceAllString(doc, "") }
