package search

import (
	"slices"
	"strings"
)

// This file leaves out hits that say again what a better one said: lines of it, or a copy.

// Fold says which copies of a better hit are left out of an answer. They are listed with it.
type Fold string

// The ways to fold.
const (
	// foldSame leaves out code that differs from a better hit's in white space alone: vendored files, copies.
	foldSame Fold = "same"
	// foldNear leaves out, besides, what has a cosine over 0.98 with a better hit.
	foldNear Fold = "near"
	// foldNone shows every copy.
	foldNone Fold = "none"
)

// nearCosine is from where two hits are near duplicates.
const nearCosine = 0.98

// maxCopies bounds the list of copies that a hit carries.
const maxCopies = 20

// Copy is a place that holds the same as a hit.
type Copy struct {
	Path      string `json:"path"`
	StartLine int    `json:"start_line"`
	EndLine   int    `json:"end_line"`
}

// fold leaves out hits that overlap a better one of the same file, and copies, and cuts the rest to k and one more, which tells that there is more. Windows of long
// files overlap by design; two hits on the same lines help nobody. near tells near duplicates; nil finds none. It returns
// how many hits it passed over.
func fold(hits []Hit, k int, how Fold, near func(a, b *Hit) bool) ([]Hit, int) {
	kept := make([]Hit, 0, min(k+1, len(hits)))
	byPath := map[string][]int{}
	byText := map[string]int{}
	folded := 0
	for i := range hits {
		if len(kept) > k {
			break
		}
		behind := len(kept) == k // what lies behind the answer is not said of its hits
		h := hits[i]
		overlaps := slices.ContainsFunc(byPath[h.Repo+"\x00"+h.Path], func(i int) bool {
			return kept[i].StartLine <= h.EndLine && h.StartLine <= kept[i].EndLine
		})
		if overlaps {
			if !behind {
				folded++
			}
			continue
		}
		original := -1
		text := ""
		if how != foldNone {
			text = strings.Join(strings.Fields(h.Text), " ")
			if at, ok := byText[text]; ok && text != "" {
				original = at
			}
		}
		for j := 0; original < 0 && how == foldNear && near != nil && j < len(kept); j++ {
			if near(&kept[j], &h) {
				original = j
			}
		}
		if original >= 0 {
			if behind {
				continue
			}
			folded++
			if o := &kept[original]; len(o.Copies) < maxCopies {
				o.Copies = append(o.Copies, Copy{h.Path, h.StartLine, h.EndLine})
			}
			continue
		}
		byPath[h.Repo+"\x00"+h.Path] = append(byPath[h.Repo+"\x00"+h.Path], len(kept))
		byText[text] = len(kept)
		kept = append(kept, h)
	}
	return kept, folded
}

// diversify takes hits in the order of their scores, less a penalty for every better hit of the same file.
func diversify(hits []Hit, penalty float64) {
	if penalty <= 0 {
		return
	}
	seen := map[string]int{}
	for i := range hits {
		best := i
		worth := func(j int) float64 { return hits[j].Score - penalty*float64(seen[hits[j].File()]) }
		for j := i + 1; j < len(hits); j++ {
			if worth(j) > worth(best) {
				best = j
			}
		}
		h := hits[best]
		if less := h.Score - worth(best); less > 0 {
			h.Score -= less
			if h.Parts != nil {
				h.Parts.add("diversity", -less)
			}
		}
		copy(hits[i+1:best+1], hits[i:best])
		hits[i] = h
		seen[h.File()]++
	}
}
