package page

// This file makes the tables that all formats for people show.

import (
	"fmt"
	"strconv"
	"strings"

	"loradex/evaluation/compare"
)

// metricTable is one metric on all sets.
func metricTable(s *compare.Summary, metric string) Table {
	t := Table{
		Title: metric,
		Head:  []string{"data set", "system", "mean (95 % interval)", "difference (95 % interval)", "p", "p corrected", "wins", "losses", "detectable"},
	}
	for i := range s.Results {
		r := &s.Results[i]
		m := r.Metric(metric)
		if m == nil {
			continue
		}
		row := []string{label(r.Set, r.Split), r.System, meanText(m.Mean, m.CI95), "", "", "", "", "", ""}
		if d := m.Difference; d != nil {
			row = append(row[:3], differenceText(d.Mean, d.CI95), pText(d.P), correctedText(d), strconv.Itoa(d.Wins), strconv.Itoa(d.Losses), detectableText(d))
		}
		t.Add(row...)
	}
	return t
}

// label is what the set of a result is called.
func label(set, split string) string { return compare.Set{Name: set, Split: split}.Label() }

func setTable(s *compare.Summary) Table {
	t := Table{Title: "Data sets", Head: []string{"data set", "split", "language", "queries", "documents"}}
	for _, set := range s.Sets {
		t.Add(set.Name, set.Split, set.Language, strconv.Itoa(set.Queries), strconv.Itoa(set.Corpus))
	}
	return t
}

func averageTable(s *compare.Summary) Table {
	t := Table{
		Title: "Averages over data sets",
		Note: fmt.Sprintf("Each set counts the same. A system's means are over the sets that %q ran on, too, and so is the reference's beside them. "+
			"Better and worse count sets with a significant difference of %s.", s.Reference, s.Metrics[0]),
		Head: []string{"system", "metric", "sets", "mean", "reference", "difference (95 % interval)", "better", "worse"},
	}
	for _, a := range s.Averages {
		for _, m := range a.Metrics {
			row := []string{a.System, m.Name, strconv.Itoa(m.Sets), numberText(m.Mean), numberText(m.Reference), "", "", ""}
			if a.System != s.Reference {
				if row[5] = differenceText(m.Difference, m.CI95); m.Name == s.Metrics[0] {
					row[6], row[7] = strconv.Itoa(a.Better), strconv.Itoa(a.Worse)
				}
			}
			t.Add(row...)
		}
	}
	return t
}

func flipTable(s *compare.Summary) Table {
	t := Table{
		Title: "Negative flips",
		Note: "Queries whose first answer the reference has within the first K and the system has not, and the other way round " +
			"(Echterhoff et al. 2024, MUSCLE, arXiv:2407.09435).",
		Head: []string{"data set", "system", "lost at 1", "gained at 1", "lost at 10", "gained at 10", "queries"},
	}
	for i := range s.Results {
		r := &s.Results[i]
		if len(r.Flips) == 0 {
			continue
		}
		row := []string{label(r.Set, r.Split), r.System}
		for _, f := range r.Flips {
			row = append(row, strconv.Itoa(f.Lost), strconv.Itoa(f.Gained))
		}
		t.Add(append(row, strconv.Itoa(r.Ranks.Queries()))...)
	}
	return t
}

func preservationTables(s *compare.Summary) (score, sets Table) {
	score = Table{
		Title: "Knowledge preservation",
		Note: fmt.Sprintf("The mean over data sets outside of a system's domain of min(1, system/reference) of %s: 1 is nothing lost. "+
			"The idea is CAT's; how it is computed for retrieval is our reading of it.", s.Metrics[0]),
		Head: []string{"system", "score", "sets outside", "sets of its domain", "left out (reference 0)"},
	}
	sets = Table{Title: "Outside of the domain", Head: []string{"system", "data set", "reference", "system's", "kept", "difference (95 % interval)", "p corrected"}}
	for _, p := range s.Preservation {
		score.Add(p.System, numberText(p.Score), strconv.Itoa(len(p.Sets)), strings.Join(p.InDomain, ", "), strings.Join(p.Omitted, ", "))
		for _, k := range p.Sets {
			difference, corrected := differenceCells(k.Difference)
			sets.Add(p.System, label(k.Set, k.Split), numberText(k.Reference), numberText(k.System), numberText(k.Kept), difference, corrected)
		}
	}
	return score, sets
}
