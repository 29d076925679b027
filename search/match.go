package search

import (
	"cmp"
	"context"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"

	"loradex/internal/fault"
)

// This file narrows a search to chunks whose text matches expressions, before anything is ranked: `search -e`.

// Limits of expressions.
const (
	maxMatch        = 20
	maxMatchPattern = 1000 // bytes of one
	maxMatchedLines = 100  // that a hit lists
)

// MatchedLine is a line of a file: one that an expression matches, or one around a hit.
type MatchedLine struct {
	Line int    `json:"line"`
	Text string `json:"text"` // without its end
}

// expression is one expression, read. It is for lines, as that of grep.
type expression struct {
	*regexp.Regexp
	whole   *regexp.Regexp // matches a text of which a line matches, and others; nil where nothing says so cheaply
	literal string         // that every match has
}

// readMatch reads expressions in the syntax of RE2.
func readMatch(patterns []string) ([]expression, error) {
	if len(patterns) > maxMatch {
		return nil, fault.New(fault.Invalid, "%d expressions are given, more than %d", len(patterns), maxMatch)
	}
	out := make([]expression, len(patterns))
	for i, p := range patterns {
		if p == "" || len(p) > maxMatchPattern {
			return nil, fault.New(fault.Invalid, "an expression of %d bytes: need 1 to %d", len(p), maxMatchPattern)
		}
		re, err := regexp.Compile(p)
		if err != nil {
			return nil, fault.Wrap(fault.Invalid, err, "expression %.200q", p).
				WithHint(`write it in the syntax of RE2; \Q and \E stand around what is meant as it is`)
		}
		out[i] = expression{Regexp: re}
		tree, err := syntax.Parse(p, syntax.Perl&^syntax.OneLine)
		if err != nil {
			return nil, fault.Wrap(fault.Invalid, err, "expression %.200q", p)
		}
		tree = tree.Simplify()
		out[i].literal = literalOf(tree)
		if !hasTextEdge(tree) {
			out[i].whole, err = regexp.Compile("(?m:" + p + ")")
			if err != nil {
				out[i].whole = nil // such as a flag that ends with the group; lines are asked one by one
			}
		}
	}
	return out, nil
}

// hasTextEdge tells whether an expression asks for the beginning or the end of all text, which each line is by itself.
func hasTextEdge(t *syntax.Regexp) bool {
	return t.Op == syntax.OpBeginText || t.Op == syntax.OpEndText || slices.ContainsFunc(t.Sub, hasTextEdge)
}

// literalOf returns the longest text that every match has, letter by letter; "" where none is known.
func literalOf(t *syntax.Regexp) string {
	switch t.Op {
	case syntax.OpLiteral:
		if t.Flags&syntax.FoldCase == 0 {
			return string(t.Rune)
		}
	case syntax.OpCapture, syntax.OpPlus:
		return literalOf(t.Sub[0])
	case syntax.OpRepeat:
		if t.Min > 0 {
			return literalOf(t.Sub[0])
		}
	case syntax.OpConcat:
		best := ""
		for _, sub := range t.Sub {
			if l := literalOf(sub); len(l) > len(best) {
				best = l
			}
		}
		return best
	}
	return ""
}

// matchedLines returns the lines of a text that one of some expressions matches, at most limit; nil unless all match somewhere.
// first is the number of the text's first line.
func matchedLines(all []expression, text string, first, limit int) []MatchedLine {
	crlf := strings.Contains(text, "\r") // ends of lines are no part of them here
	for i := range all {
		if w := all[i].whole; w != nil && !crlf && !w.MatchString(text) {
			return nil
		}
	}
	var out []MatchedLine
	seen := make([]bool, len(all))
	n := first
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		hit := false
		for i := range all {
			if (!hit || !seen[i]) && all[i].MatchString(line) {
				hit, seen[i] = true, true
			}
		}
		if hit && len(out) < limit {
			out = append(out, MatchedLine{n, line})
		}
		n++
	}
	if slices.Contains(seen, false) {
		return nil
	}
	return out
}

// found is a chunk that matches.
type found struct {
	id   ID
	path string
	line int
}

