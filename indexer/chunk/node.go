package chunk

import (
	"bytes"
	"errors"
	"slices"
)

// errGaveUp says that tree-sitter did not get through a source; the caller cuts it into windows.
var errGaveUp = errors.New("chunk: the parser gave up")

// maxDepth bounds every recursion over a tree: sources may nest as deep as they are long.
const maxDepth = 100

// node is one node of a syntax tree. It hides the parser, so that only two files need cgo; children are loaded when
// they are asked for, because each costs a call into C and most are never looked at.
type node struct {
	kind   string // the grammar's name for it: "function_declaration"
	field  string // its role in the parent: "body"; or ""
	named  bool   // false for punctuation and key words
	broken bool   // an ERROR node
	start  int    // byte offsets into the source; end is exclusive and leaves out white space at the end
	end    int
	stop   int // the parser's own end

	tree   *tree
	handle any // the parser's own node
	kids   []*node
	loaded bool
}

// tree is a parsed source.
type tree struct {
	*lines
	load func(n *node) []*node
	join func(kids []*node) []*node // a grammar's; nil for none
	// findSeeds returns where nodes of the grammar's seed kinds begin, in order; seeds are what it has returned.
	findSeeds func() []int
	words     []string // one of which every seed has; nil for none
	seeds     []int
	missing   func(n *node) bool // put in by the parser to go on
}

// children returns all children in source order. Like the methods below it may be called for nil, which is no node.
func (n *node) children() []*node {
	if n == nil {
		return nil
	}
	if !n.loaded {
		n.kids, n.loaded = n.tree.load(n), true
		if n.tree.join != nil {
			n.kids = n.tree.join(n.kids)
		}
	}
	return n.kids
}

// seeded says whether a definition may be in a node that is inside of a function or statement.
func (n *node) seeded() bool {
	t := n.tree
	if len(t.words) > 0 && !slices.ContainsFunc(t.words, func(word string) bool { return hasWord(t.src[n.start:n.end], word) }) {
		return false
	}
	if t.findSeeds != nil {
		t.seeds, t.findSeeds = t.findSeeds(), nil
	}
	i, _ := slices.BinarySearch(t.seeds, n.start)
	return i < len(t.seeds) && t.seeds[i] < n.end
}

// hasWord says whether a word of ASCII letters stands in a text, and not as a part of a longer one.
func hasWord(text []byte, word string) bool {
	for at := 0; ; {
		i := bytes.Index(text[at:], []byte(word))
		if i < 0 {
			return false
		}
		from, to := at+i, at+i+len(word)
		if (from == 0 || !inWord(text[from-1])) && (to == len(text) || !inWord(text[to])) {
			return true
		}
		at = to
	}
}

func inWord(c byte) bool {
	return c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// child returns the first child in a field, or nil.
func (n *node) child(field string) *node {
	for _, c := range n.children() {
		if c.field == field {
			return c
		}
	}
	return nil
}

// first returns the first child of one of the kinds, or nil.
func (n *node) first(kinds ...string) *node {
	for _, c := range n.children() {
		if c.is(kinds...) {
			return c
		}
	}
	return nil
}

// is says whether the node is of one of the kinds.
func (n *node) is(kinds ...string) bool { return n != nil && slices.Contains(kinds, n.kind) }

// text returns the node's source; "" for nil.
func (n *node) text() string {
	if n == nil {
		return ""
	}
	return string(n.tree.src[n.start:n.end])
}

// from and to are the first and last line of the node.
func (n *node) from() int { return n.tree.at(n.start) }
func (n *node) to() int   { return n.tree.at(max(n.start, n.end-1)) }
