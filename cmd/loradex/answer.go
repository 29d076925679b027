package main

// This file prints the hits of `search` for people.

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"loradex/search"
)

// What is shown of a hit's text.
const (
	shownLines = 5
	shownWidth = 140
)

// showAnswer prints hits. Paths are those of the working folder; repositories are named where the index holds several.
func (p *printer) showAnswer(r *search.Response, fromHere func(h *search.Hit) string, several bool, lines int) {
	for i, h := range r.Hits {
		if i > 0 {
			p.printf("\n")
		}
		what := strings.TrimSpace(printable(h.Symbol) + " " + h.Kind)
		p.printf("%s:%d: %s  %s\n", p.style(stylePath, printable(fromHere(&h))), h.Line(), p.style(styleBold, what), scoreText(h.Score)+placeOf(&h, several))
		if r.Explain != nil {
			p.printf("    %s\n", explainHit(&h))
		}
		p.showIntroduced(&h)
		if lines < 0 {
			lines = shownLines
		}
		for i, m := range h.Matches {
			if i < lines {
				p.printf("    %d: %s\n", m.Line, p.style(styleDim, cut(printable(strings.TrimSpace(m.Text)))))
			}
		}
		if len(h.Matches) > 0 {
			continue
		}
		for _, line := range excerpt(h.Text, lines) {
			p.printf("    %s\n", p.style(styleDim, line))
		}
	}
	if r.Explain != nil {
		p.explain(r)
	}
}

// noteFreshness says what changed since the index was made, and what was not looked at.
func noteFreshness(note func(format string, args ...any), r *search.Response) {
	f := r.Freshness
	if f == nil {
		return
	}
	if f.Refreshed > 0 {
		note("%s read anew, being changed since the index was made; `loradex index` takes them", filesText(f.Refreshed))
	}
	if f.Checked < f.Of {
		why := " in time; `loradex index` looks at all"
		if len(f.Missing) > 0 {
			why = "" // said below
		}
		note("%s of %s files were compared with the index%s", thousands(f.Checked), thousands(f.Of), why)
	}
	for _, path := range f.Rules {
		note("%s changed since the index was made; which files it lets in, `loradex index` finds", printable(path))
	}
	for _, repo := range f.Missing {
		note("%s is not there any more, or cannot be opened: it is searched as it was indexed", printable(repo))
	}
	if len(f.Missing) == 0 && slices.ContainsFunc(r.Hits, func(h search.Hit) bool { return h.Stale }) {
		note("hits marked as stale are of files that changed and could not be read in time; `loradex index` takes them")
	}
}

// filesText is a number of files with its verb.
func filesText(n int) string {
	if n == 1 {
		return "1 file was"
	}
	return thousands(n) + " files were"
}

// placeOf says which branch and repository a hit is of, where that is not plain.
func placeOf(h *search.Hit, several bool) string {
	var parts []string
	if several {
		parts = append(parts, printable(h.Repo))
	}
	if h.Branch != "" {
		parts = append(parts, "branch "+printable(h.Branch))
	}
	if h.Stale {
		parts = append(parts, "stale")
	}
	if len(parts) == 0 {
		return ""
	}
	return "  [" + strings.Join(parts, ", ") + "]"
}

// scoreText writes fused scores, cosines and BM25 alike with three digits.
func scoreText(v float64) string { return fmt.Sprintf("%.3g", v) }

// explainHit says where a hit stood in each ranking.
func explainHit(h *search.Hit) string {
	var parts []string
	for _, s := range []struct {
		name  string
		score *float64
		rank  int
	}{{"dense", h.Scores.Dense, h.Ranks.Dense}, {"lexical", h.Scores.Lexical, h.Ranks.Lexical}} {
		if s.score == nil {
			continue
		}
		place := "not ranked"
		if s.rank > 0 {
			place = "#" + itoa(s.rank)
		}
		if s.name == "dense" && h.Ranks.Merged > 0 {
			place += ", #" + itoa(h.Ranks.Merged) + " of all spaces"
		}
		parts = append(parts, fmt.Sprintf("%s %s (%s)", s.name, scoreText(*s.score), place))
	}
	if h.Scores.Fused != nil {
		parts = append(parts, fmt.Sprintf("fused %.4f", *h.Scores.Fused))
	}
	if p := h.Parts; p != nil {
		for _, name := range slices.Sorted(maps.Keys(p.Signals)) {
			parts = append(parts, fmt.Sprintf("%s %+.3g", name, p.Signals[name]))
		}
	}
	if h.Scores.Rerank != nil {
		parts = append(parts, "rerank "+scoreText(*h.Scores.Rerank))
	}
	if len(h.Copies) > 0 {
		parts = append(parts, fmt.Sprintf("%d copies", len(h.Copies)))
	}
	if h.Space != "" {
		parts = append(parts, "adapter "+h.Adapter)
	}
	return fmt.Sprintf("lines %d-%d, %s", h.StartLine, h.EndLine, strings.Join(parts, ", "))
}

