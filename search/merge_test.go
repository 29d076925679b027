package search

import (
	"slices"
	"testing"
)

func ranked(first ID, scores ...float32) ranking {
	r := ranking{target: &target{}, weight: 1}
	for i, s := range scores {
		r.hits = append(r.hits, Scored{ID: first + ID(i), Score: s})
	}
	return r
}

func order(rankings ...ranking) []ID {
	o := Options{Fusion: FuseRanks}.withDefaults()
	list := collect(rankings)
	o.score(list, rankings, 0.06)
	var ids []ID
	for _, f := range list {
		ids = append(ids, f.id)
	}
	return ids
}

// TestMerge: a hit that stands out of its own space comes before the first of a space where nothing does, whose cosines
// are larger by their nature.
func TestMerge(t *testing.T) {
	spaces := func() []ranking {
		return []ranking{ranked(1, 0.91, 0.90, 0.89, 0.88), ranked(11, 0.60, 0.21, 0.20, 0.19)}
	}
	byScore := spaces()
	merge(byScore, mergeScores)
	if got := order(byScore...); got[0] != 11 || got[1] != 1 {
		t.Errorf("by scores: %v", got)
	}
	byCosine := spaces()
	merge(byCosine, mergeCosines)
	if got, want := order(byCosine...), []ID{1, 2, 3, 4, 11, 12, 13, 14}; !slices.Equal(got, want) {
		t.Errorf("by cosines: %v, want %v", got, want)
	}
	byRank := spaces()
	merge(byRank, mergeRanks)
	if got, want := order(byRank...), []ID{1, 11, 2, 12, 3, 13, 4, 14}; !slices.Equal(got, want) {
		t.Errorf("by ranks: %v, want %v", got, want)
	}
	// One space cut in two by chance, with equal spread, comes together again.
	halves := []ranking{ranked(1, 0.9, 0.7, 0.5), ranked(11, 0.9, 0.7, 0.5)}
	merge(halves, mergeScores)
	if got, want := order(halves...), []ID{1, 11, 2, 12, 3, 13}; !slices.Equal(got, want) {
		t.Errorf("halves: %v, want %v", got, want)
	}
}

// TestMergeKeepsOrder: whatever the scores, a merged ranking has each hit once and each space's hits in their order.
func TestMergeKeepsOrder(t *testing.T) {
	for name, rankings := range map[string][]ranking{
		"none": {}, "empty": {ranked(1), ranked(2)}, "one hit": {ranked(1, 0.3), ranked(2, 0.9, 0.1)},
		"equal scores": {ranked(1, 0.5, 0.5, 0.5), ranked(4, 0.5)}, "negative": {ranked(1, -0.1, -0.2), ranked(3, 0.1, -0.9)},
	} {
		for _, how := range []Merge{mergeCosines, mergeScores, mergeRanks} {
			merge(rankings, how)
			taken := map[int]bool{}
			total := 0
			for _, r := range rankings {
				if !slices.IsSorted(r.places) {
					t.Errorf("%s by %s: places %v", name, how, r.places)
				}
				for _, p := range r.places {
					taken[p] = true
				}
				total += len(r.hits)
			}
			for p := range total {
				if !taken[p] {
					t.Errorf("%s by %s: nobody is at %d of %d", name, how, p, total)
				}
			}
		}
	}
}
