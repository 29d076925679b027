package page

import (
	"cmp"
	"fmt"
	"io"
	"strconv"
	"strings"

	"loradex/evaluation/compare"
)

// WriteComparison writes two evaluations side by side for a terminal, with the queries whose first answer moved the most: at
// most show losses and as many gains.
func WriteComparison(w io.Writer, c *compare.Comparison, show int) error {
	var s sheet
	s.say("%s, %s: %d queries, %d documents\n", c.A.Dataset, c.A.Split, c.A.Queries, c.A.Corpus)
	s.say("before: %s\nafter:  %s\n", compare.NameOf(&c.A), compare.NameOf(&c.B))
	t := Table{Head: []string{"METRIC", "BEFORE", "AFTER", "DIFFERENCE (95 % interval)", "P", "WINS", "LOSSES"}}
	for _, m := range c.Metrics {
		t.Add(m.Metric, numberText(m.A), numberText(m.B), differenceText(m.Mean, m.CI95), numberText(m.P), strconv.Itoa(m.Wins), strconv.Itoa(m.Losses))
	}
	s.table(t)
	if len(c.Incomparable) > 0 {
		fmt.Fprintf(&s, "\nnot compared: %s, for %d hits of each query were kept in the one and %d in the other, or ties have another order\n",
			strings.Join(c.Incomparable, ", "), c.A.Depth, c.B.Depth)
	}
	s.table(comparedGroups(c))
	s.WriteByte('\n')
	for _, f := range c.Flips {
		s.say("first %d: %d queries lost, %d gained\n", f.K, f.Lost, f.Gained)
	}
	losses, gains := compare.Extremes(c.Queries, show)
	s.table(movedTable("LARGEST LOSSES", losses))
	s.table(movedTable("LARGEST GAINS", gains))
	return s.writeTo(w)
}

// comparedGroups is the first metric by group.
func comparedGroups(c *compare.Comparison) Table {
	if len(c.Groups) == 0 {
		return Table{}
	}
	metric := c.Metrics[0].Metric
	t := Table{Head: []string{metric + " BY " + strings.ToUpper(cmp.Or(c.B.GroupedBy, "group")), "BEFORE", "AFTER", "DIFFERENCE (95 % interval)", "P CORRECTED", "QUERIES"}}
	n := 0
	for _, g := range c.Groups {
		if g.Metric != metric {
			continue
		}
		if n++; n <= tableGroups {
			t.Add(g.Group, numberText(g.A), numberText(g.B), differenceText(g.Mean, g.CI95), numberText(g.Holm), strconv.Itoa(g.Queries))
		}
	}
	t.Note = moreGroups(n)
	return t
}

func movedTable(title string, moved []compare.QueryOutcome) Table {
	t := Table{Head: []string{title, "RANK BEFORE", "AFTER"}}
	for _, q := range moved {
		t.Add(q.Query, compare.RankText(q.Before), compare.RankText(q.After))
	}
	return t
}
