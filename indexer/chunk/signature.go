package chunk

import (
	"bytes"
	"strings"
)

// annotations are the node types of annotations inside the definition, in front of the rest.
var annotations = []string{"annotation", "marker_annotation", "attribute_list", "attribute", "decorator"}

// afterAnnotations returns the offset at which a definition goes on after its annotations.
func afterAnnotations(n *node) int {
	for _, c := range n.children() {
		switch {
		case c.is(annotations...):
		case c.kind == "modifiers":
			if start := afterAnnotations(c); start < c.end {
				return start
			}
		default:
			return c.start
		}
	}
	return n.end
}

// ownStart returns the offset at which the definition itself begins, behind what wraps it: that of the name, since a type or
// an attribute may stand on lines above.
func ownStart(d definition) int {
	start := afterAnnotations(d.core)
	if start >= d.core.end {
		start = d.core.start
	}
	// The name of a typedef may stand behind all that it names.
	if name := d.nameNode(); name != nil && name.start > start && bytes.IndexByte(name.tree.src[start:name.start], '{') < 0 {
		return name.start
	}
	return start
}

// signature returns the head of a definition on one line: what stands before its body, or its first line.
func signature(d definition) string {
	from := d.outer
	if d.bare {
		from = d.core
	}
	start, end := afterAnnotations(from), from.end
	if body := d.body(); body != nil && body.start > start {
		end = body.start
	}
	// What is kept is short, so a long head is cut before its white space is folded.
	text := string(from.tree.src[start:min(end, start+4*maxSignature)])
	if d.body() == nil {
		text, _, _ = strings.Cut(text, "\n")
	} else {
		text = strings.TrimSuffix(strings.TrimSpace(text), "=")
	}
	text = strings.Join(strings.Fields(text), " ")
	text = strings.TrimRight(text, " {:")
	return strings.ToValidUTF8(clip(text, maxSignature), "\uFFFD")
}
