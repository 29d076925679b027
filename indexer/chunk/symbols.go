package chunk

import (
	"slices"
	"strings"
)

// This file finds every definition of a source, however short and wherever it stands, and gives it to the chunk that
// covers it. Where a file is cut does not depend on it.

// Symbol is a definition that a chunk covers.
type Symbol struct {
	Name string `json:"name"` // the path of names that leads to it: "Encoder.Encode", "README > Install"
	Kind string `json:"kind"` // one of the Kind constants
	// StartLine is the definition's own first line, behind comments, attributes and decorators; EndLine its last one, which
	// may lie behind the chunk. Both are 1-based. Of a later part of a split definition both may lie in other chunks.
	StartLine int `json:"start_line"`
	EndLine   int `json:"end_line"`
}

const (
	// maxSymbols bounds the symbols of a chunk: a generated file may have ten thousand on one line.
	maxSymbols = 256
	// leastDefinition is the length in bytes of the shortest definition there can be: shorter nodes are not looked into.
	leastDefinition = 3
)

// found is a symbol of the whole file, with the one around it; nil for none.
type found struct {
	Symbol
	around *found
	core   *node
}

// definitions returns every definition under the root that has a name, in the order of the source.
func (s *splitter) definitions(root *node) []*found {
	w := walker{splitter: s}
	w.walk(root, scope{}, 0)
	slices.SortStableFunc(w.all, func(a, b *found) int { return a.StartLine - b.StartLine })
	return w.all
}

// walker is the state of a search for definitions.
type walker struct {
	*splitter
	all []*found
}

// scope is what a definition is for those right inside.
type scope struct {
	around  *found // the nearest with a symbol; nil for none
	prefix  string // of their names; "" for none
	methods bool   // functions are methods
	local   bool   // variables are no symbols
	body    *node  // what holds the members; nil in functions
}

func (w *walker) walk(n *node, in scope, depth int) {
	if depth > maxDepth {
		return
	}
	for _, c := range n.children() {
		if !c.named || c.end-c.start < leastDefinition || w.g.attaches(c) || in.local && !c.seeded() {
			continue
		}
		d, ok := w.g.define(c)
		if !ok || d.rule.top && depth > 0 || in.local && !inner(d) {
			if d, ok = w.g.mark(c); !ok || in.local && !inner(d) {
				next := in
				next.local = in.local || !w.seeThrough(c) && !(in.body != nil && c.start <= in.body.start && in.body.end <= c.end)
				w.walk(c, next, depth+1)
				continue
			}
		}
		w.walk(d.core, w.add(d, in), depth+1)
	}
}

// inner says whether a definition inside of a function or a statement is a symbol: variables are not, nor is what is only
// declared.
func inner(d definition) bool {
	if d.rule.global {
		return true
	}
	switch d.rule.kind {
	case KindType, KindInterface, KindEnum:
		return true
	case KindFunction, KindMethod:
		return d.rule.whole || d.body() != nil
	}
	return false
}

// add adds the symbols of a definition, and returns what it is for those inside.
func (w *walker) add(d definition, in scope) scope {
	next := scope{around: in.around, prefix: in.prefix, methods: d.rule.methods, local: in.local || !d.rule.members}
	if d.rule.members {
		next.body = d.body()
	}
	for _, p := range d.places() {
		name := p.name
		if in.prefix != "" {
			name = in.prefix + "." + name
		}
		name = strings.ToValidUTF8(clip(name, maxSymbol), "\uFFFD")
		if !d.rule.open {
			next.prefix = name
		}
		if d.rule.scope {
			continue
		}
		kind := d.rule.kind
		if kind == KindFunction && in.methods {
			kind = KindMethod
		}
		start := p.node.start
		if d.rule.list == nil {
			start = ownStart(d)
		}
		f := &found{Symbol{name, kind, w.at(start) + 1, p.node.to() + 1}, in.around, d.core}
		w.all = append(w.all, f)
		if !d.rule.open {
			next.around = f
		}
	}
	return next
}

// give gives the pieces, in the order of the source, the symbols of the definitions that begin in them, and those of the
// definition that they are parts of. A name that has got lost when pieces were joined comes into the chunk's symbol.
func (s *splitter) give(all []*found) {
	byCore := make(map[*node]*found, len(all))
	for _, f := range all {
		byCore[f.core] = f
	}
	for i := range s.pieces {
		p := &s.pieces[i]
		var own []*found
		if o := p.owner; o != nil && p.role != whole && !o.rule.scope {
			if f := byCore[o.core]; f != nil && f.StartLine <= p.first && f.EndLine > p.first {
				own = append(own, f)
			}
		}
		n := 0
		for n < len(all) && all[n].StartLine <= p.last+1 {
			n++
		}
		own, all = append(own, all[:n]...), all[n:]
		own = distinct(own)
		own = own[:min(len(own), maxSymbols)]
		if len(p.names) == 0 {
			p.kind = s.kindOf(p, own)
		}
		p.names = withLost(p.names, own)
		for _, f := range own {
			p.symbols = append(p.symbols, f.Symbol)
		}
	}
}

// distinct leaves out repetitions, such as those of a line that declares a variable again and again.
func distinct(all []*found) []*found {
	seen := make(map[Symbol]bool, len(all))
	return slices.DeleteFunc(all, func(f *found) bool {
		again := seen[f.Symbol]
		seen[f.Symbol] = true
		return again
	})
}

// kindOf is the kind of a piece that has no name: that of the definition which is most of it, if there is one.
func (s *splitter) kindOf(p *piece, own []*found) string {
	kind, most := p.kind, s.nonBlank(p.first, p.last)/2
	for _, f := range own {
		if n := s.nonBlank(f.StartLine-1, min(f.EndLine-1, p.last)); n > most {
			kind, most = f.Kind, n
		}
	}
	return kind
}

// withLost returns the names of a chunk in the order of its symbols, with those that no name shows: of symbols that have
// none around them. Modules are only named where nothing else is.
func withLost(names []string, symbols []*found) []string {
	first := make(map[string]int, len(symbols)) // where a name stands
	for i, f := range slices.Backward(symbols) {
		first[f.Name] = i
	}
	shown := make(map[string]bool, len(names))
	at := make(map[string]int, len(names))
	for _, name := range names {
		at[name] = -1
		for i, single := range strings.Split(name, ", ") {
			shown[single] = true
			if place, ok := first[single]; ok && i == 0 {
				at[name] = place
			}
		}
	}
	holds := make(map[*found]bool, len(symbols))
	var lost, modules []string
	for i, f := range symbols {
		holds[f] = shown[f.Name] || f.Kind != KindModule
		around := f.around
		for around != nil && !holds[around] {
			around = around.around
		}
		switch {
		case shown[f.Name] || around != nil:
		case f.Kind == KindModule:
			modules, at[f.Name] = append(modules, f.Name), i
		default:
			lost, at[f.Name] = append(lost, f.Name), i
		}
	}
	if len(names) == 0 && len(lost) == 0 {
		return addNames(nil, modules)
	}
	if len(lost) == 0 {
		return names
	}
	names = addNames(names, lost)
	slices.SortStableFunc(names, func(a, b string) int { return at[a] - at[b] })
	return names
}
