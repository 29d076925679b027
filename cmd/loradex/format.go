package main

// This file writes tables and numbers for people.

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// table aligns columns by spaces.
type table struct{ rows [][]string }

func newTable(head ...string) *table { return &table{rows: [][]string{head}} }

func (t *table) row(cells ...string) { t.rows = append(t.rows, cells) }

func (t *table) write(w io.Writer) {
	var widths []int
	for _, row := range t.rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range t.rows {
		var b strings.Builder
		for i, cell := range row {
			b.WriteString(cell)
			b.WriteString(strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)+2))
		}
		fmt.Fprintln(w, strings.TrimRight(b.String(), " "))
	}
}

func itoa(n int) string { return strconv.Itoa(n) }

// thousands writes 12,345.
func thousands(n int) string {
	s := strconv.Itoa(n)
	sign := ""
	if n < 0 {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}

// bytesText writes a size with three digits.
func bytesText(n int64) string {
	units := []string{"kB", "MB", "GB", "TB"}
	if n < 1000 {
		return fmt.Sprintf("%d B", n)
	}
	v := float64(n)
	for _, unit := range units {
		v /= 1000
		if v < 999.5 || unit == units[len(units)-1] {
			return fmt.Sprintf("%.3g %s", v, unit)
		}
	}
	return ""
}

func metricsText(m map[string]float64) string {
	parts := make([]string, 0, len(m))
	for name, v := range m {
		parts = append(parts, fmt.Sprintf("%s %.4f", name, v))
	}
	slices.Sort(parts)
	return strings.Join(parts, ", ")
}

// countsText writes "binary 3, vendored 4", the largest first.
func countsText(m map[string]int) string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.SortFunc(names, func(x, y string) int {
		if m[x] != m[y] {
			return m[y] - m[x]
		}
		return strings.Compare(x, y)
	})
	for i, name := range names {
		names[i] = name + " " + thousands(m[name])
	}
	return strings.Join(names, ", ")
}

// languagesText lists languages; files whose language nobody knows have "".
func languagesText(languages []string) string {
	names := slices.Clone(languages)
	for i, l := range names {
		if l == "" {
			names[i] = "unknown"
		}
	}
	return strings.Join(names, ", ")
}

func msText(ms float64) string { return strconv.FormatFloat(ms, 'f', 2, 64) }
