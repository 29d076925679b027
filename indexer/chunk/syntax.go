package chunk

import (
	"context"
	"errors"

	"loradex/internal/fault"
)

// This file defines the whole syntax tree of a source, for those who change code and do not cut it.

// Syntax is a node of a syntax tree. Unlike the nodes that Split works on it holds all of them, and its end is the
// parser's, with white space at the end of a string.
type Syntax struct {
	Kind  string // the grammar's name for it: "function_declaration"; of punctuation its text
	Field string // its role in the parent: "body"; or ""
	Named bool   // false for punctuation and key words
	// Broken marks what the parser skipped to go on, Missing what it put in to go on; the latter are empty.
	Broken, Missing bool
	Start, End      int // byte offsets into the source; End is exclusive
	Children        []*Syntax
}

const (
	// maxSyntax is the largest source, in bytes, of which a tree is made: a node takes some hundred bytes, and there is
	// one for every two or three bytes of a source.
	maxSyntax = 1 << 20
	// maxSyntaxDepth bounds the depth of a tree. Sums of a thousand terms nest that deep.
	maxSyntaxDepth = 2000
)

// ParseSyntax returns the syntax tree of a source in a language of [Languages] that has a parser. A source with mistakes has one, too; see
// [Syntax.Errors].
//
// Unsupported for a language without a grammar, and in a build without grammars; Invalid for a source that is over 1 MiB,
// nests too deep, or that the parser gives up on; Canceled when ctx ends.
func ParseSyntax(ctx context.Context, language string, src []byte) (*Syntax, error) {
	g := grammarFor(language)
	if g == nil || g.plain != nil {
		return nil, fault.New(fault.Unsupported, "no grammar for language %q", language)
	}
	if len(src) > maxSyntax {
		return nil, fault.New(fault.Invalid, "a source of %d bytes: a syntax tree is made of at most %d", len(src), maxSyntax)
	}
	var syntax *Syntax
	err := parse(ctx, g, newLines(src), false, func(root *node) (err error) {
		syntax, err = syntaxOf(root, 0)
		return err
	})
	if errors.Is(err, errGaveUp) {
		return nil, fault.Wrap(fault.Invalid, err, "the source is not %s", language)
	}
	return syntax, err
}

// syntaxOf copies a node and what lies below it.
func syntaxOf(n *node, depth int) (*Syntax, error) {
	s := &Syntax{
		Kind: n.kind, Field: n.field, Named: n.named, Broken: n.broken, Missing: n.tree.missing(n), Start: n.start, End: n.stop,
	}
	for _, kid := range n.children() {
		if depth == maxSyntaxDepth {
			return nil, fault.New(fault.Invalid, "the source nests deeper than %d nodes", maxSyntaxDepth)
		}
		c, err := syntaxOf(kid, depth+1)
		if err != nil {
			return nil, err
		}
		s.Children = append(s.Children, c)
	}
	return s, nil
}

// Errors counts the nodes that are broken or missing: 0 for a source without mistakes.
func (s *Syntax) Errors() int {
	n := 0
	s.Walk(func(node *Syntax) bool {
		if node.Broken || node.Missing {
			n++
		}
		return true
	})
	return n
}

// Walk calls visit for s and the nodes below it, in the order of the source. It does not go below a node for which visit
// returns false.
func (s *Syntax) Walk(visit func(*Syntax) bool) {
	if !visit(s) {
		return
	}
	for _, c := range s.Children {
		c.Walk(visit)
	}
}

// Child returns the first child in a field, or nil. s may be nil.
func (s *Syntax) Child(field string) *Syntax {
	if s == nil {
		return nil
	}
	for _, c := range s.Children {
		if c.Field == field {
			return c
		}
	}
	return nil
}
