package chunk

// This file decides where something that is too long is cut.

// span is the lines a to b.
type span struct{ a, b int }

// Costs of a cut before a line, by what stands there; a cut one level deeper in the syntax costs levelCost more, and
// each line away from the wished length costs one.
const (
	levelCost   = 20
	blankBonus  = 12                    // a blank line before
	plainCost   = 40 * levelCost        // a line on which nothing begins, such as the middle of a long literal
	blankCost   = plainCost / 2         // the same after a blank line
	commentCost = plainCost + blankCost // between a comment and what it explains
)

// cuts knows the cost of a cut before each line.
type cuts struct {
	*lines
	cost     []int
	attached []bool // the line before is a comment or attribute that belongs to this one
}

func newCuts(l *lines) cuts {
	c := cuts{lines: l, cost: make([]int, l.count()), attached: make([]bool, l.count())}
	for i := range c.cost {
		c.cost[i] = plainCost
		if i > 0 && l.blank[i-1] {
			c.cost[i] = blankCost
		}
	}
	return c
}

// mark lowers the cost of cuts before lines a to b where a node under n begins: the less deep, the cheaper.
func (c cuts) mark(g *grammar, n *node, a, b, depth int) {
	if depth > maxDepth {
		return
	}
	for _, kid := range n.children() {
		from, to := kid.from(), kid.to()
		if to < a || from > b {
			continue
		}
		if kid.named && c.starts(kid.start) {
			cost := min(depth, 30) * levelCost
			if from > 0 && c.blank[from-1] {
				cost -= blankBonus
			}
			c.cost[from] = min(c.cost[from], cost)
		}
		if g.attaches(kid) {
			for i := from + 1; i <= min(to+1, b); i++ {
				c.attached[i] = true
			}
			continue
		}
		if from < to {
			c.mark(g, kid, a, b, depth+1)
		}
	}
}

func (c cuts) at(line int) int {
	if c.attached[line] && !c.blank[line-1] {
		return commentCost
	}
	return c.cost[line]
}

// split cuts lines a to b into spans that fit, at the cheapest places near equal lengths. Each span begins and ends
// with non-blank lines. With overlap, a span repeats up to that many lines of the one before it.
func (c cuts) split(opts options, a, b, overlap int) []span {
	var out []span
	fresh := a // the first line that no span holds yet
	for {
		var ok bool
		if a, b, ok = c.trim(a, b); !ok {
			return out
		}
		if fits(c.lines, opts, a, b) {
			return append(out, span{a, b})
		}
		next := c.next(opts, a, b, max(a, fresh)+1)
		if x, y, ok := c.trim(a, next-1); ok {
			out = append(out, span{x, y})
		}
		// Overlapping lines must leave room for the next new line, or the next window would bring nothing new.
		back := min(overlap, (next-a)/2)
		for back > 0 && !fits(c.lines, opts, next-back, next) {
			back--
		}
		if c.blank[next] {
			back = 0
		}
		a, fresh = next-back, next
	}
}

// next returns the line, from least on, before which to cut a..b, which does not fit.
func (c cuts) next(opts options, a, b, least int) int {
	parts := max((b-a)/opts.targetLines+1, c.size(a, b)/opts.maxBytes+1)
	target := a + max((b-a+1)/parts, 1)
	hi := a + 1
	for hi < b && fits(c.lines, opts, a, hi) {
		hi++
	}
	lo := min(max(a+(target-a)/2, least), hi)
	best, bestCost := hi, 0
	for line := hi; line >= lo; line-- {
		cost := c.at(line) + max(line-target, target-line)
		if line == hi || cost < bestCost {
			best, bestCost = line, cost
		}
	}
	return best
}

// fits says whether lines a to b may be one chunk. A single line always may: chunks are whole lines.
func fits(l *lines, opts options, a, b int) bool {
	return a == b || b-a < opts.maxLines && l.size(a, b) <= opts.maxBytes
}

// fit cuts lines a to b, whose syntax is n, into spans that fit.
func (s *splitter) fit(n *node, a, b int) []span {
	if s.fits(a, b) {
		return []span{{a, b}}
	}
	if n != nil {
		s.cuts.mark(s.g, n, a, b, 0)
	}
	return s.cuts.split(s.opts, a, b, 0)
}
