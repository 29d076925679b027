package search

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"loradex/indexer"
)

// This file is about language-wise indexes: which of their spaces are searched, and how their rankings become one.

// languageScope is the spaces of the languages that a request looks at. As long as they hold fewer chunks than the
// default space, which has them from before, that one answers alone.
func (s *Searcher) languageScope(ctx context.Context, r *Request, repo indexer.RepoState, spaces []indexer.SpaceState, chunks int) (scope, error) {
	covers := func(ctx context.Context, space string, languages []string) (int, error) {
		return count(ctx, s.reader, r.Filter.Trees, languages, space)
	}
	parts, covered, err := indexer.CoveredParts(ctx, covers, repo, spaces)
	if err != nil {
		return scope{}, err
	}
	sc := scope{byLang: true, covered: covered}
	for _, st := range spaces {
		if !st.Default || sc.covered >= chunks || st.Vectors <= sc.covered {
			continue
		}
		t, err := s.ownTarget(ctx, st, "documents")
		if err != nil {
			return scope{}, err
		}
		return scope{targets: []*target{t}, covered: st.Vectors, reason: "the spaces of the languages are not complete yet"}, nil
	}
	for _, part := range parts {
		languages := wanted(part.Languages, r.Filter.Languages)
		if len(languages) == 0 || part.Covered == 0 {
			continue
		}
		t, err := s.ownTarget(ctx, part.SpaceState, strings.Join(part.Languages, ", "))
		if err != nil {
			return scope{}, err
		}
		t.languages = languages
		sc.targets = append(sc.targets, t)
	}
	return sc, nil
}

// wanted returns those of a part's languages that a filter lets pass; an empty filter lets all.
func wanted(languages, filter []string) []string {
	if len(filter) == 0 {
		return languages
	}
	var out []string
	for _, l := range languages {
		if slices.ContainsFunc(filter, func(f string) bool { return strings.EqualFold(f, l) }) {
			out = append(out, l)
		}
	}
	return out
}

// Merge says how the rankings of a language-wise index's spaces become one. They have no chunk in common, so adding up
// reciprocal ranks would put the first of each language side by side, whatever they are worth.
type Merge string

// The ways to merge.
const (
	// mergeCosines compares cosines. Spaces are not calibrated to each other by their making; but adapters that were
	// trained in one way over one frozen base keep its scale: over csn_go and csn_java with an adapter each (477
	// questions, 7,312 functions) MRR@10 was 0.604, with mergeScores 0.565, with mergeRanks 0.485, and 0.644 where one
	// is told the language.
	mergeCosines Merge = "cosines"
	// mergeScores compares how far a hit's cosine stands out of its own ranking: (cosine - mean) / deviation. For
	// adapters of different origin, whose cosines have different scales.
	mergeScores Merge = "scores"
	// mergeRanks compares places: all first ones, then all second ones.
	mergeRanks Merge = "ranks"
)

// merge gives the hits of rankings without common chunks their places, from 0, in one ranking.
func merge(rankings []ranking, how Merge) {
	type at struct {
		value      float64 // larger is better
		rank       int
		id         ID
		list, item int
	}
	var all []at
	for i := range rankings {
		r := &rankings[i]
		r.places = make([]int, len(r.hits))
		r.values = make([]float64, len(r.hits))
		r.mean, r.deviation = spread(r.hits)
		for j, h := range r.hits {
			a := at{rank: j, id: h.ID, list: i, item: j}
			switch {
			case how == mergeCosines:
				a.value = float64(h.Score)
			case how == mergeScores && r.deviation > 0:
				a.value = (float64(h.Score) - r.mean) / r.deviation
			}
			all = append(all, a)
		}
	}
	slices.SortFunc(all, func(a, b at) int {
		return cmp.Or(cmp.Compare(b.value, a.value), cmp.Compare(a.rank, b.rank), cmp.Compare(a.id, b.id))
	})
	for place, a := range all {
		rankings[a.list].places[a.item] = place
		rankings[a.list].values[a.item] = a.value
		if how == mergeRanks {
			rankings[a.list].values[a.item] = -float64(place)
		}
	}
}

// spread returns mean and standard deviation of the scores.
func spread(hits []Scored) (mean, deviation float64) {
	values := make([]float64, len(hits))
	for i, h := range hits {
		values[i] = float64(h.Score)
	}
	return meanOf(values)
}
