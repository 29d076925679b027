package repobench

// This test looks inside: the join by prefixes must find what comparing all pairs finds.

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// slow is the definition: the first kept text with a coefficient of at least 0.8.
func slow(texts []string) []int {
	first := make([]int, len(texts))
	for i := range texts {
		first[i] = -1
		x := map[uint64]bool{}
		for _, s := range shingles(texts[i]) {
			x[s] = true
		}
		for j := 0; j < i && first[i] < 0; j++ {
			if first[j] >= 0 {
				continue
			}
			y, common := shingles(texts[j]), 0
			for _, s := range y {
				if x[s] {
					common++
				}
			}
			if union := len(x) + len(y) - common; union > 0 && float64(common)/float64(union) >= Similar-1e-12 {
				first[i] = j
			}
		}
	}
	return first
}

func TestDuplicates(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	found := 0
	for range 200 {
		var texts []string
		for range 30 {
			if len(texts) > 0 && rng.IntN(2) == 0 { // one before, with a few words changed
				words := strings.Fields(texts[rng.IntN(len(texts))])
				for range rng.IntN(3) {
					words[rng.IntN(len(words))] = string(rune('a' + rng.IntN(26)))
				}
				texts = append(texts, strings.Join(words, " "))
				continue
			}
			var words []string
			for range 1 + rng.IntN(60) {
				words = append(words, string(rune('a'+rng.IntN(26))))
			}
			texts = append(texts, strings.Join(words, " "))
		}
		got, want := duplicates(texts), slow(texts)
		for i := range want {
			if got[i] != want[i] {
				t.Fatalf("text %d is the same as %d, want %d, of %q", i, got[i], want[i], texts)
			}
			if want[i] >= 0 {
				found++
			}
		}
	}
	if found < 500 {
		t.Errorf("only %d duplicates were made", found)
	}
	if got := duplicates([]string{"", "", "a b", "A  b", "a b c"}); got[0] != -1 || got[1] != -1 || got[2] != -1 || got[3] != 2 || got[4] != -1 {
		t.Errorf("short texts: %v", got)
	}
}

func FuzzDuplicates(f *testing.F) {
	f.Add("a b c d e f g", "a b c d e f h", "")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		texts := []string{a, b, c, a}
		got, want := duplicates(texts), slow(texts)
		for i := range want {
			if got[i] != want[i] {
				t.Fatalf("%q: %v, want %v", texts, got, want)
			}
		}
	})
}
