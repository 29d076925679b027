package qdrant

import (
	"cmp"
	"context"
	"slices"

	client "github.com/qdrant/go-client/qdrant"

	"loradex/indexer"
	"loradex/internal/fault"
	"loradex/search"
)

// Chunks implements search.Reader.
func (s *Store) Chunks(ctx context.Context, trees []indexer.Tree, ids []search.ID) ([]search.Stored, error) {
	out := make([]search.Stored, len(ids))
	if len(ids) == 0 {
		return out, ctx.Err()
	}
	points := pointsOf(ids)
	err := s.snapshot(ctx, "read chunks", func(h head) error {
		byID := make(map[search.ID]search.Stored, len(ids))
		found := h.finder(trees)
		err := s.get(ctx, s.main, points, h.storedFields(), nil, func(p *client.RetrievedPoint) {
			if visibleAt(p, h.Generation) {
				c := storedOf(p)
				c.Tree = found(p)
				byID[c.ID] = c
			}
		})
		if err != nil {
			return err
		}
		for i, id := range ids {
			c, ok := byID[id]
			if !ok {
				return goneChunk(id)
			}
			out[i] = c
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Texts returns what is encoded for chunks, by ID, in the order asked: with At and TextVectors, all that it takes to
// copy an index. NotFound where a chunk is gone.
func (s *Store) Texts(ctx context.Context, ids []search.ID) ([]string, error) {
	out := make([]string, len(ids))
	err := s.snapshot(ctx, "read texts", func(h head) error {
		texts := make(map[search.ID]string, len(ids))
		err := s.get(ctx, s.main, pointsOf(ids), client.NewWithPayloadInclude(fieldText, fieldFrom, fieldTo), nil, func(p *client.RetrievedPoint) {
			if visibleAt(p, h.Generation) {
				texts[idOf(p.GetId())] = textOf(p.GetPayload(), fieldText)
			}
		})
		if err != nil {
			return err
		}
		for i, id := range ids {
			t, ok := texts[id]
			if !ok {
				return goneChunk(id)
			}
			out[i] = t
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// finder returns what says which tree a chunk is found in: the first of some that has it, of all where they are nil. Where
// the index has one tree, that is nil.
func (h *head) finder(trees []indexer.Tree) func(p *client.RetrievedPoint) *indexer.TreeState {
	if len(h.Trees) < 2 {
		return func(*client.RetrievedPoint) *indexer.TreeState { return nil }
	}
	var entries []treeEntry
	for _, t := range trees {
		if e, ok := h.tree(t); ok {
			entries = append(entries, e)
		}
	}
	if trees == nil {
		entries = h.sortedTrees()
	}
	return func(p *client.RetrievedPoint) *indexer.TreeState {
		m := p.GetPayload()
		for _, e := range entries {
			if from, to := m[e.from()], m[e.to()]; from != nil && to != nil &&
				from.GetIntegerValue() <= h.Generation && to.GetIntegerValue() > h.Generation {
				return &indexer.TreeState{Tree: e.Tree, State: h.state(e)}
			}
		}
		return nil
	}
}

func goneChunk(id search.ID) error {
	return fault.New(fault.NotFound, "chunk %d is gone from the index", id).WithHint("search again")
}

// At implements search.Reader.
func (s *Store) At(ctx context.Context, trees []indexer.Tree, path string, a, b int) ([]search.Stored, error) {
	if err := (search.Span{Path: path, StartLine: a, EndLine: b}).Validate(); err != nil {
		return nil, err
	}
	var out []search.Stored
	err := s.snapshot(ctx, "read chunks of "+path, func(h head) error {
		out = []search.Stored{}
		within, none := h.within(trees)
		if none {
			return nil
		}
		found := h.finder(trees)
		f := &client.Filter{Must: append(visible(h.Generation), client.NewMatchKeyword(fieldType, typeChunk))}
		f.Must = append(f.Must, within...)
		f.Must = append(f.Must, overlapping(search.Span{Path: path, StartLine: a, EndLine: b})...)
		l := listing{collection: s.main, filter: f, payload: h.storedFields(), page: pageOfTexts}
		return s.each(ctx, l, func(page []*client.RetrievedPoint) error {
			for _, p := range page {
				c := storedOf(p)
				c.Tree = found(p)
				out = append(out, c)
			}
			return nil
		})
	})
	slices.SortFunc(out, func(a, b search.Stored) int {
		return cmp.Or(cmp.Compare(a.Chunk.StartLine, b.Chunk.StartLine), cmp.Compare(a.ID, b.ID))
	})
	return out, err
}
