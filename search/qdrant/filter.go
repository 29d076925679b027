package qdrant

import (
	"context"
	"slices"
	"strings"

	client "github.com/qdrant/go-client/qdrant"

	"loradex/search"
)

// This file defines how a search.Filter becomes conditions of the server. It knows no path patterns: a file or a
// folder is asked for, and for all others the list of files that match.

// catalog is the paths of a generation, sorted.
type catalog struct {
	generation int64
	paths      []string
}

// conditions returns the filter of a search at a generation; nil where nothing can pass.
func (s *store) conditions(ctx context.Context, h head, f search.Filter) (*client.Filter, error) {
	out := &client.Filter{Must: visible(h.Generation)}
	trees, none := h.within(f.Trees)
	if none {
		return nil, nil //nolint:nilnil // documented
	}
	out.Must = append(out.Must, trees...)
	if len(f.Languages) > 0 {
		languages := make([]string, len(f.Languages))
		for i, l := range f.Languages {
			languages[i] = strings.ToLower(l)
		}
		out.Must = append(out.Must, keywords(fieldLanguage, languages))
	}
	if len(f.Kinds) > 0 {
		out.Must = append(out.Must, keywords(fieldKind, f.Kinds))
	}
	if len(f.Paths) > 0 {
		c, err := s.paths(ctx, h, f.Paths)
		if c == nil || err != nil {
			return nil, err
		}
		out.Must = append(out.Must, c)
	}
	if f.Only != nil && len(f.Only) == 0 {
		return nil, nil //nolint:nilnil // documented
	}
	if f.Only != nil {
		out.Must = append(out.Must, client.NewHasID(pointsOf(f.Only)...))
	}
	for _, span := range f.Exclude {
		out.MustNot = append(out.MustNot, client.NewFilterAsCondition(&client.Filter{Must: overlapping(span)}))
	}
	return out, nil
}

// overlapping selects the chunks that overlap a span.
func overlapping(span search.Span) []*client.Condition {
	out := []*client.Condition{keywords(fieldPath, []string{span.Path})}
	if span.EndLine > 0 {
		out = append(out, upTo(fieldStart, int64(span.EndLine)), above(fieldEnd, int64(span.StartLine)-1))
	}
	return out
}

// paths returns the condition for paths, nil where no file matches.
func (s *store) paths(ctx context.Context, h head, given []string) (*client.Condition, error) {
	paths, err := search.ReadPaths(given)
	if err != nil {
		return nil, err
	}
	if only, ok := paths.Only(); ok { // the tree of a path has the path itself
		return keywords(fieldTree, []string{only}), nil
	}
	all, err := s.loadCatalog(ctx, h)
	if err != nil {
		return nil, err
	}
	var in, notIn []string
	for _, p := range all {
		if paths.Match(p) {
			in = append(in, p)
		} else {
			notIn = append(notIn, p)
		}
	}
	switch {
	case len(in) == 0:
		return nil, nil //nolint:nilnil // documented
	case len(notIn) < len(in):
		// The shorter list. Its negation holds for paths of this generation, and the search asks for no others.
		return client.NewFilterAsCondition(&client.Filter{MustNot: []*client.Condition{keywords(fieldPath, notIn)}}), nil
	}
	return keywords(fieldPath, in), nil
}

// loadCatalog returns the paths of a generation.
func (s *store) loadCatalog(ctx context.Context, h head) ([]string, error) {
	c := s.catalog.Load()
	if c != nil && c.generation == h.Generation {
		return c.paths, nil
	}
	c = &catalog{generation: h.Generation}
	l := listing{
		collection: s.main, filter: filesAt(h.Generation), payload: client.NewWithPayloadInclude(fieldPath), page: pageSize,
	}
	err := s.each(ctx, l, func(p *client.RetrievedPoint) error {
		c.paths = append(c.paths, textOf(p.GetPayload(), fieldPath))
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.Sort(c.paths)
	c.paths = slices.Compact(c.paths) // several trees may have one
	s.catalog.Store(c)
	return c.paths, nil
}
