package search

import (
	"cmp"
	"slices"
	"strings"

	"loradex/search/tokens"
)

// This file finds in a hit's text what was asked for, and picks the lines of it that show that best.

// Wanted is what a request asks for, as lines of text show it.
type Wanted struct {
	stems       map[string]bool
	expressions []expression
}

// WantedOf returns what a request asks for: the words of its question and its expressions. Code that is looked for has none.
func WantedOf(r *Request) *Wanted {
	w := &Wanted{stems: map[string]bool{}}
	for _, word := range tokens.Content(r.Query) {
		w.stems[tokens.Stem(word)] = true
	}
	w.expressions, _ = readMatch(r.Match) // the request was checked before
	return w
}

// Marks returns the parts of a line that were asked for, from byte to byte, in order and apart from each other.
func (w *Wanted) Marks(line string) [][2]int {
	var all [][2]int
	for _, e := range w.expressions {
		for _, m := range e.FindAllStringIndex(line, maxMatchedLines) {
			if m[0] < m[1] {
				all = append(all, [2]int(m))
			}
		}
	}
	for _, p := range tokens.Places(line) {
		if w.stems[tokens.Stem(p.Word)] {
			all = append(all, [2]int{p.From, p.To})
		}
	}
	slices.SortFunc(all, func(a, b [2]int) int { return cmp.Or(a[0]-b[0], b[1]-a[1]) })
	out := all[:0]
	for _, m := range all {
		if last := len(out) - 1; last >= 0 && m[0] <= out[last][1] {
			out[last][1] = max(out[last][1], m[1])
			continue
		}
		out = append(out, m)
	}
	return out
}

// stemsIn are the words of the question that a line has.
func (w *Wanted) stemsIn(line string) map[string]bool {
	out := map[string]bool{}
	for _, p := range tokens.Places(line) {
		if stem := tokens.Stem(p.Word); w.stems[stem] {
			out[stem] = true
		}
	}
	return out
}

// cut leaves of a hit's text its n best lines that are not blank, and says which they are. Lines that an expression matches are
// all that is left, where there are some. Else it is the line of the definition; then those that show words of the question that no
// line before them shows, most words first; then what follows the definition; then what stands before it.
func (w *Wanted) cut(h *Hit, n int) {
	h.whole, h.Lines = h.Whole(), nil
	lines := strings.Split(h.whole, "\n")
	left := map[int]bool{} // lines that may still be taken
	for i := range lines {
		lines[i] = strings.TrimSuffix(lines[i], "\r")
		if strings.TrimSpace(lines[i]) != "" {
			left[i] = true
		}
	}
	var taken []int
	take := func(i int) {
		if left[i] && len(taken) < n {
			taken = append(taken, i)
			delete(left, i)
		}
	}
	for _, m := range h.Matches {
		take(m.Line - h.StartLine)
	}
	if len(h.Matches) == 0 {
		first := h.Line() - h.StartLine
		take(first)
		w.takeTelling(lines, left, &taken, take, n)
		for i := range lines {
			if i > first {
				take(i)
			}
		}
		for i := range lines {
			take(i)
		}
	}
	slices.Sort(taken)
	kept := make([]string, len(taken))
	for i, at := range taken {
		kept[i] = lines[at]
		h.Lines = append(h.Lines, h.StartLine+at)
	}
	h.Text = strings.Join(kept, "\n")
}

// takeTelling takes lines as long as one shows words of the question that none taken shows.
func (w *Wanted) takeTelling(lines []string, left map[int]bool, taken *[]int, take func(i int), n int) {
	if len(w.stems) == 0 || n <= len(*taken) || n >= len(left)+len(*taken) {
		return
	}
	missing := make([]map[string]bool, len(lines))
	for i, line := range lines {
		if left[i] {
			missing[i] = w.stemsIn(line)
		}
	}
	shown := map[string]bool{}
	for _, i := range *taken { // the definition's line, at most
		shown = w.stemsIn(lines[i])
	}
	for len(*taken) < n {
		best := -1
		for i := range missing {
			for stem := range missing[i] {
				if shown[stem] {
					delete(missing[i], stem)
				}
			}
			if len(missing[i]) > 0 && (best < 0 || len(missing[i]) > len(missing[best])) {
				best = i
			}
		}
		if best < 0 {
			return
		}
		for stem := range missing[best] {
			shown[stem] = true
		}
		take(best)
		missing[best] = nil
	}
}

// Whole is all of a hit's text, of which Text may be lines.
func (h *Hit) Whole() string { return cmp.Or(h.whole, h.Text) }
