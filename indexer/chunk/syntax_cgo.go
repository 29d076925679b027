//go:build cgo

package chunk

import (
	"context"

	sitter "github.com/tree-sitter/go-tree-sitter"

	"loradex/internal/fault"
)

func parseSyntax(ctx context.Context, g *grammar, src []byte) (*Syntax, error) {
	pointer := language(g.name)
	if pointer == nil {
		return nil, fault.New(fault.Internal, "no parser for language %q", g.name)
	}
	parser := sitter.NewParser()
	defer parser.Close()
	if err := parser.SetLanguage(sitter.NewLanguage(pointer)); err != nil {
		return nil, fault.Wrap(fault.Internal, err, "grammar of %q", g.name)
	}
	parsed, err := run(ctx, parser, src)
	if err != nil {
		return nil, err
	}
	defer parsed.Close()
	cursor := parsed.Walk()
	defer cursor.Close()
	b := syntaxBuilder{cursor: cursor, size: len(src), kinds: map[uint16]string{}, fields: map[uint16]string{}}
	root := b.node()
	if err := b.children(root, 0); err != nil {
		return nil, err
	}
	return root, nil
}

// syntaxBuilder copies a tree by one cursor that goes down and up, and remembers the names of kinds and fields, which are
// C strings.
type syntaxBuilder struct {
	cursor *sitter.TreeCursor
	size   int
	kinds  map[uint16]string
	fields map[uint16]string
}

// children fills in what lies below the node that the cursor is on.
func (b *syntaxBuilder) children(n *Syntax, depth int) error {
	if !b.cursor.GotoFirstChild() {
		return nil
	}
	if depth == maxSyntaxDepth {
		return fault.New(fault.Invalid, "the source nests deeper than %d nodes", maxSyntaxDepth)
	}
	for {
		c := b.node()
		n.Children = append(n.Children, c)
		if err := b.children(c, depth+1); err != nil {
			return err
		}
		if !b.cursor.GotoNextSibling() {
			break
		}
	}
	b.cursor.GotoParent()
	return nil
}

// node copies the node that the cursor is on.
func (b *syntaxBuilder) node() *Syntax {
	inner := b.cursor.Node()
	id := inner.KindId()
	kind, ok := b.kinds[id]
	if !ok {
		kind = inner.Kind()
		b.kinds[id] = kind
	}
	fieldID := b.cursor.FieldId()
	field, ok := b.fields[fieldID]
	if !ok {
		field = b.cursor.FieldName()
		b.fields[fieldID] = field
	}
	start, end := inner.ByteRange()
	// The clamp keeps offsets in the source whatever the parser says.
	from := int(min(start, uint(b.size))) //nolint:gosec // bounded by the size of the source
	to := int(min(end, uint(b.size)))     //nolint:gosec // as above
	return &Syntax{
		Kind: kind, Field: field, Named: inner.IsNamed(), Broken: inner.IsError(), Missing: inner.IsMissing(),
		Start: from, End: max(from, to),
	}
}
