package page

import (
	"fmt"
	"io"
	"strings"

	"loradex/evaluation/compare"
)

// writeLaTeX writes the first metric as a table for a paper: sets as rows, systems as columns, below them the mean over the sets, and the mean differences to it;
// and, where they are there, what the systems cost. It needs the packages booktabs and graphicx.
func writeLaTeX(w io.Writer, s *compare.Summary) error {
	var b strings.Builder
	metric := s.Metrics[0]
	fmt.Fprintf(&b, "%% %s\n%% \\usepackage{booktabs,graphicx}\n", inLaTeXComment(s.Title))
	head := []string{"Data set"}
	for _, system := range s.Systems {
		head = append(head, system.Name)
	}
	var rows [][]string
	for _, set := range s.Sets {
		row := []string{inLaTeX(set.Label())}
		for _, system := range s.Systems {
			row = append(row, latexResult(metricOf(s, set, system.Name, metric)))
		}
		rows = append(rows, row)
	}
	last := []string{"Mean, or mean difference (sets)"}
	for _, a := range s.Averages {
		cell := "--"
		if len(a.Metrics) > 0 && a.Metrics[0].Name == metric {
			m := a.Metrics[0]
			if cell = fmt.Sprintf("%.3f (%d)", m.Mean, m.Sets); a.System != s.Reference { // over its own sets, so that means do not compare
				cell = fmt.Sprintf("$%+.3f$ (%d)", m.Difference, m.Sets)
			}
		}
		last = append(last, cell)
	}
	latexTable(&b, head, append(rows, nil, last),
		fmt.Sprintf("%s: %s. A raised sign marks differences to %s that stay significant (p < 0.05, paired randomization test) after Holm's correction over the data sets.",
			s.Title, metric, s.Reference))
	for _, t := range costTables(s.Efficiency) {
		if len(t.Rows) == 0 {
			continue
		}
		rows = nil
		for _, row := range t.Rows {
			rows = append(rows, escaped(row))
		}
		b.WriteString("\n")
		latexTable(&b, t.Head, rows, t.Title+". "+t.Note)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// latexResult is a cell: the mean, and a sign where the difference is beyond chance.
func latexResult(m *compare.Metric) string {
	switch {
	case m == nil:
		return "--"
	case m.Difference == nil || !m.Difference.Significant():
		return fmt.Sprintf("%.3f", m.Mean)
	case m.Difference.Mean > 0:
		return fmt.Sprintf("%.3f$^{+}$", m.Mean)
	}
	return fmt.Sprintf("%.3f$^{-}$", m.Mean)
}

// latexTable writes a table; rows are LaTeX already, one that is nil is a line across. It is shrunk to the
// width of the text where it is wider.
func latexTable(b *strings.Builder, head []string, rows [][]string, caption string) {
	b.WriteString("\\begin{table}\n\\centering\n\\resizebox{\\ifdim\\width>\\linewidth\\linewidth\\else\\width\\fi}{!}{%\n")
	fmt.Fprintf(b, "\\begin{tabular}{l%s}\n\\toprule\n", strings.Repeat("r", len(head)-1))
	latexRow(b, escaped(head))
	b.WriteString("\\midrule\n")
	for _, row := range rows {
		if row == nil {
			b.WriteString("\\midrule\n")
			continue
		}
		latexRow(b, row)
	}
	fmt.Fprintf(b, "\\bottomrule\n\\end{tabular}}\n\\caption{%s}\n\\end{table}\n", inLaTeX(caption))
}

func escaped(row []string) []string {
	out := make([]string, len(row))
	for i, cell := range row {
		out[i] = inLaTeX(cell)
	}
	return out
}

func latexRow(b *strings.Builder, row []string) { b.WriteString(strings.Join(row, " & ") + " \\\\\n") }

// latexSpecial are the characters that LaTeX does not take as they are.
var latexSpecial = map[rune]string{
	'\\': `\textbackslash{}`, '{': `\{`, '}': `\}`, '$': `\$`, '&': `\&`, '#': `\#`, '_': `\_`, '%': `\%`,
	'^': `\textasciicircum{}`, '~': `\textasciitilde{}`, '<': `\textless{}`, '>': `\textgreater{}`, '|': `\textbar{}`,
	'"': `\char34{}`, '`': `\textasciigrave{}`, '[': `{[}`, ']': `{]}`, // a bracket after \\ would be its argument
}

// inLaTeX makes a text stand for itself, on one line.
func inLaTeX(text string) string {
	return escape(strings.ToValidUTF8(text, "?"), func(r rune) (string, bool) { special, ok := latexSpecial[r]; return special, ok })
}

// inLaTeXComment keeps a text within its line; nothing else can end a comment.
func inLaTeXComment(text string) string {
	return escape(text, func(rune) (string, bool) { return "", false })
}

// escape writes a text on one line, with what special says of a character in its place.
func escape(text string, special func(r rune) (string, bool)) string {
	var b strings.Builder
	for _, r := range text {
		if isControl(r) {
			r = ' '
		}
		if in, ok := special(r); ok {
			b.WriteString(in)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// isControl tells whether a character may break a line or is none.
func isControl(r rune) bool {
	return r < ' ' || r >= 0x7f && r < 0xa0 || r == '\u2028' || r == '\u2029'
}
