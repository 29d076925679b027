package search

import (
	"math"
	"slices"
	"testing"
)

// words is a ranking by words.
func words(weight float64, hits ...Scored) ranking { return ranking{weight: weight, hits: hits} }

// fuseWith collects and scores rankings.
func fuseWith(o Options, rankings ...ranking) []*fused {
	o = o.withDefaults()
	for i := range rankings {
		if rankings[i].target == nil {
			rankings[i].weight = o.LexicalWeight
		}
	}
	list := collect(rankings)
	o.score(list, rankings, 0.06)
	return list
}

// TestScoresByHand computes the sum of scaled scores for a ranking of three vectors and two matches.
func TestScoresByHand(t *testing.T) {
	list := fuseWith(Options{LexicalWeight: 2}, ranked(1, 0.8, 0.5, 0.2), words(0, Scored{2, 9}, Scored{7, 4.5}))
	// Mean 0.5, variance 0.06, drawn to 0.06² as if a hundred more hits had it; words have no hundredth hit to take off.
	unit := math.Sqrt((3*0.06 + 100*0.06*0.06) / 103)
	want := map[ID]float64{1: 0.3 / unit, 2: 0 + 2*9/4.5, 3: -0.3 / unit, 7: -0.3/unit - 1 + 2*1}
	for _, f := range list {
		if math.Abs(f.score-want[f.id]) > 1e-6 || math.Abs(f.score-f.vectors-f.words) > 1e-12 {
			t.Errorf("%d: score %v (%v + %v), want %v", f.id, f.score, f.vectors, f.words, want[f.id])
		}
	}
	if got, want := ids(list), []ID{1, 2, 3, 7}; len(got) != len(want) {
		t.Errorf("fused %v, want %v in some order", got, want)
	}
}

func ids(list []*fused) []ID {
	out := make([]ID, len(list))
	for i, f := range list {
		out[i] = f.id
	}
	return out
}

// TestFusionKeepsASingleRanking: with one ranking the order stays what it is, whatever the fusion.
func TestFusionKeepsASingleRanking(t *testing.T) {
	for _, fusion := range []Fusion{FuseScores, FuseRanks} {
		for name, r := range map[string]ranking{
			"vectors": ranked(1, 0.9, 0.9, 0.3, -0.2), "words": words(0, Scored{1, 9}, Scored{2, 9}, Scored{3, 1}, Scored{4, 0.5}), "one": ranked(1, 0.1), "none": {},
		} {
			list := fuseWith(Options{Fusion: fusion}, r)
			for i, h := range r.hits {
				if list[i].id != h.ID {
					t.Errorf("%s, %s: %v", fusion, name, ids(list))
					break
				}
			}
			for _, f := range list {
				if math.IsNaN(f.score) || math.IsInf(f.score, 0) {
					t.Errorf("%s, %s: score %v", fusion, name, f.score)
				}
			}
		}
	}
}

// TestScaleOfASpaceMattersLittle: where cosines lie closer together and higher, as other models have them, what words add
// against the difference of two hits stays about the same.
func TestScaleOfASpaceMattersLittle(t *testing.T) {
	var wide, narrow []float32
	for i := range 100 {
		c := float32(0.6 - 0.004*float64(i))
		wide, narrow = append(wide, c), append(narrow, 0.8+c/2)
	}
	gap := func(cosines []float32) float64 {
		list := fuseWith(Options{}, ranked(1, cosines...))
		return list[0].score - list[99].score
	}
	if ratio := gap(wide) / gap(narrow); ratio > 1.5 {
		t.Errorf("vectors count %.2f times as much in the wide space, whose cosines differ twice as much", ratio)
	}
}

// TestSpread: a model that spreads its vectors half as wide is asked how wide, and then its cosines say about as much.
func TestSpread(t *testing.T) {
	scored := func(factor float32, deviation float64) float64 {
		var cosines []float32
		for i := range 100 {
			cosines = append(cosines, 0.5+factor*(0.3-0.004*float32(i)))
		}
		r := []ranking{ranked(1, cosines...)}
		list := collect(r)
		o := Options{}.withDefaults()
		o.score(list, r, deviation)
		return list[0].score - list[99].score
	}
	wide, unasked, asked := scored(1, 0.08), scored(0.5, 0.08), scored(0.5, 0.04)
	if math.Abs(asked-wide) > 1e-4 || unasked > 0.9*wide {
		t.Errorf("wide %v, half as wide %v, and as asked %v", wide, unasked, asked)
	}
}

// TestMatchThatAllShareSaysNothing: a query whose words are in everything leaves the order to the vectors.
func TestMatchThatAllShareSaysNothing(t *testing.T) {
	var cosines []float32
	var same []Scored
	for i := range 150 {
		cosines = append(cosines, float32(0.7-0.002*float64(i)))
		same = append(same, Scored{ID(150 - i), 8})
	}
	list := fuseWith(Options{}, ranked(1, cosines...), words(0, same...))
	for i, f := range list {
		if f.id != ID(i+1) || f.words != 0 {
			t.Fatalf("place %d has %d with %v of words", i, f.id, f.words)
		}
	}
}

// TestUncovered: a chunk that has no vector yet and matches best keeps its place before one that only its vector found;
// the same chunk with a vector far away does not.
func TestUncovered(t *testing.T) {
	for _, fusion := range []Fusion{FuseScores, FuseRanks} {
		for _, uncovered := range []bool{true, false} {
			rankings := []ranking{ranked(1, 0.6, 0.59, 0.58, 0.57), words(0, Scored{9, 12}, Scored{2, 3})}
			o := Options{Fusion: fusion}.withDefaults()
			rankings[1].weight = o.LexicalWeight
			list := collect(rankings)
			for _, f := range list {
				f.uncovered = uncovered && f.id == 9
			}
			o.score(list, rankings, 0.06)
			at := slices.Index(ids(list), 9)
			if uncovered && at != 0 {
				t.Errorf("%s: without a vector at place %d of %v", fusion, at, ids(list))
			}
			for _, f := range list {
				if f.id == 9 && !uncovered && f.vectors > 0.5 {
					t.Errorf("%s: a vector that is far away gives %v", fusion, f.vectors)
				}
			}
		}
	}
}

// TestSeveralSpaces: a chunk in two spaces counts where it stands best, not twice.
func TestSeveralSpaces(t *testing.T) {
	a, b := ranked(1, 0.9, 0.5, 0.1), ranked(1, 0.1, 0.05, 0)
	list := fuseWith(Options{}, a, b)
	alone := fuseWith(Options{}, ranked(1, 0.9, 0.5, 0.1))
	if math.Abs(list[0].score-alone[0].score) > 1e-9 {
		t.Errorf("%v in two spaces, %v in one", list[0].score, alone[0].score)
	}
}

func TestOptions(t *testing.T) {
	for name, o := range map[string]Options{
		"rrf": {RRFK: -1}, "weight": {LexicalWeight: -1}, "no number": {LexicalWeight: math.NaN()}, "fusion": {Fusion: "sum"}, "minmax": {Fusion: "minmax"},
		"fold": {Fold: "all"}, "merge": {Merge: "best"}, "unasked": {Unasked: 2}, "depth": {RerankDepth: 1001},
	} {
		if o.Validate() == nil {
			t.Errorf("%s: %+v is accepted", name, o)
		}
		if _, err := New(nil, nil, o); err == nil {
			t.Errorf("%s: New accepts it", name)
		}
	}
	if err := (Options{PathBoost: -1, Diversity: -1}).Validate(); err != nil {
		t.Error(err)
	}
}
