package page

// This file makes the tables that show many sets and systems at once.

import (
	"fmt"
	"slices"
	"strconv"

	"loradex/evaluation/compare"
)

// overviewTable is the first metric of all systems on all sets: the reference's means, and the differences to them. It has no
// rows where it would be no shorter than the metric's own table.
func overviewTable(s *compare.Summary) Table {
	metric := s.Metrics[0]
	t := Table{
		Title: metric + " at a glance",
		Note: fmt.Sprintf("The mean of %q, and the differences to it. * is beyond chance after the correction, ◆ a set that the system was trained for, an empty cell was not measured. "+
			"The last row is over the sets that both ran on.", s.Reference),
		Head: []string{"data set"},
	}
	if len(s.Systems) < 2 || len(s.Sets) < 2 {
		return Table{}
	}
	for _, system := range s.Systems {
		t.Head = append(t.Head, system.Name)
	}
	for _, set := range s.Sets {
		row := []string{set.Label()}
		for _, system := range s.Systems {
			trained := slices.ContainsFunc(s.Preservation, func(p compare.Preservation) bool {
				return p.System == system.Name && slices.Contains(p.InDomain, set.Label())
			})
			row = append(row, overviewCell(metricOf(s, set, system.Name, metric), system.Name == s.Reference, trained))
		}
		t.Add(row...)
	}
	last := []string{"mean"}
	for _, a := range s.Averages {
		cell := ""
		for _, m := range a.Metrics {
			switch {
			case m.Name != metric:
			case a.System == s.Reference:
				cell = numberText(m.Mean)
			default:
				cell = fmt.Sprintf("%+.4f", m.Difference)
			}
		}
		last = append(last, cell)
	}
	t.Add(last...)
	return t
}

func overviewCell(m *compare.Metric, reference, trained bool) string {
	if m == nil {
		return ""
	}
	cell := numberText(m.Mean) // of the reference, or where that did not run
	if m.Difference != nil {
		cell = fmt.Sprintf("%+.4f", m.Difference.Mean) + mark(m.Difference)
	} else if !reference {
		cell = "mean " + cell
	}
	if trained {
		cell += " ◆"
	}
	return cell
}

// groupTable is the first metric by language or group, of sets that have several.
func groupTable(s *compare.Summary) Table {
	t := Table{
		Title: s.Metrics[0] + " by language or group",
		Note:  "The corrected p is Holm's over the groups of the set.",
		Head:  []string{"data set", "group", "queries", "system", "mean (95 % interval)", "difference (95 % interval)", "p corrected"},
	}
	for _, set := range s.Sets {
		byGroup := map[string][][]string{}
		var names []string
		eachResult(s, set, func(_ int, r *compare.Result) {
			for i := range r.Groups {
				g := &r.Groups[i]
				m := g.Metric(s.Metrics[0])
				if m == nil {
					continue
				}
				if byGroup[g.Group] == nil {
					names = append(names, g.Group)
				}
				difference, corrected := differenceCells(m.Difference)
				byGroup[g.Group] = append(byGroup[g.Group], []string{set.Label(), g.Group, strconv.Itoa(g.Queries), r.System, meanText(m.Mean, m.CI95), difference, corrected})
			}
		})
		for _, name := range names {
			t.Rows = append(t.Rows, byGroup[name]...)
		}
	}
	return t
}
