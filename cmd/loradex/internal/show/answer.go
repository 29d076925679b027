package show

import (
	"encoding/json"
	"io"
	"strconv"
	"strings"

	"loradex/internal/fault"
	"loradex/search"
)

// Answer prints the hits of an answer, and with Explain how it came about.
func (p *Printer) Answer(r *search.Response) {
	if p.Heading {
		p.files(r)
	} else {
		for i := range r.Hits {
			h := &r.Hits[i]
			if i > 0 && (len(linesOf(h)) > 0 || len(linesOf(&r.Hits[i-1])) > 0) { // places alone stand close
				p.printf("\n")
			}
			name, file := p.Place(h)
			place := p.link(p.style(stylePath, Printable(name))+":"+strconv.Itoa(h.Line()), file, h.Line())
			p.printf("%s: %s\n", place, p.about(h))
			p.body(h, r.Explain != nil, false)
		}
	}
	if r.Explain != nil {
		p.explain(r)
	}
}

// files prints hits under their files.
func (p *Printer) files(r *search.Response) {
	done := map[string]bool{}
	for i := range r.Hits {
		first := &r.Hits[i]
		if done[first.File()] {
			continue
		}
		done[first.File()] = true
		if i > 0 {
			p.printf("\n")
		}
		name, file := p.Place(first)
		p.printf("%s\n", p.link(p.style(stylePath, Printable(name)), file, first.Line()))
		for rank := i; rank < len(r.Hits); rank++ {
			h := &r.Hits[rank]
			if h.File() != first.File() {
				continue
			}
			place := p.link("#"+strconv.Itoa(rank+1)+" "+p.style(styleNumber, strconv.Itoa(h.Line())), file, h.Line())
			p.printf("%s: %s\n", place, p.about(h))
			p.body(h, r.Explain != nil, true)
		}
	}
}

// about is what stands beside a hit's place.
func (p *Printer) about(h *search.Hit) string {
	what := strings.TrimSpace(Printable(h.Symbol) + " " + h.Kind)
	return p.style(styleBold, what) + "  " + scoreText(h.Score) + placeOf(h, p.Several)
}

// body is what stands under a hit's place.
func (p *Printer) body(h *search.Hit, explain, numbers bool) {
	if explain {
		p.printf("    %s\n", explainHit(h))
	}
	p.introduced(h)
	lines := linesOf(h)
	texts := p.rendered(lines)
	numbers = numbers || len(h.Matches) > 0 || len(h.Context) > 0
	for i, line := range lines {
		number := ""
		if numbers {
			number = p.style(styleNumber, strconv.Itoa(line.number)) + ": "
			if !line.match { // as grep has it
				number = p.style(styleNumber, strconv.Itoa(line.number)) + "- "
			}
		} else if i > 0 && lines[i-1].number < line.number-1 && !blankBetween(h, lines[i-1].number, line.number) {
			p.printf("    …\n")
		}
		p.printf("    %s\n", number+texts[i])
	}
}

// blankBetween tells whether all lines between two of a hit's are blank.
func blankBetween(h *search.Hit, from, to int) bool {
	lines := strings.Split(h.Whole(), "\n")
	for n := from + 1; n < to; n++ {
		if i := n - h.StartLine; i < 0 || i >= len(lines) || strings.TrimSpace(lines[i]) != "" {
			return false
		}
	}
	return true
}

// placeOf says which branch and repository a hit is of, where that is not plain.
func placeOf(h *search.Hit, several bool) string {
	var parts []string
	if several {
		parts = append(parts, Printable(h.Repo))
	}
	if h.Branch != "" {
		parts = append(parts, "branch "+Printable(h.Branch))
	}
	if h.Stale {
		parts = append(parts, "stale")
	}
	if len(parts) == 0 {
		return ""
	}
	return "  [" + strings.Join(parts, ", ") + "]"
}

// Paths prints the files of an answer, best first.
func (p *Printer) Paths(r *search.Response) {
	for _, f := range r.Files {
		name, file := p.Place(&search.Hit{Path: f.Path, Repo: f.Repo, Branch: f.Branch})
		p.printf("%s\n", p.link(p.style(stylePath, Printable(name)), file, f.Line))
	}
}

// shownRev is how many digits of a commit are shown.
const shownRev = 10

// introduced prints the commit of a hit.
func (p *Printer) introduced(h *search.Hit) {
	in := h.Introduced
	if in == nil {
		return
	}
	since := "since"
	if in.Bounded {
		since = "since at least"
	}
	p.printf("    %s %s %s, %s: %s\n", since, in.Commit[:min(len(in.Commit), shownRev)], in.Time[:min(len(in.Time), 10)], Printable(in.Author), Printable(in.Subject))
}

// Lines prints a hit a line as JSON, and the rest of the answer as the last one.
func Lines(out io.Writer, r *search.Response) error {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	rest := *r
	rest.Hits = []search.Hit{}
	lines := make([]any, 0, len(r.Hits)+1)
	for i := range r.Hits {
		lines = append(lines, &r.Hits[i])
	}
	for _, line := range append(lines, &rest) {
		if err := enc.Encode(line); err != nil {
			return fault.Wrap(fault.Unavailable, err, "the output cannot be written")
		}
	}
	return nil
}
