package repos

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"loradex/evaluation/page"
	"loradex/internal/plural"
)

// Text is the report as people read it.
func (r *Report) Text() string {
	var b strings.Builder
	printf := func(format string, args ...any) { b.WriteString(plural.Sprintf(format, args...)) }
	printf("%d questions about %d repositories, %d files, %d chunks\n\n", r.Questions, r.Repositories, r.Size.Files, r.Size.Chunks)
	t := page.Table{Head: []string{"MODE", "FILES", "", "DEDUP", "CHUNKS", "RECALL 500", "2000", "8000", "P50", "DIFFERENCE", "P"}}
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
	printf("%s\n", t.Text())
	for _, parts := range []struct {
		name string
		of   func(System) map[string]Part
	}{
		{"CATEGORY", func(s System) map[string]Part { return s.Categories }},
		{"LANGUAGE", func(s System) map[string]Part { return s.Languages }},
	} {
		t := page.Table{Head: []string{parts.name, "REPOSITORIES"}}
		var whole []System
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
		printf("%s\n", t.Text())
	}
	if len(r.Missing) > 0 {
		printf("not there: %v\n", r.Missing)
	}
	return b.String()
}
