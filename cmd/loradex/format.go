package main

// This file writes numbers and lists for people.

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"loradex/cmd/loradex/internal/show"
	"loradex/internal/plural"
)

func itoa(n int) string { return strconv.Itoa(n) }

func thousands(n int) string { return plural.Thousands(n) }

func printable(s string) string { return show.Printable(s) }

func bytesText(n int64) string { return plural.Bytes(n) }

func metricsText(m map[string]float64) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(m)) {
		parts = append(parts, fmt.Sprintf("%s %.4f", name, m[name]))
	}
	return strings.Join(parts, ", ")
}

// countsText writes "binary 3, vendored 4", the largest first.
func countsText(m map[string]int) string {
	names := slices.SortedFunc(maps.Keys(m), func(x, y string) int {
		return cmp.Or(m[y]-m[x], strings.Compare(x, y))
	})
	for i, name := range names {
		names[i] = name + " " + thousands(m[name])
	}
	return strings.Join(names, ", ")
}

func languagesText(languages []string) string { return show.Languages(languages) }

func msText(ms float64) string { return strconv.FormatFloat(ms, 'f', 2, 64) }
