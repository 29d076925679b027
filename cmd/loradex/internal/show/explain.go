package show

// This file says how an answer came about: `search --explain`.

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"loradex/internal/plural"
	"loradex/search"
)

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
			place = "#" + strconv.Itoa(s.rank)
		}
		if s.name == "dense" && h.Ranks.Merged > 0 {
			place += ", #" + strconv.Itoa(h.Ranks.Merged) + " of all spaces"
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

// yesNo are words of a table.
var yesNo = map[bool]string{true: "yes", false: "no"}

// explain says how the answer came about.
func (p *Printer) explain(r *search.Response) {
	e := r.Explain
	p.printf("\nmode %s", r.Mode)
	if e.Reason != "" {
		p.printf(" (%s)", e.Reason)
	}
	if r.Model != "" {
		p.printf(", vectors of %s", r.Model)
	}
	p.printf(", %d hits of each ranking, exact %s\n", e.Depth, yesNo[e.Exact])
	p.explainStages(e)
	for _, s := range e.Spaces {
		p.printf("space %s: documents %s, query %s, %s vectors, %d hits", s.Space, s.Mix, s.Adapter, plural.Thousands(s.Vectors), s.Hits)
		if s.Languages != nil {
			p.printf(" in %s", Languages(s.Languages))
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
func (p *Printer) explainStages(e *search.Explain) {
	s := e.Stages
	if s.Fusion != "" {
		p.printf("fused by %s, words weigh %.3g", s.Fusion, s.LexicalWeight)
		if s.Fusion == search.FuseRanks {
			p.printf(", k=%d", e.RRFK)
		}
		p.printf("\n")
	}
	near := ""
	if s.NearBoost > 0 {
		near = fmt.Sprintf(", near %.3g", s.NearBoost)
	}
	p.printf("signals: file_name %.3g, file %.3g, unasked %.3g%s; diversity %.3g; copies: %s\n",
		s.PathBoost, s.FileBoost, s.Unasked, near, s.Diversity, s.Fold)
	if s.Name != "" {
		p.printf("what defines %s comes first, then what contains it\n", Printable(s.Name))
	}
	if s.Reranked > 0 {
		p.printf("a cross-encoder orders the first %d hits\n", s.Reranked)
	}
	if s.Uncovered > 0 {
		p.printf("%d hits have no vector yet; their place by vectors is guessed from their words\n", s.Uncovered)
	}
}
