// Package nearest finds the word that somebody meant who has mistyped it.
//
//	nearest.Hint("hybird", []string{"hybrid", "dense"}, "use one of: hybrid, dense")
//	// did you mean hybrid? use one of: hybrid, dense
package nearest

import "strings"

// Of returns the known word that is nearest to a word, "" where none is near.
func Of(word string, known []string) string {
	best, least := "", len(word)+1
	for _, k := range known {
		d := Distance(strings.ToLower(word), strings.ToLower(k))
		begins := len(word) > 1 && strings.HasPrefix(strings.ToLower(k), strings.ToLower(word))
		if begins {
			d = min(d, 1)
		}
		if d < least && (d <= max(1, min(len(word), len(k))/3) && d < len(word) || begins) {
			best, least = k, d
		}
	}
	return best
}

// Hint puts the question in front of a hint where a known word is near.
func Hint(word string, known []string, hint string) string {
	if meant := Of(word, known); meant != "" && meant != word {
		return strings.TrimSuffix("did you mean "+meant+"? "+hint, " ")
	}
	return hint
}

// Distance is how many letters have to be put in, left out, changed or swapped with the next one. Words are short, so the
// quadratic table is small.
func Distance(a, b string) int {
	var before, last []int // rows of the table
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		before, last, row = last, row, make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j-1]+cost, last[j]+1, row[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
	}
	return row[len(b)]
}
