package overlay

import (
	"cmp"
	"context"
	"slices"

	"loradex/indexer"
	"loradex/internal/fault"
	"loradex/search"
)

// This file defines what a view says of single chunks, and of the whole.

// Chunks implements search.Reader.
func (v *view) Chunks(ctx context.Context, trees []indexer.Tree, ids []search.ID) ([]search.Stored, error) {
	out := make([]search.Stored, len(ids))
	var theirs []search.ID
	var at []int
	for i, id := range ids {
		switch p, place := v.find(id); {
		case p != nil:
			out[i] = p.stored(place)
		case id >= firstID:
			return nil, fault.New(fault.NotFound, "chunk %d of a buffer is gone", id).WithHint("search again")
		default:
			theirs, at = append(theirs, id), append(at, i)
		}
	}
	if len(theirs) == 0 {
		return out, ctx.Err()
	}
	chunks, err := v.Store.Chunks(ctx, v.searched(trees), theirs)
	if err != nil {
		return nil, err
	}
	for i, c := range chunks {
		out[at[i]] = c
	}
	return out, v.moveTrees(ctx, trees, out, at)
}

// Named implements search.Reader.
func (v *view) Named(ctx context.Context, trees []indexer.Tree, letters string, k int) ([]search.Named, error) {
	found, err := v.Store.Named(ctx, v.searched(trees), letters, k)
	if err != nil {
		return nil, err
	}
	hidden := map[search.ID]bool{}
	for i := range v.active {
		for j := range v.active[i].hidden {
			hidden[v.active[i].hidden[j].ID] = true
		}
	}
	found = slices.DeleteFunc(found, func(n search.Named) bool { return hidden[n.ID] })
	filter := search.Filter{Trees: trees}
	for i := range v.active {
		p := &v.active[i]
		for at := range p.file.Chunks {
			if !p.passes(at, &filter) {
				continue
			}
			for _, symbol := range p.file.Chunks[at].Symbols {
				if search.HasLetters(symbol.Name, letters) {
					found = append(found, search.Named{ID: p.first + search.ID(at), Symbol: symbol})
				}
			}
		}
	}
	slices.SortStableFunc(found, func(a, b search.Named) int { return cmp.Compare(len(a.Symbol.Name), len(b.Symbol.Name)) })
	return found[:min(k, len(found))], nil
}

// moveTrees names another tree for stored chunks whose first tree hides them: they were found in that one.
func (v *view) moveTrees(ctx context.Context, trees []indexer.Tree, chunks []search.Stored, stored []int) error {
	for _, i := range stored {
		c := &chunks[i]
		if c.Tree == nil || !v.hides(c.Tree.Tree, c.Path) {
			continue
		}
		for n := range v.parts {
			p := &v.parts[n]
			if slices.Contains(p.trees, c.Tree.Tree) {
				continue
			}
			other, err := v.Store.At(ctx, p.of(trees), c.Path, c.Chunk.StartLine, c.Chunk.EndLine)
			if err != nil {
				return err
			}
			if at := slices.IndexFunc(other, func(o search.Stored) bool { return o.ID == c.ID }); at >= 0 {
				c.Tree = other[at].Tree
				break
			}
		}
	}
	return nil
}

func (v *view) hides(t indexer.Tree, path string) bool {
	return slices.ContainsFunc(v.active, func(p placed) bool { return p.key.Tree == t && p.key.Path == path })
}

// Vectors implements search.Reader.
func (v *view) Vectors(ctx context.Context, space string, ids []search.ID) ([][]float32, error) {
	out := make([][]float32, len(ids))
	var theirs []search.ID
	var places []int
	for i, id := range ids {
		p, at := v.find(id)
		if p == nil {
			theirs, places = append(theirs, id), append(places, i)
			continue
		}
		vectors, err := v.vectors(ctx, space, p)
		if err != nil {
			return nil, err
		}
		out[i] = slices.Clone(vectors[at])
	}
	if len(theirs) == 0 && len(ids) > 0 {
		return out, ctx.Err()
	}
	vectors, err := v.Store.Vectors(ctx, space, theirs)
	if err != nil {
		return nil, err
	}
	for i, x := range vectors {
		out[places[i]] = x
	}
	return out, nil
}

// At implements search.Reader.
func (v *view) At(ctx context.Context, trees []indexer.Tree, path string, a, b int) ([]search.Stored, error) {
	if err := (search.Span{Path: path, StartLine: a, EndLine: b}).Validate(); err != nil {
		return nil, err
	}
	out := []search.Stored{}
	for i := range v.parts {
		p := &v.parts[i]
		if slices.ContainsFunc(p.hidden, func(s search.Span) bool { return s.Path == path }) {
			continue
		}
		chunks, err := v.Store.At(ctx, p.of(trees), path, a, b)
		if err != nil {
			return nil, err
		}
		out = append(out, chunks...)
	}
	for i := range v.active {
		p := &v.active[i]
		for at := range p.file.Chunks {
			if p.key.Path == path && (trees == nil || slices.Contains(trees, p.key.Tree)) && overlaps(&p.file.Chunks[at], a, b) {
				out = append(out, p.stored(at))
			}
		}
	}
	slices.SortFunc(out, func(x, y search.Stored) int {
		return cmp.Or(cmp.Compare(x.Chunk.StartLine, y.Chunk.StartLine), cmp.Compare(x.ID, y.ID))
	})
	return slices.CompactFunc(out, func(x, y search.Stored) bool { return x.ID == y.ID }), nil
}

// State implements search.Reader. A tree with buffers differs from its commit.
func (v *view) State(ctx context.Context) (search.State, error) {
	st, err := v.Store.State(ctx)
	for i := range st.Trees {
		t := &st.Trees[i]
		t.State.Dirty = t.State.Dirty || slices.ContainsFunc(v.active, func(p placed) bool { return p.key.Tree == t.Tree })
	}
	return st, err
}

// Count implements search.Reader.
func (v *view) Count(ctx context.Context, trees []indexer.Tree, languages []string, spaces ...string) ([]int, error) {
	out, err := v.Store.Count(ctx, v.searched(trees), languages, spaces...)
	if err != nil {
		return nil, err
	}
	for i, space := range spaces {
		more, err := v.more(ctx, trees, languages, space)
		if err != nil {
			return nil, err
		}
		out[i] = max(out[i]+more, 0)
	}
	return out, nil
}

// more is how many more chunks than the index the view has: in some trees, of some languages, with a vector in a space.
func (v *view) more(ctx context.Context, trees []indexer.Tree, languages []string, space string) (int, error) {
	n := 0
	counts := func(language string) bool { return languages == nil || slices.Contains(languages, language) }
	var hidden []search.ID
	for i := range v.active {
		p := &v.active[i]
		if trees != nil && !slices.Contains(trees, p.key.Tree) {
			continue
		}
		for _, c := range p.hidden {
			if counts(c.Language) {
				hidden = append(hidden, c.ID)
			}
		}
		switch {
		case !counts(p.file.Language):
		case space == "":
			n += len(p.file.Chunks)
		default:
			vectors, err := v.vectors(ctx, space, p)
			if err != nil {
				return 0, err
			}
			n += len(vectors)
		}
	}
	if space == "" {
		return n - len(hidden), nil
	}
	vectors, err := v.Store.Vectors(ctx, space, hidden)
	for _, x := range vectors {
		if x != nil {
			n--
		}
	}
	return n, err
}
