package main

// This file writes numbers and lists for people.

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"loradex/internal/plural"
)

func itoa(n int) string { return strconv.Itoa(n) }

func thousands(n int) string { return plural.Thousands(n) }

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
