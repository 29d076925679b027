package indexer

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/go-enry/go-enry/v2"

	"loradex/adapters"
)

// This file is about language-wise indexes: each language of the repository has a mix of its own, and each chunk
// belongs to the space of its language's mix.

// Part is a space of a language-wise index with the languages whose chunks belong to it.
type Part struct {
	SpaceState
	Languages []string // sorted
	Covered   int      // chunks of these languages that have their vector, where [CoveredParts] counted them
}

// Parts returns the parts of a language-wise index, in the order of the spaces; nil for any other. No language is in two of
// them, so no chunk is. A language whose space is not there yet is in none. Where several spaces were made with one
// mix, by different models for example, the default one counts, else the fullest.
func Parts(state RepoState, spaces []SpaceState) []Part {
	byMix := map[adapters.Mix][]string{}
	for language, mix := range state.Languages {
		byMix[mix] = append(byMix[mix], language)
	}
	best := map[adapters.Mix]int{}
	for i, s := range spaces {
		at, ok := best[s.Space.Mix]
		if !ok || s.Default || !spaces[at].Default && s.Vectors > spaces[at].Vectors {
			best[s.Space.Mix] = i
		}
	}
	var parts []Part
	for i, s := range spaces {
		languages := byMix[s.Space.Mix]
		if len(languages) == 0 || best[s.Space.Mix] != i {
			continue
		}
		slices.Sort(languages)
		parts = append(parts, Part{SpaceState: s, Languages: languages})
	}
	return parts
}

// Coverage is the share of an index's chunks that have the vector which a search without an adapter uses: the default space's,
// or in a language-wise index that of each chunk's own space, with what each part covers. It is 1 of an index without chunks.
func Coverage(ctx context.Context, count counter, state RepoState, spaces []SpaceState, chunks int) (parts []Part, share float64, err error) {
	covered := 0
	for _, s := range spaces {
		if s.Default {
			covered = s.Vectors
		}
	}
	if len(state.Languages) > 0 {
		if parts, covered, err = CoveredParts(ctx, count, state, spaces); err != nil {
			return nil, 0, err
		}
	}
	if chunks == 0 {
		return parts, 1, nil
	}
	return parts, min(1, float64(covered)/float64(chunks)), nil
}

// counter counts the chunks of some languages that have a vector in a space, as [Manifest].Covered does.
type counter = func(ctx context.Context, space string, languages []string) (int, error)

// CoveredParts are the parts of a language-wise index with what each covers, and the sum.
func CoveredParts(ctx context.Context, count counter, state RepoState, spaces []SpaceState) (parts []Part, covered int, err error) {
	parts = Parts(state, spaces)
	for i := range parts {
		if parts[i].Covered, err = count(ctx, parts[i].Space.ID, parts[i].Languages); err != nil {
			return nil, 0, err
		}
		covered += parts[i].Covered
	}
	return parts, covered, nil
}

// LanguageNamed returns a language as chunks name it, by its name or one of the usual others: "golang" and "Go" are
// "go", "cpp" is "c++".
func LanguageNamed(name string) (string, bool) {
	name = strings.TrimSpace(name)
	if language, ok := enry.GetLanguageByAlias(name); ok {
		return strings.ToLower(language), true
	}
	return "", false
}

// nameLanguages completes the mixes of a language-wise index: languages that it has and nobody spoke of have the base.
func (r *run) nameLanguages() error {
	if len(r.mixes) == 0 {
		r.mixes = nil
		return nil
	}
	languages, err := r.indexLanguages()
	if err != nil {
		return err
	}
	r.mixes = maps.Clone(r.mixes)
	for _, language := range languages {
		if _, named := r.mixes[language]; !named {
			r.mixes[language] = adapters.Mix{}
		}
	}
	return nil
}

// languagesOf returns the languages whose chunks belong to a plan's space; nil for all.
func (r *run) languagesOf(plan SpacePlan) []string {
	if !plan.Rest {
		if len(plan.Languages) == 0 {
			return nil
		}
		return plan.Languages
	}
	rest := []string{}
	for language, mix := range r.mixes {
		// A language whose adapter cannot be used now is not the base's for that.
		if mix.IsBase() && !slices.ContainsFunc(r.opts.Spaces, func(p SpacePlan) bool { return slices.Contains(p.Languages, language) }) {
			rest = append(rest, language)
		}
	}
	return rest
}

// covered counts the chunks of a plan that have their vector, where its space is among those of the index.
func (r *run) covered(ctx context.Context, have []SpaceState, plan SpacePlan) (int, error) {
	id := r.opts.SpaceOf(plan.Space).ID
	at := slices.IndexFunc(have, func(s SpaceState) bool { return s.Space.ID == id })
	if at < 0 {
		return 0, nil
	}
	languages := r.languagesOf(plan)
	if languages == nil {
		return have[at].Vectors, nil
	}
	n, err := r.store.Covered(ctx, id, languages)
	if err != nil {
		return 0, storeError(err, "counting vectors")
	}
	return n, nil
}

// coverage is the share of chunks with a vector: in the least full space of the run; over the languages' spaces
// together, each counting the chunks of its languages alone; without spaces, in what the index has from before.
func (r *run) coverage(ctx context.Context, total int, have []SpaceState) (float64, error) {
	if total == 0 {
		return 1, nil
	}
	if len(r.opts.Spaces) == 0 {
		_, share, err := Coverage(ctx, r.store.Covered, RepoState{Languages: r.mixes}, have, total)
		if err != nil {
			return 0, storeError(err, "counting vectors")
		}
		return share, nil
	}
	least, split, byLanguage := -1, false, 0
	take := func(n int) {
		if least < 0 || n < least {
			least = n
		}
	}
	for _, plan := range r.opts.Spaces {
		n, err := r.covered(ctx, have, plan)
		if err != nil {
			return 0, err
		}
		if plan.Rest || len(plan.Languages) > 0 {
			split, byLanguage = true, byLanguage+n
		} else {
			take(n)
		}
	}
	if split {
		take(byLanguage)
	}
	return float64(min(max(least, 0), total)) / float64(total), nil
}

// sameMixes compares two assignments; the base's entries say nothing.
func sameMixes(a, b map[string]adapters.Mix) bool {
	return maps.Equal(Adapted(a), Adapted(b))
}

// Adapted returns the languages that have a mix of their own.
func Adapted(mixes map[string]adapters.Mix) map[string]adapters.Mix {
	out := map[string]adapters.Mix{}
	for language, mix := range mixes {
		if !mix.IsBase() {
			out[language] = mix
		}
	}
	return out
}
