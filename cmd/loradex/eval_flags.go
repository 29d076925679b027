package main

// This file checks the flags of `eval run`: what contradicts what, before anything is opened.

import (
	"github.com/spf13/cobra"

	"loradex/adapters"
	"loradex/search"
)

// validate checks the flags and returns the mixes in their order.
func (f *evalFlags) validate(cmd *cobra.Command) ([]adapters.Mix, error) {
	if err := f.indexed.validate(); err != nil {
		return nil, err
	}
	if f.run != "" {
		for _, flag := range append([]string{"adapter", "doc-adapter", "max-tokens", "pool"}, indexedFlagNames...) {
			if cmd.Flags().Changed(flag) {
				return nil, usagef("leave one of them out", "--%s says how texts are encoded and ranked, and --run encodes nothing", flag)
			}
		}
	}
	if !f.indexed.used() && f.run == "" {
		for _, flag := range []string{"hits", "depth", "exact", "coverage-seed"} {
			if cmd.Flags().Changed(flag) {
				return nil, usagef("add --indexed, or --mode lexical or hybrid", "--%s is for a search through an index, and vectors are ranked in memory", flag)
			}
		}
	}
	base := len(f.adapters) == 1 && f.adapters[0] == adapters.BaseMix && f.docAdapter == ""
	switch {
	case f.indexed.Mode == search.Lexical && (!base || f.indexed.languageWise != ""):
		return nil, usagef("leave it out", "--mode lexical uses no adapter")
	case f.indexed.languageWise != "" && !base:
		return nil, usagef("leave one of them out", "--language-wise gives each language its mix, and --adapter one to all")
	case f.maxTokens < 0:
		return nil, usagef("0 is the model's limit", "--max-tokens is %d", f.maxTokens)
	case f.pool < 0:
		return nil, usagef("such as 1000; leave it out for the whole corpus", "--pool is %d", f.pool)
	case f.pool > 0 && f.indexed.used():
		return nil, usagef("leave one of them out", "--pool ranks vectors, and --mode %s with these flags searches an index, which holds the whole corpus", f.indexed.mode)
	case f.pool == 0 && cmd.Flags().Changed("pool-seed"):
		return nil, usagef("add --pool N", "--pool-seed needs --pool")
	}
	if err := f.system.validate(cmd, f.indexed.used()); err != nil {
		return nil, err
	}
	if err := f.gate.validate(cmd, f.metrics); err != nil {
		return nil, err
	}
	return f.mixes()
}

// mixes reads --adapter. A mix that is named twice is a mistake: it would be compared with itself.
func (f *evalFlags) mixes() ([]adapters.Mix, error) {
	list := make([]adapters.Mix, 0, len(f.adapters))
	seen := map[adapters.Mix]bool{}
	for _, text := range f.adapters {
		mix, err := parseMix("adapter", text)
		if err != nil {
			return nil, err
		}
		if seen[mix] {
			return nil, usagef("name each mix once", "--adapter names %s twice", mix)
		}
		seen[mix] = true
		list = append(list, mix)
	}
	return list, nil
}
