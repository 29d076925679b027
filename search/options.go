package search

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"loradex/adapters"
	"loradex/internal/fault"
)

// Options are the settings of a Searcher. The zero value is the default. Where 0 is the default and something else than
// off, a negative number is off.
type Options struct {
	// Fusion says how the rankings by vectors and by words become one. The default is FuseScores.
	Fusion Fusion
	// Spread is how widely the model spreads what it embeds (embed.Encoder's Spread): models differ tenfold in what a difference of
	// cosines says. It is asked for where vectors are searched. The default nil takes that of a model which uses much of the sphere.
	Spread func(context.Context) (float64, error)
	// LexicalWeight is the weight of words against the vectors' 1. The default is 0.8 for FuseScores and 0.5 for FuseRanks:
	// the best average over nine development splits without a loss on any beyond chance (docs/results.md). `eval tune` finds
	// one's own.
	LexicalWeight float64
	// AllWords takes every word of a question for as telling as it is rare. The default gives a weight of 0.3 to those that it is
	// only asked with, such as "how" and "to": see tokens.AskedWith.
	AllWords bool
	// RRFK is the constant of FuseRanks. The default is 60: large enough that the first places of a ranking are worth
	// about the same, so that a hit that two rankings know beats one that a single ranking puts first.
	RRFK int
	// The next five move the hits of a question in words, in every mode. 1 is from the first hit to the two-hundredth. What each
	// of them brings is in docs/ranking.md.
	//
	// PathBoost raises hits by the share of their file's name that it says; the default is 0.6. FileBoost raises the best hit of
	// a file by what its hits have together; the default is 0.25. NearBoost raises hits by how near they are to Request.Near;
	// the default is 0.5. Unasked is the share of their standing that tests, examples, documents and their like lose where the
	// query does not ask for such; the default is 0.7. Diversity is taken from a hit for every better hit of the same file; the
	// default is 0.1.
	PathBoost, FileBoost, NearBoost, Unasked, Diversity float64
	// Fold says which copies of a better hit are left out. The default is foldSame.
	Fold Fold
	// Reranker orders the first RerankDepth hits anew. The default is none, and 50 hits.
	Reranker    Reranker
	RerankDepth int
	// Merge says how rankings of a language-wise index's spaces become one. The default is mergeCosines.
	Merge Merge
	// Fits are how probabilities are computed where they hold, before the usual ones.
	Fits []Fit
	// Adapter is the mix of requests that name none. The default nil is the index's default space.
	Adapter *adapters.Mix
}

// maxRerankDepth bounds Options.RerankDepth.
const maxRerankDepth = 1000

// Validate reports settings that make no sense.
func (o Options) Validate() error {
	if o.RRFK < 0 || !(o.LexicalWeight >= 0) || o.Unasked > 1 {
		return fault.New(fault.Invalid, "search.Options: rrf_k %d, lexical weight %g, unasked %g", o.RRFK, o.LexicalWeight, o.Unasked)
	}
	if o.RerankDepth < 0 || o.RerankDepth > maxRerankDepth {
		return fault.New(fault.Invalid, "search.Options: reranking of %d hits", o.RerankDepth).WithHint("at most %d", maxRerankDepth)
	}
	return cmp.Or(oneOf("merge", o.Merge, mergeCosines, mergeScores, mergeRanks), oneOf("fusion", o.Fusion, FuseScores, FuseRanks),
		oneOf("fold", o.Fold, foldSame, foldNear, foldNone))
}

// oneOf is Invalid for a setting that is none of those known.
func oneOf[T ~string](what string, value T, known ...T) error {
	if value == "" || slices.Contains(known, value) {
		return nil
	}
	names := make([]string, len(known))
	for i, k := range known {
		names[i] = string(k)
	}
	return fault.New(fault.Invalid, "search.Options: %s %q", what, value).WithHint("use one of %s", strings.Join(names, ", "))
}

func (o Options) withDefaults() Options {
	o.Fusion = cmp.Or(o.Fusion, FuseScores)
	o.LexicalWeight = cmp.Or(o.LexicalWeight, o.Fusion.defaultWeight())
	o.RRFK = cmp.Or(o.RRFK, 60)
	o.PathBoost = cmp.Or(o.PathBoost, 0.6)
	o.FileBoost = cmp.Or(o.FileBoost, 0.25)
	o.NearBoost = cmp.Or(o.NearBoost, 0.5)
	o.Unasked = cmp.Or(o.Unasked, 0.7)
	o.Diversity = cmp.Or(o.Diversity, 0.1)
	o.Fold = cmp.Or(o.Fold, foldSame)
	o.RerankDepth = cmp.Or(o.RerankDepth, 50)
	o.Merge = cmp.Or(o.Merge, mergeCosines)
	return o
}
