package evaluation

// This file defines the rows of a report by group: whoever looks at one mean does not see that a language got worse.

import (
	"maps"
	"slices"

	"loradex/internal/dataset"
)

// group is a row of a report: the queries that have something in common.
type group struct {
	Group   string                `json:"group"`
	Queries int                   `json:"queries"`
	Metrics map[string]float64    `json:"metrics"`
	CI95    map[string][2]float64 `json:"ci95"`
}

// The names of queries that have no group of their own.
const (
	noGroup       = "none"    // neither a group nor a language
	severalGroups = "several" // relevant documents in several languages
)

// groupsOf names the group of each query, and what the names are: "group" where a query carries its own, else "language".
// There are none where fewer than two differ.
func groupsOf(ds *dataset.Dataset) (names []string, by string) {
	names, by = make([]string, len(ds.Queries)), "language"
	if slices.ContainsFunc(ds.Queries, func(q dataset.Text) bool { return q.Group != "" }) {
		by = "group"
	}
	for i, q := range ds.Queries {
		name := q.Group
		if by == "language" {
			name = languageOf(ds, i)
		}
		if name == "" {
			name = noGroup
		}
		names[i] = name
	}
	if len(names) == 0 || !slices.ContainsFunc(names, func(name string) bool { return name != names[0] }) {
		return nil, ""
	}
	return names, by
}

// languageOf is the language of a query's relevant documents.
func languageOf(ds *dataset.Dataset, query int) string {
	name := ds.Answer(query).Language
	for _, j := range ds.Judgements[query] {
		if j.Relevant() && ds.Docs[j.Doc].Language != name {
			return severalGroups
		}
	}
	return name
}

// Members lists the places of each name.
func Members(names []string) map[string][]int {
	members := map[string][]int{}
	for i, name := range names {
		members[name] = append(members[name], i)
	}
	return members
}

// group adds the rows of groups and their mean, where there are at least two.
func (r *Report) group(result *Result, o Options) error {
	names, by := groupsOf(result.Dataset)
	if names == nil {
		return nil
	}
	members := Members(names)
	r.GroupedBy, r.Macro = by, make(map[string]float64, len(result.names))
	for _, name := range slices.Sorted(maps.Keys(members)) {
		part := &Result{names: result.names, values: make([][]float64, len(result.names))}
		for c, values := range result.values {
			for _, i := range members[name] {
				part.values[c] = append(part.values[c], values[i])
			}
		}
		g := group{Group: name, Queries: len(members[name])}
		var err error
		if g.Metrics, g.CI95, err = means(part, o); err != nil {
			return err
		}
		for metric, v := range g.Metrics {
			r.Macro[metric] += v / float64(len(members))
		}
		r.Groups = append(r.Groups, g)
	}
	return nil
}