// explain says how the answer came about.
func (p *printer) explain(r *search.Response) {
	e := r.Explain
	p.printf("\nmode %s", r.Mode)
	if e.Reason != "" {
		p.printf(" (%s)", e.Reason)
	}
	if r.Model != "" {
		p.printf(", vectors of %s", r.Model)
	}
	p.printf(", %d hits of each ranking, exact %s\n", e.Depth, yesNo(e.Exact))
	p.explainStages(e)
	for _, s := range e.Spaces {
		p.printf("space %s: documents %s, query %s, %s vectors, %d hits", s.Space, s.Mix, s.Adapter, thousands(s.Vectors), s.Hits)
		if s.Languages != nil {
			p.printf(" in %s", languagesText(s.Languages))
		}
		if s.Deviation > 0 {
			p.printf(", cosine %.3f ± %.3f", s.Mean, s.Deviation)
		}
		p.printf("\n")
	}
	if e.Merge != "" {
		p.printf("the spaces' rankings are merged by %s\n", e.Merge)
	}
	p.printf("coverage %.0f %%, %d hits folded that overlap or repeat better ones\n", 100*r.Coverage, e.Folded)
	t := r.Took
	p.printf("%.1f ms: encode %.1f, dense %.1f, lexical %.1f\n", t.Total, t.Encode, t.Dense, t.Lexical)
}

// explainStages says which stages of ranking made the order.
func (p *printer) explainStages(e *search.Explain) {
	s := e.Stages
	if s.Fusion != "" {
		p.printf("fused by %s, words weigh %.3g", s.Fusion, s.LexicalWeight)
		if s.Fusion == search.FuseRanks {
			p.printf(", k=%d", e.RRFK)
		}
		p.printf("\n")
	}
	p.printf("signals: file_name %.3g, file %.3g, unasked %.3g; diversity %.3g; copies: %s\n",
		s.PathBoost, s.FileBoost, s.Unasked, s.Diversity, s.Fold)
	if s.NearBoost > 0 {
		p.printf("near: %.3g\n", s.NearBoost)
	}
	if s.Name != "" {
		p.printf("what defines %s comes first, then what contains it\n", printable(s.Name))
	}
	if s.Reranked > 0 {
		p.printf("a cross-encoder orders the first %d hits\n", s.Reranked)
	}
	if s.Uncovered > 0 {
		p.printf("%d hits have no vector yet; their place by vectors is guessed from their words\n", s.Uncovered)
	}
}

// excerpt is the beginning of a text: its first lines that are not blank, without common indentation, cut to the screen.
func excerpt(text string, limit int) []string {
	var lines []string
	if limit == 0 {
		return nil
	}
	for line := range strings.Lines(text) {
		line = strings.TrimRight(strings.ReplaceAll(line, "\t", "    "), " \r\n")
		if line == "" {
			continue
		}
		if lines = append(lines, line); len(lines) == limit {
			break
		}
	}
	indent := shownWidth
	for _, line := range lines {
		indent = min(indent, len(line)-len(strings.TrimLeft(line, " ")))
	}
	for i, line := range lines {
		lines[i] = cut(printable(line[indent:]))
	}
	return lines
}

// cut cuts a line to the screen.
func cut(line string) string {
	if utf8.RuneCountInString(line) > shownWidth {
		return string([]rune(line)[:shownWidth-1]) + "…"
	}
	return line
}

// showPaths prints the files of hits, each once, best first.
func (p *printer) showPaths(r *search.Response, fromHere func(h *search.Hit) string) {
	seen := map[string]bool{}
	for i := range r.Hits {
		if path := printable(fromHere(&r.Hits[i])); !seen[path] {
			seen[path] = true
			p.printf("%s\n", p.style(stylePath, path))
		}
	}
}

// printable keeps what a repository holds from steering the terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == utf8.RuneError || unicode.Is(unicode.Cf, r) {
			return '\uFFFD'
		}
		return r
	}, s)
}

// showIntroduced prints the commit of a hit.
func (p *printer) showIntroduced(h *search.Hit) {
	in := h.Introduced
	if in == nil {
		return
	}
	since := "since"
	if in.Bounded {
		since = "since at least"
	}
	p.printf("    %s %s %s, %s: %s\n", since, shortRev(in.Commit), in.Time[:min(len(in.Time), 10)], printable(in.Author), printable(in.Subject))
}
