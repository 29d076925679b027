package chunk

// This file makes nodes of several, for grammars in which a definition is no node of its own.

// joined returns a node around neighbours.
func joined(kind string, kids ...*node) *node {
	first, last := kids[0], kids[len(kids)-1]
	return &node{
		kind: kind, named: true, start: first.start, end: last.end, stop: last.stop, tree: first.tree, kids: kids, loaded: true,
	}
}

// renamed returns the nodes with another kind, so that no rule finds them again inside of what they were joined to. Only those of a
// kind are renamed where one is given, else all but comments and the like.
func renamed(kind, only string, nodes []*node) []*node {
	out := make([]*node, len(nodes))
	for i, n := range nodes {
		if only == "" && !n.is("comment", "haddock", "pragma") || n.kind == only {
			other := *n
			other.kind = kind
			n = &other
		}
		out[i] = n
	}
	return out
}

// onward returns what lies between the beginning of a name and the end of what declares it.
func onward(name, whole *node) *node {
	n := *name
	n.end = whole.end
	return &n
}
