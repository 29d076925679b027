package search

import (
	"cmp"
	"math"
	"slices"
)

// This file defines how the ranking by vectors and the ranking by words become one score.

// Fusion names a way to fuse rankings.
type Fusion string

// The ways to fuse.
const (
	// FuseScores adds up how far a hit's cosine stands out of its ranking and how well it matches the words:
	//
	//	(cosine - mean) / deviation + weight · (BM25 - least) / 4.5
	//
	// Mean, deviation and least are those of the first 100 hits: the scale of a space's cosines matters little, and what
	// the hundredth hit has as well says nothing. BM25 keeps its scale, because it is one: it adds up how telling the words
	// are that a chunk shares with the query, so a good match counts more than the best of bad ones. This is a convex
	// combination (Bruch, Gai and Ingber 2023, arXiv:2210.11934) with these normalisations.
	FuseScores Fusion = "scores"
	// FuseRanks adds up weight/(RRFK + rank): reciprocal rank fusion (Cormack, Clarke and Büttcher 2009). It does not tell
	// a ranking that is sure from one that guesses.
	FuseRanks Fusion = "ranks"
)

// defaultWeight is the word ranking's weight against the vectors' 1; docs/results.md has what was measured.
func (f Fusion) defaultWeight() float64 {
	if f == FuseScores {
		return 0.8
	}
	return 0.5
}

// step is what a boost of 1 adds, so that boosts mean about the same whatever the scores look like.
func (f Fusion) step(rrfK int) float64 {
	if f == FuseScores {
		return 1
	}
	return 0.15 / float64(rrfK+1) // from the first place to the tenth or so
}

const (
	// normalHits is how many hits of a ranking give mean and deviation, so that asking for more hits changes no score.
	normalHits = 100
	// usualHits is how many hits more are taken to have the model's usual deviation: with few hits it is chance, and part of the
	// difference between queries is, too.
	usualHits = 100
	// deviationOfSpread is that of a model against its spread: chosen on two data sets and three models whose spreads are .04, .07 and
	// .09; usualSpread is for models whose spread nobody has measured.
	deviationOfSpread, usualSpread = 0.8, 0.075
	// wordUnit is how much BM25 says as much as one deviation.
	wordUnit = 4.5

	// guessBase and guessSlope guess where a chunk without a vector would stand: guessBase + guessSlope · words. It is not
	// a chunk whose vector is far away. The guess keeps the ranking of an index that is being filled from being worse than
	// the one by words alone: on nine sets nDCG@10 is so at no share of vectors, see docs/results.md.
	guessBase, guessSlope = 1, 0.9
)

// scale brings the scores of a ranking by vectors to one that BM25 can be added to.
type scale struct {
	zero, unit float64 // the score that becomes 0, and how much of it is 1
	missing    float64 // of a chunk that is further down than the ranking goes
}

func (s scale) of(score float64) float64 { return (score - s.zero) / s.unit }

// scaleOf takes the scores of a ranking, best first.
func scaleOf(scores []float64, usual float64) scale {
	first := scores[:min(len(scores), normalHits)]
	if len(first) == 0 {
		return scale{unit: 1}
	}
	last := first[len(first)-1]
	mean, deviation := meanOf(first)
	n := float64(len(first))
	variance := (n*deviation*deviation + usualHits*usual*usual) / (n + usualHits)
	s := scale{zero: mean, unit: math.Sqrt(variance)}
	s.missing = min(s.of(last)-1, s.of(scores[len(scores)-1]))
	return s
}

// wordScale brings BM25 to what is added: 0 is no match, or one that too many share.
func wordScale(hits []Scored) func(score float64) float64 {
	least := 0.0
	if len(hits) >= normalHits {
		least = float64(hits[normalHits-1].Score)
	}
	return func(score float64) float64 { return max(0, score-least) / wordUnit }
}

// vectorScale sets the standing of every hit of the rankings by vectors, and returns that of a chunk which is further
// down than they go. Rankings of languages were merged into one before and are scaled together; else each space has its
// own scale.
func vectorScale(rankings []*ranking, usual float64) (missing float64) {
	groups := [][]*ranking{rankings}
	if len(rankings) > 1 && rankings[0].places == nil {
		groups = slices.Collect(slices.Chunk(rankings, 1))
	}
	for _, group := range groups {
		var values []float64
		for _, r := range group {
			for i := range r.hits {
				values = append(values, r.value(i))
			}
		}
		slices.SortFunc(values, func(a, b float64) int { return cmp.Compare(b, a) })
		s := scaleOf(values, usual)
		missing = min(missing, s.missing)
		for _, r := range group {
			r.standing = make([]float64, len(r.hits))
			for i := range r.hits {
				r.standing[i] = s.of(r.value(i))
			}
		}
	}
	return missing
}

// score gives every chunk of a list its score for the order of the answer. rankings are those that the list was
// collected from, deviation the usual one of the first cosines.
func (o *Options) score(list []*fused, rankings []ranking, deviation float64) {
	var vectors []*ranking
	var words *ranking
	for i := range rankings {
		if r := &rankings[i]; r.target == nil {
			words = r
		} else {
			vectors = append(vectors, r)
		}
	}
	byID := make(map[ID]*fused, len(list))
	for _, f := range list {
		byID[f.id] = f
	}
	if o.Fusion == FuseRanks {
		o.scoreRanks(byID, rankings)
	} else {
		scoreSums(list, byID, vectors, words, deviation)
	}
	sortFused(list)
}

// scoreRanks is reciprocal rank fusion.
func (o *Options) scoreRanks(byID map[ID]*fused, rankings []ranking) {
	for n := range rankings {
		r := &rankings[n]
		for i, h := range r.hits {
			f, at := byID[h.ID], r.weight/float64(o.RRFK+r.place(i)+1)
			if r.target == nil {
				f.words = at
			} else {
				f.vectors += at
			}
			f.score += at
		}
	}
	for _, f := range byID {
		if f.uncovered { // it gets the place by vectors that it has by words
			f.vectors = f.words / o.LexicalWeight
			f.score += f.vectors
		}
	}
}

// scoreSums is the combination of scores.
func scoreSums(list []*fused, byID map[ID]*fused, vectors []*ranking, words *ranking, usual float64) {
	missing := vectorScale(vectors, usual)
	for _, f := range list {
		f.vectors = math.Inf(-1)
	}
	for _, r := range vectors {
		for i, h := range r.hits {
			f := byID[h.ID]
			f.vectors = max(f.vectors, r.standing[i]) // a chunk in several spaces counts where it stands best
		}
	}
	scaled := wordScale(nil)
	weight := 0.0
	if words != nil {
		scaled, weight = wordScale(words.hits), words.weight
	}
	for _, f := range list {
		share := 0.0
		if f.lexical != nil {
			share = scaled(*f.lexical)
		}
		f.words = weight * share
		switch {
		case !math.IsInf(f.vectors, -1):
		case f.uncovered:
			f.vectors = guessBase + guessSlope*share
		default:
			f.vectors = missing
		}
		f.score = f.vectors + f.words
	}
}

// sortFused orders a list: best first, ties to the lower ID.
func sortFused(list []*fused) {
	slices.SortFunc(list, func(a, b *fused) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.id, b.id))
	})
}

// meanOf returns mean and standard deviation.
func meanOf(values []float64) (mean, deviation float64) {
	if len(values) == 0 {
		return 0, 0
	}
	for _, v := range values {
		mean += v
	}
	mean /= float64(len(values))
	for _, v := range values {
		deviation += (v - mean) * (v - mean)
	}
	return mean, math.Sqrt(deviation / float64(len(values)))
}
