package page

// This file shows what was measured over whole repositories.

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"loradex/evaluation/repos"
)

// Repositories is the text of a measurement over whole repositories.
func Repositories(r *repos.Report) string {
	var p sheet
	p.say("%d questions about %d repositories, %d files, %d chunks\n\n", r.Questions, r.Repositories, r.Size.Files, r.Size.Chunks)
	t := Table{Head: []string{"MODE", "FILES", "", "DEDUP", "CHUNKS", "RECALL 500", "2000", "8000", "P50", "DIFFERENCE", "P"}}
	for _, s := range r.Systems {
		difference, chance := "", ""
		if s.Against != nil {
			difference = fmt.Sprintf("%+.4f (%+.4f to %+.4f)", s.Against.Mean, s.Against.Low, s.Against.High)
			chance = fmt.Sprintf("%.3f", *s.P)
		}
		t.Add(s.Name(), fmt.Sprintf("%.4f", s.Files.Mean), fmt.Sprintf("(%.4f to %.4f)", s.Files.Low, s.Files.High), fmt.Sprintf("%.4f", s.Dedup.Mean),
			fmt.Sprintf("%.4f", s.Chunks.Mean), fmt.Sprintf("%.3f", s.Recall[0]), fmt.Sprintf("%.3f", s.Recall[1]), fmt.Sprintf("%.3f", s.Recall[2]),
			fmt.Sprintf("%.1f ms", s.P50), difference, chance)
	}
	p.WriteString(t.Text() + "\n")
	for _, parts := range []struct {
		name string
		of   func(repos.System) map[string]repos.Part
	}{
		{"CATEGORY", func(s repos.System) map[string]repos.Part { return s.Categories }},
		{"LANGUAGE", func(s repos.System) map[string]repos.Part { return s.Languages }},
	} {
		t := Table{Head: []string{parts.name, "REPOSITORIES"}}
		var whole []repos.System
		for _, s := range r.Systems {
			if s.Without == "" {
				whole = append(whole, s)
				t.Head = append(t.Head, strings.ToUpper(s.Name()))
			}
		}
		for _, part := range slices.Sorted(maps.Keys(parts.of(r.Systems[0]))) {
			row := []string{part, strconv.Itoa(parts.of(r.Systems[0])[part].Repositories)}
			for _, s := range whole {
				row = append(row, fmt.Sprintf("%.4f", parts.of(s)[part].Mean))
			}
			t.Add(row...)
		}
		p.WriteString(t.Text() + "\n")
	}
	for _, s := range r.Systems {
		if q := s.Probability; q != nil && s.Without == "" {
			p.say("%s: probabilities of the first ten files: ECE %.4f, AUROC %.4f, Brier %.4f against %.4f of the base rate\n", s.Name(), q.ECE, q.AUROC, q.Brier, q.BaseRate)
			p.WriteString(Reliability(*q) + "\n")
		}
	}
	if len(r.Missing) > 0 {
		p.say("not there: %v\n", r.Missing)
	}
	return p.String()
}
