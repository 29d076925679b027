package evaluation

import (
	"fmt"
	"slices"
	"strings"
)

// TableGroups is how many groups a table for people shows: the JSON documents have all.
const TableGroups = 30

// groupMetrics is how many metrics of each group a table shows.
const groupMetrics = 2

// writeGroups adds the rows of groups to a table, and their mean.
func writeGroups(b *strings.Builder, r *Report, names []string) {
	if len(r.Groups) == 0 {
		return
	}
	if slices.Contains(names, "mrr@10") {
		names = slices.DeleteFunc(slices.Clone(names), func(name string) bool { return name == "mrr" }) // says nearly the same
	}
	names = names[:min(groupMetrics, len(names))]
	width := len("mean of groups")
	for _, g := range r.Groups {
		width = max(width, len(g.Group))
	}
	row := func(name string, queries any, cell func(metric string) string) {
		line := fmt.Sprintf("%-*s  %7v", width, name, queries)
		for _, metric := range names {
			line += fmt.Sprintf("  %-25s", cell(metric))
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	b.WriteByte('\n')
	row(r.GroupedBy, "queries", func(metric string) string { return metric + " (95 % interval)" })
	for _, g := range r.Groups[:min(TableGroups, len(r.Groups))] {
		row(g.Group, g.Queries, func(metric string) string {
			return fmt.Sprintf("%.4f (%.4f to %.4f)", g.Metrics[metric], g.CI95[metric][0], g.CI95[metric][1])
		})
	}
	if more := len(r.Groups) - TableGroups; more > 0 {
		fmt.Fprintf(b, "and %d more, which --json lists\n", more)
	}
	row("mean of groups", r.Queries, func(metric string) string { return fmt.Sprintf("%.4f", r.Macro[metric]) })
}
