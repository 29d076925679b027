package page

// This file makes the tables that all formats for people show.

import (
	"fmt"
	"strconv"
	"strings"

	"loradex/evaluation/summary"
)

// metricTable is one metric on all sets.
func metricTable(s *summary.Summary, metric string) Table {
	t := Table{
		Title: metric,
		Head:  []string{"data set", "system", "mean (95 % interval)", "difference (95 % interval)", "p", "p corrected", "wins", "losses", "detectable"},
	}
	labels := labelsOf(s)
	for i := range s.Results {
		r := &s.Results[i]
		m := r.Metric(metric)
		if m == nil {
			continue
		}
		row := []string{labels[setID{r.Set, r.Split}], r.System, meanText(m.Mean, m.CI95)}
		if d := m.Difference; d != nil {
			row = append(row, differenceText(d.Mean, d.CI95), pText(d.P), correctedText(d), strconv.Itoa(d.Wins), strconv.Itoa(d.Losses), detectableText(d))
		} else {
			row = append(row, "", "", "", "", "", "")
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

type setID struct{ name, split string }

func labelsOf(s *summary.Summary) map[setID]string {
	labels := map[setID]string{}
	for _, set := range s.Sets {
		labels[setID{set.Name, set.Split}] = set.Label()
	}
	return labels
}

func setTable(s *summary.Summary) Table {
	t := Table{Title: "Data sets", Head: []string{"data set", "split", "language", "queries", "documents"}}
	for _, set := range s.Sets {
		t.Rows = append(t.Rows, []string{set.Name, set.Split, set.Language, strconv.Itoa(set.Queries), strconv.Itoa(set.Corpus)})
	}
	return t
}

func averageTable(s *summary.Summary) Table {
	t := Table{
		Title: "Averages over data sets",
		Note: fmt.Sprintf("Each set counts the same. A system's means are over the sets that %q ran on, too, and so is the reference's beside them. "+
			"Better and worse count sets with a significant difference of %s.", s.Reference, s.Metrics[0]),
		Head: []string{"system", "metric", "sets", "mean", "reference", "difference (95 % interval)", "better", "worse"},
	}
	for _, a := range s.Averages {
		for _, m := range a.Metrics {
			row := []string{a.System, m.Name, strconv.Itoa(m.Sets), fmt.Sprintf("%.4f", m.Mean), fmt.Sprintf("%.4f", m.Reference)}
			if a.System == s.Reference {
				row = append(row, "", "", "")
			} else {
				row = append(row, differenceText(m.Difference, m.CI95), "", "")
				if m.Name == s.Metrics[0] {
					row[6], row[7] = strconv.Itoa(a.Better), strconv.Itoa(a.Worse)
				}
			}
			t.Rows = append(t.Rows, row)
		}
	}
	return t
}

func flipTable(s *summary.Summary) Table {
	t := Table{
		Title: "Negative flips",
		Note: "Queries whose first answer the reference has within the first K and the system has not, and the other way round " +
			"(Echterhoff et al. 2024, MUSCLE, arXiv:2407.09435).",
		Head: []string{"data set", "system", "lost at 1", "gained at 1", "lost at 10", "gained at 10", "queries"},
	}
	labels := labelsOf(s)
	for i := range s.Results {
		r := &s.Results[i]
		if len(r.Flips) == 0 {
			continue
		}
		row := []string{labels[setID{r.Set, r.Split}], r.System}
		for _, f := range r.Flips {
			row = append(row, strconv.Itoa(f.Lost), strconv.Itoa(f.Gained))
		}
		n := 0
		for _, c := range r.Ranks.Counts() {
			n += c
		}
		t.Rows = append(t.Rows, append(row, strconv.Itoa(n)))
	}
	return t
}

func preservationTables(s *summary.Summary) (score, sets Table) {
	score = Table{
		Title: "Knowledge preservation",
		Note: fmt.Sprintf("The mean over data sets outside of a system's domain of min(1, system/reference) of %s: 1 is nothing lost. "+
			"The idea is CAT's; how it is computed for retrieval is our reading of it.", s.Metrics[0]),
		Head: []string{"system", "score", "sets outside", "sets of its domain", "left out (reference 0)"},
	}
	sets = Table{Title: "Outside of the domain", Head: []string{"system", "data set", "reference", "system's", "kept", "difference (95 % interval)", "p corrected"}}
	labels := labelsOf(s)
	for _, p := range s.Preservation {
		score.Rows = append(score.Rows, []string{p.System, fmt.Sprintf("%.4f", p.Score), strconv.Itoa(len(p.Sets)), strings.Join(p.InDomain, ", "), strings.Join(p.Omitted, ", ")})
		for _, k := range p.Sets {
			row := []string{p.System, labels[setID{k.Set, k.Split}], fmt.Sprintf("%.4f", k.Reference), fmt.Sprintf("%.4f", k.System), fmt.Sprintf("%.4f", k.Kept), "", ""}
			if k.Difference != nil {
				row[5], row[6] = differenceText(k.Difference.Mean, k.Difference.CI95), correctedText(k.Difference)
			}
			sets.Rows = append(sets.Rows, row)
		}
	}
	return score, sets
}
