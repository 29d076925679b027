package evaluation

import (
	"fmt"
	"strings"

	"loradex/internal/fault"
)

// Stale tells whether figures of now can be held against those of a baseline. Conflict where they were not made alike, with
// all that differs: data set, split, documents, base model, maximum tokens, cut, template, pool, depth, order of ties, and how
// an index was searched. The adapter may differ and so may the code: they are what a gate is for.
//
// Models are compared by their digest; where one of the two is not known, as for an endpoint or a run file, by name.
func Stale(baseline, now *Report) error {
	var list []string
	differ := func(what string, was, is any) {
		if was != is {
			list = append(list, fmt.Sprintf("%s %v, now %v", what, quoted(was), quoted(is)))
		}
	}
	differ("data set", baseline.Dataset, now.Dataset)
	differ("split", baseline.Split, now.Split)
	differ("documents", baseline.Corpus, now.Corpus)
	differ("queries", baseline.Queries, now.Queries)
	differ("data digest", baseline.Digests.Data, now.Digests.Data)
	if baseline.Digests.Model == "" || now.Digests.Model == "" {
		differ("model", baseline.Model, now.Model)
	} else {
		differ("model digest", baseline.Digests.Model, now.Digests.Model)
	}
	differ("max tokens", baseline.MaxTokens, now.MaxTokens)
	differ("truncation", baseline.Truncation, now.Truncation)
	differ("input type", baseline.InputType, now.InputType)
	differ("template", baseline.Template, now.Template)
	differ("pool", baseline.Pool, now.Pool)
	differ("pool seed", baseline.PoolSeed, now.PoolSeed)
	differ("depth", baseline.Depth, now.Depth)
	differ("tie break", baseline.TieBreak, now.TieBreak)
	differ("search", searchOf(baseline), searchOf(now))
	if len(list) == 0 {
		return nil
	}
	return fault.New(fault.Conflict, "the baseline is stale, it was made otherwise: %s", strings.Join(list, "; ")).
		WithHint("renew it: run the command with --out DIR in place of --baseline, look at the figures, and keep that folder")
}

// searchOf is what of a search must be the same. Fusion, settings and the mixes of languages may be what is gated.
func searchOf(r *Report) string {
	if r.Search == nil {
		return "vectors"
	}
	text := fmt.Sprintf("%s, coverage %g", r.Search.Mode, r.Search.Coverage)
	if seed := r.Search.Settings["coverage_seed"]; seed != "" {
		text += " by seed " + seed
	}
	return text
}

// quoted shows texts in quotation marks, so that an empty one is seen.
func quoted(v any) any {
	if s, ok := v.(string); ok {
		return fmt.Sprintf("%q", s)
	}
	return v
}
