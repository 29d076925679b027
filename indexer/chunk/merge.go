package chunk

import (
	"slices"
	"strings"
	"unicode"
)

// This file gathers pieces that are too small to be found by meaning.

// merge joins runs of tiny siblings, then gives tiny gaps to a neighbour.
func (s *splitter) merge() {
	var out []piece
	for _, p := range s.pieces {
		if n := len(out); n > 0 && s.siblings(out[n-1], p) {
			out[n-1] = s.join(out[n-1], p)
			continue
		}
		out = append(out, p)
	}
	s.pieces = s.absorb(out)
}

// siblings says whether q may be joined to p, the piece before it.
func (s *splitter) siblings(p, q piece) bool {
	if q.role == head || q.role == part || p.role == part || !s.fits(p.first, q.last) {
		return false
	}
	if p.role == head { // the header of a type takes its first tiny members in
		return q.owner == p.owner && q.role == gap || s.memberOf(q, p) && s.short(p, q) && s.tiny(p) && s.tiny(q)
	}
	if p.owner != q.owner {
		return false
	}
	if p.kind == KindModule && q.kind == KindModule {
		return true // the package clause, the imports and what stands between
	}
	// A run of tiny pieces is bounded by targetLines, so p is either tiny or such a run, which is never larger.
	return s.short(p, q) && s.tiny(q) && (s.tiny(p) || len(p.names) > 1)
}

// memberOf says whether q is a member of the definition that p begins.
func (s *splitter) memberOf(q, p piece) bool { return q.owner != nil && q.owner == p.owner }

func (s *splitter) tiny(p piece) bool { return s.nonBlank(p.first, p.last) < s.opts.minLines }

func (s *splitter) short(p, q piece) bool { return q.last-p.first < s.opts.targetLines }

// join makes one piece of two neighbours. The larger one gives the kind.
func (s *splitter) join(p, q piece) piece {
	if p.kind == KindModule && len(p.names) == 0 || s.nonBlank(q.first, q.last) > s.nonBlank(p.first, p.last) && q.kind != KindModule {
		p.kind = q.kind
	}
	p.last = q.last
	p.names = addNames(p.names, q.names)
	if q.doc != "" {
		p.doc = clip(strings.TrimSpace(p.doc+"\n"+q.doc), maxDoc)
	}
	return p
}

// absorb gives tiny gaps to the piece after them, closing lines to the piece before them.
func (s *splitter) absorb(pieces []piece) []piece {
	var out []piece
	for i, p := range pieces {
		// A package clause alone says no more than a gap does.
		clause := p.role == whole && p.kind == KindModule && p.doc == ""
		if (p.role == gap || clause) && s.tiny(p) || p.role == part && s.closing(p) {
			before, after := len(out) > 0 && s.room(out[len(out)-1].first, p.last), false
			if i+1 < len(pieces) {
				after = s.room(p.first, pieces[i+1].last)
			}
			switch {
			case before && (!after || s.closing(p)):
				out[len(out)-1].last = p.last
				continue
			case after && pieces[i+1].role != part:
				pieces[i+1].first = p.first
				continue
			case before:
				out[len(out)-1].last = p.last
				continue
			}
		}
		out = append(out, p)
	}
	return out
}

// room says whether a chunk may grow to lines a to b by taking a tiny gap in.
func (s *splitter) room(a, b int) bool {
	return b-a+1 < s.opts.maxLines+s.opts.minLines && s.size(a, b) <= s.opts.maxBytes+s.opts.maxBytes/4
}

// closing says whether a piece holds nothing but what closes blocks.
func (s *splitter) closing(p piece) bool {
	text := s.text(p.first, p.last)
	switch strings.TrimSpace(text) {
	case "end", "fi", "done", "esac", "?>", "#endif":
		return true
	}
	return !strings.ContainsFunc(text, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
}

// addNames returns a with the names of b that it lacks, up to more than a symbol can show.
func addNames(a, b []string) []string {
	a = slices.Clip(a)
	for _, name := range b {
		if len(a) <= maxSymbol/2 && !slices.Contains(a, name) {
			a = append(a, name)
		}
	}
	return a
}

// joinNames makes the symbol of a chunk, bounded; "…" says that names are left out.
func joinNames(names []string) string {
	var b strings.Builder
	for i, name := range names {
		if i > 0 {
			if b.Len()+len(name)+2 > maxSymbol {
				b.WriteString(", …")
				break
			}
			b.WriteString(", ")
		}
		b.WriteString(name)
	}
	return strings.ToValidUTF8(b.String(), "\uFFFD")
}
