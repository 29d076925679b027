//go:build cgo

package chunk

import (
	"bytes"
	"context"
	"time"

	sitter "github.com/tree-sitter/go-tree-sitter"

	"loradex/internal/fault"
)

// Available says whether this build has the grammars. It is false without cgo: source code is then cut into windows.
func Available() bool { return true }

const (
	// readSize is how much of the source the parser gets at a time. The binding copies each piece into C memory and
	// frees all of them after the run, so pieces must be small against the source and yet rare.
	readSize = 64 << 10
	// rereadSize is that for grammars with which the parser goes back again and again, each time to read a piece anew.
	rereadSize = 256
	// firstTry is how long the parser runs before it is asked whether to go on. It then begins again with twice the time, up
	// to maxTry, some thousand times what a source of maxParse bytes takes: only a source made to be slow comes that far. A
	// run that goes on where it was stopped would be cheaper, but recovers from errors in another way, so that chunks would
	// depend on the load of the machine.
	firstTry = 100 * time.Millisecond
	maxTry   = 10 * time.Second
)

// probes are the lengths of the prefixes that are parsed before a longer source is. Error recovery takes time in the
// square of what it cannot make sense of, so text that is not in the language must be found out early.
var probes = []int{32 << 10, 256 << 10}

// parse parses a source and calls use with the tree, which is only valid during the call. It returns errGaveUp where
// parsing takes too long or, if that is asked for, most of the source makes no sense in the language.
//
// A parser is made and closed for every run: that takes microseconds, and a pool would have to keep C memory that
// nothing frees when the pool is dropped.
func parse(ctx context.Context, g *grammar, text *lines, sensible bool, use func(root *node) error) error {
	generated := parsers[g.name]
	if generated == nil {
		return fault.New(fault.Internal, "no parser for language %q", g.name)
	}
	language := sitter.NewLanguage(generated())
	src := text.src
	if sensible && g.mask != nil {
		src = g.mask(src)
	}
	for _, size := range probes {
		if sensible && size < len(text.src)/2 {
			if err := parsePart(ctx, language, text, src[:size], g, func(*node) error { return nil }); err != nil {
				return err
			}
		}
	}
	if !sensible {
		g = nil
	}
	return parsePart(ctx, language, text, src, g, use)
}

// parsePart parses src, the beginning of the text or what stands for it. Without a grammar the tree is the parser's, whatever sense it makes.
func parsePart(ctx context.Context, language *sitter.Language, text *lines, src []byte, g *grammar, use func(root *node) error) error {
	piece := readSize
	if g != nil && g.rereads {
		piece = rereadSize
	}
	parsed, err := run(ctx, language, src, piece)
	if err != nil {
		return err
	}
	defer parsed.Close()
	cursor := parsed.Walk()
	defer cursor.Close()
	loader := loader{cursor: cursor, kinds: map[uint16]string{}, fields: map[uint16]string{}}
	t := &tree{lines: text, missing: missing}
	t.load = func(n *node) []*node { return loader.children(t, n) }
	if g != nil {
		t.join, t.words, t.findSeeds = g.join, g.words, func() []int { return seeds(g, language, parsed) }
	}
	root := loader.node(t, parsed.RootNode(), "")
	if g != nil && senseless(root, 0) > len(src)/2 {
		return errGaveUp
	}
	return use(root)
}

// run runs a parser, as long as it takes.
func run(ctx context.Context, language *sitter.Language, src []byte, piece int) (*sitter.Tree, error) {
	for limit := firstTry; limit <= maxTry; limit *= 2 {
		if parsed, err := try(ctx, language, src, piece, limit); parsed != nil || err != nil {
			return parsed, err
		}
	}
	return nil, errGaveUp
}

// try runs a parser for a while, and returns nothing where that was too short. The parser is closed whatever happens: one
// that was stopped aborts the process when it is reset and used again. The binding's progress callback is not used: it
// leaks its state, once for each run.
func try(ctx context.Context, language *sitter.Language, src []byte, piece int, limit time.Duration) (*sitter.Tree, error) {
	plainAllocator()
	parser := sitter.NewParser()
	defer parser.Close()
	if err := parser.SetLanguage(language); err != nil {
		return nil, fault.Wrap(fault.Internal, err, "the parser does not take the grammar")
	}
	parser.SetTimeoutMicros(uint64(limit.Microseconds())) //nolint:staticcheck // see above
	// Recovery can scan from one point to the end of the source again and again; what is read is copied, so it is
	// bounded. Beyond that the parser sees the end of the source.
	budget := 16*len(src) + 16*readSize
	read := func(offset int, _ sitter.Point) []byte {
		if offset >= len(src) || budget < 0 {
			return nil
		}
		end := min(offset+piece, len(src))
		budget -= end - offset
		return src[offset:end]
	}
	parsed := parser.ParseWithOptions(read, nil, nil)
	err := ctx.Err()
	if parsed != nil && (err != nil || budget < 0) {
		parsed.Close()
	}
	switch {
	case err != nil:
		return nil, fault.Wrap(fault.Canceled, err, "chunking was stopped")
	case budget < 0:
		return nil, errGaveUp
	}
	return parsed, nil
}

// senseless returns the number of bytes under n that recovery skipped: what ERROR nodes hold outside of nodes with
// structure. An unclosed bracket puts a whole file into an ERROR node, but its definitions keep their structure.
func senseless(n *node, depth int) int {
	inner, ok := n.handle.(*sitter.Node)
	if !ok || !inner.HasError() || depth > maxDepth {
		return 0
	}
	total := 0
	for _, c := range n.children() {
		if n.broken && len(c.children()) == 0 {
			total += c.end - c.start
		}
		total += senseless(c, depth+1)
	}
	return total
}

// missing says whether the parser put a node in to go on.
func missing(n *node) bool {
	inner, ok := n.handle.(*sitter.Node)
	return ok && inner.IsMissing()
}

// loader turns the parser's nodes into ours and remembers the names of kinds and fields, which are C strings.
type loader struct {
	cursor *sitter.TreeCursor
	kinds  map[uint16]string
	fields map[uint16]string
}

func (l *loader) children(t *tree, n *node) []*node {
	inner, ok := n.handle.(*sitter.Node)
	if !ok {
		return nil
	}
	l.cursor.Reset(*inner)
	if !l.cursor.GotoFirstChild() {
		return nil
	}
	kids := make([]*node, 0, inner.ChildCount())
	for {
		id := l.cursor.FieldId()
		field, ok := l.fields[id]
		if !ok {
			field = l.cursor.FieldName()
			l.fields[id] = field
		}
		kids = append(kids, l.node(t, l.cursor.Node(), field))
		if !l.cursor.GotoNextSibling() {
			return kids
		}
	}
}

func (l *loader) node(t *tree, inner *sitter.Node, field string) *node {
	id := inner.KindId()
	kind, ok := l.kinds[id]
	if !ok {
		kind = inner.Kind()
		l.kinds[id] = kind
	}
	start, end := inner.ByteRange()
	n := &node{
		kind: kind, field: field, named: inner.IsNamed(), broken: inner.IsError(),
		start: int(start), end: int(end), tree: t, handle: inner,
	}
	// Some grammars end a node after the line's end; that line is not the node's. The clamp keeps offsets in the source
	// whatever the parser says.
	n.start = min(n.start, len(t.src))
	n.end = max(n.start, min(n.end, len(t.src)))
	n.stop = n.end
	n.end = n.start + len(bytes.TrimRight(t.src[n.start:n.end], " \t\r\n\f\v"))
	return n
}
