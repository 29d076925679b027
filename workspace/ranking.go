package workspace

import (
	"loradex/internal/config"
	"loradex/search"
)

// ranking turns the settings search.* into options. A reranker and a default mix are the caller's.
func ranking(c config.Search) search.Options {
	return search.Options{
		Fusion: search.Fusion(c.Fusion), LexicalWeight: c.LexicalWeight, RRFK: c.RRFK, AllWords: c.AllWords,
		SymbolBoost: offAtZero(c.SymbolBoost), PathBoost: offAtZero(c.PathBoost), Diversity: c.Diversity,
		Fold: search.Fold(c.Fold), RerankDepth: c.RerankDepth, Merge: search.Merge(c.Merge),
	}
}

// offAtZero turns a setting, whose 0 is off, into an option, whose 0 is the default.
func offAtZero(boost float64) float64 {
	if boost == 0 {
		return -1
	}
	return boost
}
