package chunk

import "strings"

// This file finds the definitions in a syntax tree and brings them to whole lines.

// item is a definition on whole lines.
type item struct {
	definition
	first, last int // lines, with the comments and attributes before it
	decl        int // the line on which the definition itself begins
	kind        string
	names       []string // symbols; several where definitions share a line
	doc         string
	signature   string
	owner       *item
}

// outline returns the definitions that lie directly in the children of n, in order and on lines of their own. Inside
// functions (local is true) only functions and types of some length count: a local variable is no symbol.
func (s *splitter) outline(n *node, owner *item, local bool) []*item {
	var items []*item
	s.collect(n, owner, local, 0, &items)
	return items
}

func (s *splitter) collect(n *node, owner *item, local bool, depth int, items *[]*item) {
	if depth > maxDepth {
		return
	}
	kids := n.children()
	for i, c := range kids {
		if !c.named || s.g.attaches(c) {
			continue
		}
		if d, ok := s.g.define(c); ok && (!local || s.localItem(d)) && (!d.rule.top || owner == nil && depth == 0) {
			s.add(s.newItem(d, kids[:i], owner), items)
			continue
		}
		// Definitions also hide in long statements: an immediately called function, a conditional import, a test suite.
		length := c.to() - c.from() + 1
		if c.broken || c.is(s.g.through...) || length > s.opts.maxLines || local && length > s.opts.minLines {
			s.collect(c, owner, local || !s.seeThrough(c), depth+1, items)
		}
	}
}

// seeThrough says whether the definitions in a node are as global as the node.
func (s *splitter) seeThrough(n *node) bool {
	return n.broken || n.is(s.g.through...)
}

func (s *splitter) localItem(d definition) bool {
	if s.nonBlank(d.outer.from(), d.outer.to()) < s.opts.minLines {
		return false
	}
	return d.rule.kind != KindConst && d.rule.kind != KindVar && d.rule.kind != KindModule && d.name() != ""
}

// newItem makes the item of a definition; before are the siblings in front of it.
func (s *splitter) newItem(d definition, before []*node, owner *item) *item {
	it := &item{definition: d, decl: d.outer.from(), last: d.outer.to(), kind: d.rule.kind, owner: owner}
	it.first = it.decl
	lead := len(before)
	for lead > 0 {
		c := before[lead-1]
		if !s.g.attaches(c) || c.to() < it.first-1 || !s.starts(c.start) {
			break // something else, a blank line between, or a comment at the end of a line of code
		}
		it.first = c.from()
		lead--
	}
	it.doc = s.docOf(d, before[lead:])
	it.signature = signature(d)
	if it.kind == KindFunction && owner != nil && owner.rule.methods {
		it.kind = KindMethod
	}
	var names []string
	for _, p := range d.places() {
		names = append(names, qualify(owner, p.name))
	}
	if len(names) > 0 {
		it.names = []string{clip(strings.Join(names, ", "), maxSymbol)}
	}
	return it
}

// add appends an item; one that begins on the last line of the item before it is joined with that, because chunks are
// whole lines.
func (s *splitter) add(it *item, items *[]*item) {
	if n := len(*items); n > 0 {
		prev := (*items)[n-1]
		if it.first <= prev.last {
			if it.decl > prev.last { // only the comment before it begins there
				it.first = prev.last + 1
			} else {
				prev.last = max(prev.last, it.last)
				prev.names = addNames(prev.names, it.names)
				return
			}
		}
	}
	*items = append(*items, it)
}

// qualify puts the symbol of the nearest named owner before a name.
func qualify(owner *item, name string) string {
	for ; owner != nil; owner = owner.owner {
		if len(owner.names) > 0 {
			return owner.names[0] + "." + name
		}
	}
	return name
}
