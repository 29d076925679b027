package show

import (
	"slices"
	"strings"
	"unicode"

	"loradex/search"
)

// shownWidth is how many characters of a line are shown.
const shownWidth = 140

// tabWidth is how wide a tab is.
const tabWidth = 4

// shownLine is a line of a hit.
type shownLine struct {
	number int
	text   string
	match  bool // it is of the hit, and not around it
}

// linesOf are the lines of a hit that are shown, in order.
func linesOf(h *search.Hit) []shownLine {
	var out []shownLine
	add := func(number int, text string, match bool) {
		if strings.TrimSpace(text) != "" {
			out = append(out, shownLine{number, text, match})
		}
	}
	if h.Text != "" {
		for i, text := range strings.Split(h.Text, "\n") {
			number := h.StartLine + i
			if h.Lines != nil {
				number = h.Lines[i]
			}
			add(number, text, true)
		}
	}
	for _, line := range h.Context {
		add(line.Line, line.Text, false)
	}
	slices.SortStableFunc(out, func(a, b shownLine) int { return a.number - b.number })
	return out
}

// cell is a character of a line.
type cell struct {
	r      rune
	marked bool
}

// cells are the characters of a line as a terminal shows them, with what is marked.
func (p *Printer) cells(text string) []cell {
	var marks [][2]int
	if p.Color && p.Wanted != nil {
		marks = p.Wanted.Marks(text)
	}
	var out []cell
	for at, r := range strings.TrimRightFunc(text, unicode.IsSpace) {
		for len(marks) > 0 && marks[0][1] <= at {
			marks = marks[1:]
		}
		marked := len(marks) > 0 && marks[0][0] <= at
		if r == '\t' {
			for range tabWidth {
				out = append(out, cell{' ', marked})
			}
			continue
		}
		out = append(out, cell{printableRune(r), marked})
	}
	return out
}

// rendered are lines without their common indentation, cut to the screen.
func (p *Printer) rendered(lines []shownLine) []string {
	all := make([][]cell, len(lines))
	indent := shownWidth
	for i := range lines {
		all[i] = p.cells(lines[i].text)
		n := 0
		for n < len(all[i]) && all[i][n].r == ' ' {
			n++
		}
		if n < len(all[i]) { // a blank line has none of its own
			indent = min(indent, n)
		}
	}
	out := make([]string, len(lines))
	for i, line := range all {
		line = line[min(indent, len(line)):]
		cut := len(line) > shownWidth
		if cut {
			line = line[:shownWidth-1]
		}
		var b strings.Builder
		for from := 0; from < len(line); {
			to := from
			var part strings.Builder
			for to < len(line) && line[to].marked == line[from].marked {
				part.WriteRune(line[to].r)
				to++
			}
			if text := part.String(); line[from].marked {
				b.WriteString(p.style(styleMark, text))
			} else {
				b.WriteString(text)
			}
			from = to
		}
		if out[i] = b.String(); cut {
			out[i] += "…"
		}
	}
	for i, line := range lines {
		if !line.match {
			out[i] = p.style(styleDim, out[i])
		}
	}
	return out
}
