package chunk

import (
	"context"
)

// This file turns the outline of a source into pieces that cover it.

// splitter holds the work on one source.
type splitter struct {
	*lines
	g      *grammar
	opts   options
	cuts   cuts
	pieces []piece
}

// piece is a chunk in the making, on 0-based lines.
type piece struct {
	first, last int
	kind        string
	names       []string
	symbols     []Symbol
	doc         string
	signature   string
	owner       *item // the definition whose member or part it is; nil for the file
	role        role
}

// role says how a piece may be merged.
type role int

const (
	whole role = iota // a whole definition
	head              // the beginning of a definition whose members or parts follow
	part              // a later part of a split definition
	gap               // lines between the members of a type, a namespace or a file
)

func splitCode(ctx context.Context, g *grammar, text *lines, opts options) ([]Chunk, error) {
	s := &splitter{lines: text, g: g, opts: opts, cuts: newCuts(text)}
	err := g.parse(ctx, text, func(root *node) error {
		s.region(root, nil, s.outline(root, nil, false), 0, text.count()-1, 0)
		s.merge()
		s.give(s.definitions(root))
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s.chunks(), nil
}

// parse calls use with the tree of a source, which is only valid during the call. It returns errGaveUp where the source makes
// no sense in the language.
func (g *grammar) parse(ctx context.Context, text *lines, use func(root *node) error) error {
	if g.plain != nil {
		return use(g.plain.tree(text))
	}
	return parse(ctx, g, text, true, use)
}

// available says whether this build can cut the language by structure.
func (g *grammar) available() bool { return g.plain != nil || Available() }

// region covers lines a to b of a container (nil for the file) whose syntax is n and whose definitions are items.
func (s *splitter) region(n *node, owner *item, items []*item, a, b, depth int) {
	pos := a
	for _, it := range items {
		it.first, it.last = max(it.first, pos), min(it.last, b)
		if it.last < it.first {
			continue // on a line that is taken
		}
		s.between(n, owner, pos, it.first-1, pos == a)
		s.item(it, depth+1)
		pos = it.last + 1
	}
	s.between(n, owner, pos, b, pos == a)
}

// between covers lines a to b of a container that belong to none of its members. atStart says that they begin it.
func (s *splitter) between(n *node, owner *item, a, b int, atStart bool) {
	a, b, ok := s.trim(a, b)
	if !ok {
		return
	}
	base := piece{kind: KindModule, role: gap, owner: owner}
	if owner != nil && !owner.rule.scope {
		base.kind, base.names, base.signature = owner.kind, owner.names, owner.signature
		if !owner.rule.members {
			base.role = part
		}
	}
	if owner == nil && atStart && s.g.fileDoc != nil {
		base.doc = tidy(s.g.fileDoc(n))
	}
	for _, r := range s.fit(n, a, b) {
		p := base
		p.first, p.last = r.a, r.b
		if atStart && owner != nil && !owner.rule.scope {
			p.role, p.doc, p.signature, atStart = head, owner.doc, "", false
		}
		base.doc = ""
		s.pieces = append(s.pieces, p)
	}
}

// item covers a definition: whole where that fits, else by members, else by parts.
func (s *splitter) item(it *item, depth int) {
	fits := s.fits(it.first, it.last)
	if it.rule.scope || it.rule.members && s.nonBlank(it.first, it.last) > s.opts.targetLines {
		fits = false // methods are found better alone than as lines of their type
	}
	var items []*item
	body := it.body()
	if !fits && depth < maxDepth {
		in := body
		if in == nil {
			in = it.core
		}
		items = s.outline(in, it, !it.rule.members)
	}
	if len(items) == 0 && s.fits(it.first, it.last) && !it.rule.scope {
		s.pieces = append(s.pieces, piece{
			first: it.first, last: it.last, kind: it.kind, names: it.names, doc: it.doc, owner: it.owner, role: whole,
		})
		return
	}
	s.region(it.outer, it, items, it.first, it.last, depth)
}

// fits says whether lines a to b may be one chunk.
func (s *splitter) fits(a, b int) bool { return fits(s.lines, s.opts, a, b) }

// chunks turns the pieces into chunks.
func (s *splitter) chunks() []Chunk {
	out := make([]Chunk, 0, len(s.pieces))
	for _, p := range s.pieces {
		out = append(out, makeChunk(s.lines, p))
	}
	return out
}

func makeChunk(l *lines, p piece) Chunk {
	return Chunk{
		StartLine: p.first + 1, EndLine: p.last + 1,
		Symbol: joinNames(p.names), Symbols: p.symbols, Kind: p.kind, Doc: p.doc, Signature: p.signature,
		Text: l.text(p.first, p.last),
	}
}
