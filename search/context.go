package search

import (
	"context"
	"strings"

	"loradex/indexer"
)

// This file shows what stands around a hit: `search -C`.

// addContext gives a hit the lines around those of its text. They are those of the index, as its text is: so they are of one state
// of the file, whether that is on this machine or not. Lines that are no part of any chunk are left out: those are blank, or what
// is no source of a notebook. A hit without text has those around its place.
func (q *query) addContext(ctx context.Context, h *Hit) error {
	n := q.r.Context
	if n == 0 {
		return nil
	}
	shown := map[int]bool{}
	first, last := h.StartLine, h.EndLine
	switch {
	case len(h.Lines) > 0:
		first, last = h.Lines[0], h.Lines[len(h.Lines)-1]
		for _, line := range h.Lines {
			shown[line] = true
		}
	case h.Text == "":
		first, last = h.Line(), h.Line()
	default:
		for line := first; line <= last; line++ {
			shown[line] = true
		}
	}
	trees := q.r.Filter.Trees
	if h.tree != nil {
		trees = []indexer.Tree{*h.tree}
	}
	from, to := max(1, first-n), last+n
	chunks, err := q.reader.At(ctx, trees, h.Path, from, to)
	if err != nil {
		return err
	}
	texts := map[int]string{}
	for i := range chunks {
		c := &chunks[i].Chunk
		for at, text := range strings.Split(c.Text, "\n") {
			texts[c.StartLine+at] = strings.TrimSuffix(text, "\r")
		}
	}
	for line := from; line <= to; line++ {
		text, there := texts[line]
		if there && !shown[line] && nearShown(shown, line, n, first, last) {
			h.Context = append(h.Context, MatchedLine{line, text})
		}
	}
	return nil
}

// nearShown tells whether a line is within n lines of one that is shown; without any, it is.
func nearShown(shown map[int]bool, line, n, first, last int) bool {
	if len(shown) == 0 {
		return true
	}
	for at := max(first, line-n); at <= min(last, line+n); at++ {
		if shown[at] {
			return true
		}
	}
	return false
}
