package overlay

import (
	"context"
	"slices"
	"strings"

	"loradex/indexer"
	"loradex/search"
)

// passes tells whether a chunk of a buffer passes a filter that was checked.
func (p *placed) passes(i int, f *search.Filter) bool {
	c := &p.file.Chunks[i]
	paths, _ := search.ReadPaths(f.Paths) //nolint:errcheck // it was checked
	if len(f.Languages) > 0 && !slices.ContainsFunc(f.Languages, func(l string) bool { return strings.EqualFold(l, p.file.Language) }) ||
		!paths.Match(p.key.Path) ||
		len(f.Kinds) > 0 && !slices.Contains(f.Kinds, c.Kind) ||
		f.Trees != nil && !slices.Contains(f.Trees, p.key.Tree) || !f.Allows(p.first+search.ID(i)) {
		return false
	}
	return !slices.ContainsFunc(f.Exclude, func(s search.Span) bool {
		return s.Path == p.key.Path && overlaps(c, s.StartLine, s.EndLine)
	})
}

// overlaps tells whether a chunk has one of the lines a to b; 0, 0 stands for all.
func overlaps(c *indexer.Chunk, a, b int) bool { return b == 0 || c.StartLine <= b && c.EndLine >= a }

// storedHits runs a search of the index over every part of the view and returns the k best hits that no buffer hides.
func (v *view) storedHits(f search.Filter, k int, find func(f search.Filter) ([]search.Scored, error)) ([]search.Scored, error) {
	var all []search.Scored
	for i := range v.parts {
		p := &v.parts[i]
		narrowed := f
		narrowed.Trees, narrowed.Exclude = p.of(f.Trees), slices.Concat(f.Exclude, p.hidden)
		hits, err := find(narrowed)
		if err != nil {
			return nil, err
		}
		all = append(all, hits...)
	}
	return search.Best(all, k), nil
}

// Scan implements search.Reader.
func (v *view) Scan(ctx context.Context, f search.Filter, literal string, visit func(c *search.Stored) error) error {
	if err := f.Check(0); err != nil {
		return err
	}
	seen := map[search.ID]bool{} // several parts may have a chunk
	for i := range v.parts {
		p := &v.parts[i]
		narrowed := f
		narrowed.Trees, narrowed.Exclude = p.of(f.Trees), slices.Concat(f.Exclude, p.hidden)
		err := v.Store.Scan(ctx, narrowed, literal, func(c *search.Stored) error {
			if seen[c.ID] {
				return nil
			}
			if len(v.parts) > 1 {
				seen[c.ID] = true
			}
			return visit(c)
		})
		if err != nil {
			return err
		}
	}
	for i := range v.active {
		p := &v.active[i]
		for at := range p.file.Chunks {
			if c := p.stored(at); p.passes(at, &f) && strings.Contains(c.Chunk.Text, literal) {
				if err := visit(&c); err != nil {
					return err
				}
			}
		}
	}
	return ctx.Err()
}

// Dense implements search.Reader. Buffers are always compared exactly.
func (v *view) Dense(ctx context.Context, space string, vector []float32, f search.Filter, k int, exact bool) ([]search.Scored, error) {
	if err := f.Check(k); err != nil {
		return nil, err
	}
	hits, err := v.storedHits(f, k, func(f search.Filter) ([]search.Scored, error) {
		return v.Store.Dense(ctx, space, vector, f, k, exact)
	})
	if err != nil {
		return nil, err
	}
	for i := range v.active {
		p := &v.active[i]
		vectors, err := v.vectors(ctx, space, p)
		if err != nil {
			return nil, err
		}
		for at, x := range vectors {
			if p.passes(at, &f) && len(x) == len(vector) {
				hits = append(hits, search.Scored{ID: p.first + search.ID(at), Score: dot(x, vector)})
			}
		}
	}
	return search.Best(hits, k), nil
}

func dot(a, b []float32) float32 {
	var sum float64
	for i, x := range a {
		sum += float64(x) * float64(b[i])
	}
	return float32(sum)
}
