package page

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"loradex/evaluation/compare"
	"loradex/evaluation/robust"
)

// WriteRobust writes a report for a terminal: MRR@10 and nDCG@10 by pool and perturbation, with what changed.
func WriteRobust(w io.Writer, r *robust.Report) error {
	var s sheet
	s.say("%s (%s): %d queries, %d documents, %s, seed ", r.Dataset, r.Split, r.Queries, r.Corpus, r.Model)
	fmt.Fprintf(&s, "%d\n", r.Seed)
	for _, k := range slices.Sorted(maps.Keys(r.Texts)) {
		var counts []string
		for _, outcome := range slices.Sorted(maps.Keys(r.Texts[k])) {
			counts = append(counts, fmt.Sprintf("%d %s", r.Texts[k][outcome], strings.ReplaceAll(string(outcome), "_", " ")))
		}
		what := "documents"
		if k.OfQueries() {
			what = "queries"
		}
		fmt.Fprintf(&s, "%s: %s (%s)\n", k, strings.Join(counts, ", "), what)
	}
	for _, metric := range robust.Metrics() {
		t := Table{Head: []string{
			strings.ToUpper(metric), "TEXTS", "POOL", "MEAN", "CHANGE (95 % interval)", "P HOLM", "AGAINST " + strings.ToUpper(r.Systems[0]) + " (95 % interval)", "P HOLM",
		}}
		for _, c := range r.Cells {
			v := c.Metrics[metric]
			row := []string{c.System, c.Perturbation, c.Pool, numberText(v.Mean)}
			for _, d := range []*compare.Difference{v.Change, v.VsBase} {
				if d == nil {
					row = append(row, "", "")
				} else {
					row = append(row, differenceText(d.Mean, d.CI95), numberText(d.Holm))
				}
			}
			t.Add(row...)
		}
		s.table(t)
	}
	s.say("\nP HOLM: paired randomization test, corrected for the number of differences by Holm's method\n")
	return s.writeTo(w)
}