// narrow finds the chunks that a request's expressions and lines let pass, and makes them its filter. All chunks are asked, so
// none is lost to a ranking's end. It is done anew where the search is.
func (q *query) narrow(ctx context.Context) error {
	r := q.r
	r.Filter.Only = nil
	if r.Within != nil {
		r.Filter.Only = []ID{}
		for _, span := range r.Within {
			chunks, err := q.reader.At(ctx, r.Filter.Trees, span.Path, span.StartLine, span.EndLine)
			if err != nil {
				return err
			}
			for _, c := range chunks {
				r.Filter.Only = append(r.Filter.Only, c.ID)
			}
		}
		slices.Sort(r.Filter.Only)
		r.Filter.Only = slices.Compact(r.Filter.Only)
	}
	if len(r.Match) == 0 {
		return nil
	}
	all, err := readMatch(r.Match)
	if err != nil {
		return err
	}
	literal := slices.MaxFunc(all, func(a, b expression) int { return cmp.Compare(len(a.literal), len(b.literal)) }).literal
	q.matching, q.expressions = nil, all
	err = q.reader.Scan(ctx, r.Filter, literal, func(c *Stored) error {
		if matchedLines(all, c.Chunk.Text, c.Chunk.StartLine, 1) != nil {
			q.matching = append(q.matching, found{c.ID, c.Path, c.Chunk.StartLine})
		}
		return nil
	})
	if err != nil {
		return err
	}
	slices.SortFunc(q.matching, func(a, b found) int {
		return cmp.Or(cmp.Compare(a.path, b.path), cmp.Compare(a.line, b.line), cmp.Compare(a.id, b.id))
	})
	q.matching = slices.Compact(q.matching) // a store that was changed meanwhile reads again
	q.r.Filter.Only = make([]ID, len(q.matching))
	for i, m := range q.matching {
		q.r.Filter.Only[i] = m.id
	}
	slices.Sort(q.r.Filter.Only)
	return nil
}

// addUnranked adds chunks that match and are not among the hits, in the order of paths and lines, until there are as many hits as
// are wanted. Those are all that there are where nothing is asked but expressions.
func (q *query) addUnranked(ctx context.Context, hits []Hit, want int) ([]Hit, error) {
	have := make(map[ID]bool, len(hits))
	for i := range hits {
		have[hits[i].id] = true
	}
	files := map[string]bool{} // that are listed, of one tree
	for at := 0; at < len(q.matching) && len(hits) < want; {
		var ids []ID
		for ; at < len(q.matching) && len(hits)+len(ids) < want; at++ {
			m := q.matching[at]
			if q.r.Files && len(q.r.Filter.Trees) <= 1 {
				if files[m.path] {
					continue
				}
				files[m.path] = true
			}
			if !have[m.id] {
				ids = append(ids, m.id)
			}
		}
		chunks, err := q.reader.Chunks(ctx, q.r.Filter.Trees, ids)
		if err != nil {
			return nil, err
		}
		for i := range chunks {
			h := q.hit(&fused{id: chunks[i].ID}, &chunks[i], false)
			h.Scores.Fused = nil
			if h.Matches = q.matchesOf(&h); !listed(hits, &h) {
				hits = append(hits, h)
			}
		}
	}
	return hits, nil
}

// listed tells whether better hits show all lines that match in another, or list it as a copy.
func listed(hits []Hit, h *Hit) bool {
	if slices.ContainsFunc(hits, func(o Hit) bool { return slices.Contains(o.Copies, Copy{h.Path, h.StartLine, h.EndLine}) }) {
		return true
	}
	return !slices.ContainsFunc(h.Matches, func(m MatchedLine) bool {
		return !slices.ContainsFunc(hits, func(o Hit) bool {
			return o.Path == h.Path && o.Repo == h.Repo && o.Branch == h.Branch && o.StartLine <= m.Line && m.Line <= o.EndLine
		})
	})
}

// matchesOf are the lines of a hit that match.
func (q *query) matchesOf(h *Hit) []MatchedLine {
	if q.expressions == nil {
		return nil
	}
	return matchedLines(q.expressions, h.Text, h.StartLine, maxMatchedLines)
}
