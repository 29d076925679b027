package chunk

import "strings"

// grammar is one entry of the language table: what the node types of a language mean for chunks.
type grammar struct {
	name string // go-enry's name in lower case
	// version changes with what Split makes of some source in the language: files of the language are then cut anew, and
	// those of others stay. A test compares it with the digest of the golden files.
	version string
	// rules say which node types are definitions. The first rule that applies to a node wins.
	rules map[string][]rule
	// marks are more rules, for what has a name but is no reason to cut: they only make symbols.
	marks map[string][]rule
	// seeds are the node types that a function or type inside of a function or statement is, or has inside. What holds none
	// is not searched for symbols.
	seeds []string
	// words, where there are some, are key words of which every seed has one: text without any is not searched for seeds.
	words []string
	// comments are the node types of comments; attributes those of annotations that stand before a definition as nodes
	// of their own. Both belong to the definition that follows them without a blank line.
	comments, attributes []string
	// through are node types that are looked into for definitions although they are none: conditional compilation,
	// wrappers. ERROR nodes always are, so that broken code still shows its definitions.
	through []string
	// plain, where set, takes the place of a parser.
	plain *plainRule
	// mask, where set, returns what the parser reads in place of a source: as many bytes, on the same lines.
	mask func(src []byte) []byte
	// join, where set, changes the children of a node.
	join func(kids []*node) []*node
	// fileDoc, where set, returns the documentation of the whole file.
	fileDoc func(root *node) string
	// rereads says that the parser goes back in the source so often that it must be given small pieces.
	rereads bool
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
	// list, where set, returns what a node of several names defines, in place of name.
	list func(n *node) []place
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
	// open says that the name does not go into the members' symbols.
	open bool
	// top restricts the rule to what stands directly in the file: an assignment is a definition only there.
	top bool
	// whole says that what has no body is defined all the same, and not only declared.
	whole bool
	// global says that the name is known outside of the function or statement in which it is defined.
	global bool
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

// place is one of several things that a node defines: its name, and what it covers.
type place struct {
	name string
	node *node
}

// mark returns the definition that a node is by the rules for symbols alone.
func (g *grammar) mark(n *node) (definition, bool) {
	for _, r := range g.marks[n.kind] {
		if r.is == nil || r.is(n) {
			return definition{outer: n, core: n, rule: r}, true
		}
	}
	return definition{}, false
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

// name returns the name, or names joined with ", ".
func (d definition) name() string {
	switch {
	case d.rule.list != nil:
		var all []string
		for _, p := range d.rule.list(d.core) {
			all = append(all, p.name)
		}
		return strings.Join(all, ", ")
	case d.rule.name != nil:
		return d.rule.name(d.core)
	}
	return nameField(d.core)
}

// nameNode returns what names a definition of one name; nil where its name is made of something else.
func (d definition) nameNode() *node {
	for _, field := range []string{"name", "left", "key", "property"} {
		if n := d.core.child(field); n != nil {
			return n
		}
	}
	name := nextDeclarator(d.core)
	for n := name; n != nil; n = nextDeclarator(n) {
		name = n
	}
	return name
}

// places returns what is defined: each name with its own lines.
func (d definition) places() []place {
	if d.rule.list != nil {
		return d.rule.list(d.core)
	}
	if name := d.name(); name != "" {
		return []place{{name, d.outer}}
	}
	return nil
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

// each returns a function that lists the names which the children of some kinds have.
func each(names func(n *node) []*node, kinds ...string) func(n *node) []place {
	return func(n *node) []place {
		var all []place
		for _, c := range n.children() {
			if !c.is(kinds...) {
				continue
			}
			for _, name := range names(c) {
				if s := name.text(); s != "" {
					all = append(all, place{s, c})
				}
			}
		}
		return all
	}
}

// nameNode is the field "name", in a list.
func nameNode(n *node) []*node { return []*node{n.child("name")} }

// nameField is the text of the field "name".
func nameField(n *node) string { return n.child("name").text() }

func hasName(n *node) bool { return n.child("name") != nil }

// hasBody says whether a node defines what it names.
func hasBody(n *node) bool { return n.child("body") != nil }

// one makes the rule list of a node type that has a single rule.
func one(r rule) []rule { return []rule{r} }

// class makes the rule list of a type with methods of its own.
func class(kind string) []rule { return one(rule{kind: kind, members: true, methods: true}) }

// anonymous names nothing, whatever the node.
func anonymous(*node) string { return "" }
