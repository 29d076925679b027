package page

import (
	"fmt"
	"io"
	"strings"

	"loradex/evaluation/compare"
	"loradex/internal/plural"
)

// tablesOf lists the tables of a report that have rows, in order.
func tablesOf(s *compare.Summary) []Table {
	all := []Table{overviewTable(s), averageTable(s)}
	for _, metric := range s.Metrics {
		all = append(all, metricTable(s, metric))
	}
	score, sets := preservationTables(s)
	all = append(append(all, groupTable(s), flipTable(s), score, sets), costTables(s.Efficiency)...)
	for _, r := range s.Repositories {
		all = append(all, repositoryTables(r)...)
	}
	all = append(all, setTable(s))
	var out []Table
	for _, t := range all {
		if len(t.Rows) > 0 {
			out = append(out, t)
		}
	}
	return out
}

// intro says what a reader must know of the figures.
func intro(s *compare.Summary) []string {
	out := []string{
		plural.Sprintf("%d data sets, %d systems. The reference is %q.", len(s.Sets), len(s.Systems), s.Reference),
		"Differences are paired by query, with 95 % bootstrap intervals and the p of a randomization test. The corrected p is Holm's over the data sets " +
			"of a system; * stands where it is below 0.05. Detectable is the smallest true difference that the queries would have shown in 80 of 100 cases, with an uncorrected p below 0.05.",
	}
	if len(s.Versions) > 1 {
		out = append(out, fmt.Sprintf("Versions of the program that made the evaluations: %s.", strings.Join(s.Versions, ", ")))
	}
	if len(s.Changed) > 0 {
		out = append(out, "The evaluations of these were made with more than one content of a model or an adapter of the same name, before and after a training for example, "+
			"so that their rows are not of one system: "+strings.Join(s.Changed, ", ")+". Evaluate them again.")
	}
	if len(s.Unmatched) > 0 {
		out = append(out, "Said to be what systems were trained for, and in no evaluation: "+strings.Join(s.Unmatched, ", ")+". Where that is a slip, knowledge preservation is wrong.")
	}
	if len(s.Unknown) > 0 {
		out = append(out, "It is not known which data sets these were trained for, so that there is no preservation score for them: "+strings.Join(s.Unknown, ", ")+".")
	}
	return out
}

func writeMarkdown(w io.Writer, s *compare.Summary) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n", inMarkdown(s.Title))
	for _, line := range intro(s) {
		fmt.Fprintf(&b, "\n%s\n", inMarkdown(line))
	}
	for _, t := range tablesOf(s) {
		fmt.Fprintf(&b, "\n## %s\n\n", inMarkdown(t.Title))
		if t.Note != "" {
			fmt.Fprintf(&b, "%s\n\n", inMarkdown(t.Note))
		}
		markdownRow(&b, t.Head)
		b.WriteString("|" + strings.Repeat("---|", len(t.Head)) + "\n")
		for _, row := range t.Rows {
			markdownRow(&b, row)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func markdownRow(b *strings.Builder, row []string) {
	b.WriteString("|")
	for _, cell := range row {
		b.WriteString(" " + inMarkdown(cell) + " |")
	}
	b.WriteString("\n")
}

// markdownSpecial are the characters that mean something to Markdown within a line, or start HTML.
const markdownSpecial = "\\`*_{}[]<>#|~&!$"

// inMarkdown makes a text stand for itself, on one line.
func inMarkdown(text string) string {
	return escape(strings.ToValidUTF8(text, "\uFFFD"), func(r rune) (string, bool) { return "\\" + string(r), strings.ContainsRune(markdownSpecial, r) })
}
