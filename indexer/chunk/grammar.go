package chunk

import "strings"

// grammar is one entry of the language table: what the node types of a language mean for chunks.
type grammar struct {
	name string // go-enry's name in lower case
	// rules say which node types are definitions. The first rule that applies to a node wins.
	rules map[string][]rule
	// comments are the node types of comments; attributes those of annotations that stand before a definition as nodes
	// of their own. Both belong to the definition that follows them without a blank line.
	comments, attributes []string
	// through are node types that are looked into for definitions although they are none: conditional compilation,
	// wrappers. ERROR nodes always are, so that broken code still shows its definitions.
	through []string
	// fileDoc, where set, returns the documentation of the whole file.
	fileDoc func(root *node) string
	// clean, where set, changes the text of a doc comment whose markers are gone.
	clean func(doc string) string
}

// rule says how a node type defines something.
type rule struct {
	kind string
	// is restricts the rule; nil accepts every node of the type.
	is func(n *node) bool
	// inner leads from a wrapper (a decorated definition, an export) to what it defines. The definition's name, kind
	// and body are the inner node's, its span is the wrapper's.
	inner func(n *node) *node
	// name returns the symbol, with dots where it is a path; nil takes the field "name".
	name func(n *node) string
	// body returns the node that holds the members or statements; nil takes the field "body".
	body func(n *node) *node
	// doc returns documentation inside the definition, which wins over comments before it.
	doc func(n *node) string
	// members says that definitions in the body are chunks of their own where the whole is large.
	members bool
	// methods says that functions among the members are methods.
	methods bool
	// scope marks what only groups others, such as a namespace or an impl block: its own lines are module lines. The
	// name, if any, goes into its members' symbols all the same.
	scope bool
	// top restricts the rule to what stands directly in the file: an assignment is a definition only there.
	top bool
	// bare says that the signature begins at the inner node, which leaves decorators out.
	bare bool
}

// definition is a node with the rule that makes it one.
type definition struct {
	outer *node // with wrappers
	core  *node
	rule  rule
	bare  bool
}

// define returns the definition that a node is.
func (g *grammar) define(n *node) (definition, bool) {
	d := definition{outer: n, core: n}
	for range 8 { // wrappers nest a few deep; the bound is against tables that lead in a circle
		r, ok := g.match(d.core)
		if !ok {
			return d, false
		}
		if r.inner == nil {
			d.rule = r
			return d, true
		}
		d.bare = d.bare || r.bare
		if d.core = r.inner(d.core); d.core == nil {
			return d, false
		}
	}
	return d, false
}

func (g *grammar) match(n *node) (rule, bool) {
	for _, r := range g.rules[n.kind] {
		if r.is == nil || r.is(n) {
			return r, true
		}
	}
	return rule{}, false
}

func (d definition) name() string {
	if d.rule.name != nil {
		return d.rule.name(d.core)
	}
	return d.core.child("name").text()
}

func (d definition) body() *node {
	if d.rule.body != nil {
		return d.rule.body(d.core)
	}
	return d.core.child("body")
}

func (g *grammar) isComment(n *node) bool { return n.is(g.comments...) }

// attaches says whether the node belongs to the definition after it.
func (g *grammar) attaches(n *node) bool {
	return g.isComment(n) || n.is(g.attributes...)
}

// field returns a function that follows fields from a node.
func field(path ...string) func(n *node) *node {
	return func(n *node) *node {
		for _, f := range path {
			n = n.child(f)
		}
		return n
	}
}

// names returns a function that joins, with ", ", what name gives for the children of some kinds.
func names(name func(n *node) string, kinds ...string) func(n *node) string {
	return func(n *node) string {
		var all []string
		for _, c := range n.children() {
			if c.is(kinds...) {
				if s := name(c); s != "" {
					all = append(all, s)
				}
			}
		}
		return strings.Join(all, ", ")
	}
}

// nameField is the text of the field "name".
func nameField(n *node) string { return n.child("name").text() }

// hasBody says whether a node defines what it names.
func hasBody(n *node) bool { return n.child("body") != nil }

// one makes the rule list of a node type that has a single rule.
func one(r rule) []rule { return []rule{r} }

// class makes the rule list of a type with methods of its own.
func class(kind string) []rule { return one(rule{kind: kind, members: true, methods: true}) }

// anonymous names nothing, whatever the node.
func anonymous(*node) string { return "" }
