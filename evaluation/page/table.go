package page

// This file defines tables and the texts in their cells.

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"loradex/evaluation/compare"
	"loradex/internal/fault"
	"loradex/internal/plural"
)

// Table is the texts of a table, as all formats for people show them. They are plain: each format escapes them.
type Table struct {
	Title string
	Note  string
	Head  []string
	Rows  [][]string
}

// Add adds a row.
func (t *Table) Add(cells ...string) { t.Rows = append(t.Rows, cells) }

// Text is the head and the rows with columns aligned by spaces.
func (t Table) Text() string {
	rows := append([][]string{t.Head}, t.Rows...)
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		line := ""
		for i, cell := range row {
			line += cell + strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)+2)
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return b.String()
}

// sheet is a text for a terminal.
type sheet struct{ strings.Builder }

// say adds text. Numbers that %d writes get separators.
func (s *sheet) say(format string, args ...any) {
	message.NewPrinter(language.English).Fprintf(s, plural.Agree(format, args), args...)
}

// table adds a table behind a blank line, its title before and its note behind it. One without rows is left out.
func (s *sheet) table(t Table) {
	if len(t.Rows) == 0 {
		return
	}
	s.WriteByte('\n')
	if t.Title != "" {
		s.WriteString(t.Title + "\n\n")
	}
	s.WriteString(t.Text())
	if t.Note != "" {
		s.WriteString(t.Note + "\n")
	}
}

func (s *sheet) writeTo(w io.Writer) error {
	if _, err := io.WriteString(w, s.String()); err != nil {
		return fault.Wrap(fault.Unavailable, err, "the tables cannot be written")
	}
	return nil
}

func numberText(v float64) string { return fmt.Sprintf("%.4f", v) }

func meanText(mean float64, ci95 [2]float64) string {
	return fmt.Sprintf("%.4f (%.4f to %.4f)", mean, ci95[0], ci95[1])
}

func differenceText(mean float64, ci95 [2]float64) string {
	return fmt.Sprintf("%+.4f (%+.4f to %+.4f)", mean, ci95[0], ci95[1])
}

func pText(p float64) string {
	if p < 0.0001 {
		return "< 0.0001"
	}
	return numberText(p)
}

// correctedText is the corrected p, with a mark where it is beyond chance.
func correctedText(d *compare.Difference) string { return pText(d.Holm) + mark(d) }

// differenceCells are a difference with its interval, and its corrected p; both are empty where there is none.
func differenceCells(d *compare.Difference) (difference, corrected string) {
	if d == nil {
		return "", ""
	}
	return differenceText(d.Mean, d.CI95), correctedText(d)
}

// mark stands beside what is beyond chance after the correction.
func mark(d *compare.Difference) string {
	if d.Significant() {
		return " *"
	}
	return ""
}

func detectableText(d *compare.Difference) string {
	if d.Detectable == nil {
		return ""
	}
	return numberText(*d.Detectable)
}
