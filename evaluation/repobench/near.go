package repobench

import (
	"cmp"
	"hash/fnv"
	"regexp"
	"slices"
	"strings"
)

// This file finds texts that are nearly the same.

const (
	// Similar is the Jaccard coefficient from which on two texts count as the same: |A ∩ B| / |A ∪ B| of their shingles.
	Similar = 0.8
	// shingleSize is how many tokens in a row are a shingle (Broder 1997, "On the resemblance and containment of documents").
	shingleSize = 5
)

// tokenPattern is a word or one other character that is no white space.
var tokenPattern = regexp.MustCompile(`[\p{L}\p{N}_]+|[^\p{L}\p{N}_\s]`)

// shingles returns the distinct 5-shingles of a text's tokens, in lower case, as hashes. A text of fewer tokens is one
// shingle, and equals only itself.
func shingles(text string) []uint64 {
	tokens := tokenPattern.FindAllString(strings.ToLower(text), -1)
	if len(tokens) == 0 {
		return nil
	}
	n := max(1, len(tokens)-shingleSize+1)
	out := make([]uint64, n)
	for i := range n {
		h := fnv.New64a()
		for _, t := range tokens[i:min(i+shingleSize, len(tokens))] {
			_, _ = h.Write([]byte(t)) // never fails
			_, _ = h.Write([]byte{0})
		}
		out[i] = h.Sum64()
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// duplicates returns, for each text, the index of the first one before it that is kept and nearly the same; -1 where the
// text is kept.
//
// The answer is exact. Two sets with a coefficient of t or more share one of their first |x| - ⌈t|x|⌉ + 1 members in any
// common order; with rare ones first, hardly any two texts come to be compared (Chaudhuri et al. 2006, "A Primitive Operator
// for Similarity Joins"; Xiao et al. 2008, "PPJoin").
func duplicates(texts []string) []int {
	sets := make([][]uint64, len(texts))
	frequency := map[uint64]int{}
	for i, text := range texts {
		sets[i] = shingles(text)
		for _, s := range sets[i] {
			frequency[s]++
		}
	}
	first := make([]int, len(texts))
	at := map[uint64][]int{} // kept texts by the shingles of their prefixes
	for i, set := range sets {
		ordered := slices.SortedFunc(slices.Values(set), func(a, b uint64) int {
			return cmp.Or(cmp.Compare(frequency[a], frequency[b]), cmp.Compare(a, b))
		})
		prefix := ordered[:min(len(set), len(set)-(4*len(set)+4)/5+1)] // 4/5 is Similar, without rounding
		first[i] = -1
		seen := map[int]bool{}
		for _, s := range prefix {
			for _, other := range at[s] {
				if !seen[other] && (first[i] < 0 || other < first[i]) && similar(set, sets[other]) {
					first[i] = other
				}
				seen[other] = true
			}
		}
		if first[i] >= 0 {
			continue
		}
		for _, s := range prefix {
			at[s] = append(at[s], i)
		}
	}
	return first
}

// similar tells whether the coefficient of two sorted sets is at least Similar.
func similar(a, b []uint64) bool {
	small, large := min(len(a), len(b)), max(len(a), len(b))
	if 5*small < 4*large {
		return false
	}
	common := 0
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] == b[j]:
			common++
			i++
			j++
		case a[i] < b[j]:
			i++
		default:
			j++
		}
	}
	return 5*common >= 4*(len(a)+len(b)-common)
}
