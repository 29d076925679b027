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
	for _, t := range repositoryTables(r) {
		if strings.HasPrefix(t.Title, reliability) {
			p.say("%s\n%s\n", t.Title, t.Note)
		}
		p.WriteString(t.Text() + "\n")
	}
	if len(r.Missing) > 0 {
		p.say("not there: %v\n", r.Missing)
	}
	return p.String()
}

const reliability = "Probabilities of the first ten files"

// repositoryTables are the figures of all systems, by category and by language, and how good probabilities are.
func repositoryTables(r *repos.Report) []Table {
	all := Table{
		Title: "Whole repositories",
		Note:  fmt.Sprintf("NDCG@10 over %d repositories (%d questions, %d chunks), intervals over repositories; recall of the right files at tokens of answer.", r.Repositories, r.Questions, r.Size.Chunks),
		Head:  []string{"MODE", "FILES", "", "DEDUP", "CHUNKS", "RECALL 500", "2000", "8000", "P50", "DIFFERENCE", "P"},
	}
	var whole []repos.System
	for _, s := range r.Systems {
		difference, chance := "", ""
		if s.Against != nil {
			difference = fmt.Sprintf("%+.4f (%+.4f to %+.4f)", s.Against.Mean, s.Against.Low, s.Against.High)
			chance = fmt.Sprintf("%.3f", *s.P)
		}
		all.Add(s.Name(), fmt.Sprintf("%.4f", s.Files.Mean), fmt.Sprintf("(%.4f to %.4f)", s.Files.Low, s.Files.High), fmt.Sprintf("%.4f", s.Dedup.Mean),
			fmt.Sprintf("%.4f", s.Chunks.Mean), fmt.Sprintf("%.3f", s.Recall[0]), fmt.Sprintf("%.3f", s.Recall[1]), fmt.Sprintf("%.3f", s.Recall[2]),
			fmt.Sprintf("%.1f ms", s.P50), difference, chance)
		if s.Without == "" {
			whole = append(whole, s)
		}
	}
	out := []Table{
		all,
		partTable("CATEGORY", whole, func(s *repos.System) map[string]repos.Part { return s.Categories }),
		partTable("LANGUAGE", whole, func(s *repos.System) map[string]repos.Part { return s.Languages }),
	}
	for i := range whole {
		if q := whole[i].Probability; q != nil {
			t := reliabilityTable(*q)
			t.Title = reliability + ", " + whole[i].Name()
			t.Note = fmt.Sprintf("ECE %.4f, AUROC %.4f, Brier %.4f against %.4f of the base rate.", q.ECE, q.AUROC, q.Brier, q.BaseRate)
			out = append(out, t)
		}
	}
	return out
}

// partTable has a row for each part of the questions.
func partTable(name string, systems []repos.System, of func(*repos.System) map[string]repos.Part) Table {
	t := Table{Title: "Whole repositories by " + strings.ToLower(name), Head: []string{name, "REPOSITORIES"}}
	if len(systems) == 0 {
		return t
	}
	for i := range systems {
		t.Head = append(t.Head, strings.ToUpper(systems[i].Name()))
	}
	for _, part := range slices.Sorted(maps.Keys(of(&systems[0]))) {
		row := []string{part, strconv.Itoa(of(&systems[0])[part].Repositories)}
		for i := range systems {
			row = append(row, fmt.Sprintf("%.4f", of(&systems[i])[part].Mean))
		}
		t.Add(row...)
	}
	return t
}
