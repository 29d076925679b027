package workspace

import (
	"loradex/internal/config"
	"loradex/search"
)

// ranking turns the settings search.* into options. A reranker and a default mix are the caller's.
func ranking(c config.Search) search.Options {
	return search.Options{
		Fusion: search.Fusion(c.Fusion), LexicalWeight: c.LexicalWeight, RRFK: c.RRFK, AllWords: c.AllWords,
		SymbolBoost: offAtZero(c.SymbolBoost), PathBoost: offAtZero(c.PathBoost), FileBoost: offAtZero(c.FileBoost),
		Unasked: offAtZero(c.Unasked), NearBoost: offAtZero(c.NearBoost), Diversity: offAtZero(c.Diversity),
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

// stages are those of ranking that can be switched off alone, by the names of their settings.
var stages = []struct {
	name string
	off  func(*config.Search)
}{
	{"all_words", func(c *config.Search) { c.AllWords = true }},
	{"symbol_boost", func(c *config.Search) { c.SymbolBoost = 0 }},
	{"path_boost", func(c *config.Search) { c.PathBoost = 0 }},
	{"file_boost", func(c *config.Search) { c.FileBoost = 0 }},
	{"unasked", func(c *config.Search) { c.Unasked = 0 }},
	{"diversity", func(c *config.Search) { c.Diversity = 0 }},
	{"signals", func(c *config.Search) {
		c.SymbolBoost, c.PathBoost, c.FileBoost, c.Unasked, c.Diversity = 0, 0, 0, 0, 0
	}},
}

// without switches a stage off; "" none.
func without(c config.Search, stage string) config.Search {
	for _, s := range stages {
		if s.name == stage {
			s.off(&c)
		}
	}
	return c
}
