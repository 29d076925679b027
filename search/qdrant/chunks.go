package qdrant

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	client "github.com/qdrant/go-client/qdrant"

	"loradex/indexer"
	"loradex/internal/fault"
	"loradex/search"
)

// Chunks implements search.Reader.
func (s *store) Chunks(ctx context.Context, trees []indexer.Tree, ids []search.ID) ([]search.Stored, error) {
	if len(ids) == 0 {
		return []search.Stored{}, ctx.Err()
	}
	return snapshot(ctx, s, "read chunks", func(h head) ([]search.Stored, error) {
		byID := make(map[search.ID]search.Stored, len(ids))
		found := h.finder(trees)
		err := s.get(ctx, s.main, pointsOf(ids), h.storedFields(), nil, func(p *client.RetrievedPoint) {
			if visibleAt(p, h.Generation) {
				c := storedOf(p)
				c.Tree = found(p)
				byID[c.ID] = c
			}
		})
		out := make([]search.Stored, len(ids))
		for i, id := range ids {
			c, ok := byID[id]
			if !ok && err == nil {
				err = fault.New(fault.NotFound, "chunk %d is gone from the index", id).WithHint("search again")
			}
			out[i] = c
		}
		return out, err
	})
}

// Named implements search.Reader. The server has no index for it: all symbols are read.
func (s *store) Named(ctx context.Context, trees []indexer.Tree, letters string, k int) ([]search.Named, error) {
	return snapshot(ctx, s, "look up symbols", func(h head) ([]search.Named, error) {
		out := []search.Named{}
		within, none := h.within(trees)
		if none {
			return out, nil
		}
		fields := client.NewWithPayloadInclude(fieldSymbol, fieldSymbols, fieldKind, fieldStart, fieldEnd)
		err := s.each(ctx, listing{collection: s.main, filter: chunksAt(h.Generation, within...), payload: fields, page: pageSize}, func(p *client.RetrievedPoint) error {
			c := storedOf(p)
			for _, symbol := range c.Chunk.Symbols {
				if search.HasLetters(symbol.Name, letters) {
					out = append(out, search.Named{ID: c.ID, Symbol: symbol})
				}
			}
			return nil
		})
		slices.SortStableFunc(out, func(a, b search.Named) int {
			return cmp.Or(cmp.Compare(utf8.RuneCountInString(a.Symbol.Name), utf8.RuneCountInString(b.Symbol.Name)), cmp.Compare(a.ID, b.ID))
		})
		return out[:min(k, len(out))], err
	})
}

// Scan implements search.Reader. The server has no index for it: the texts of all chunks that pass are read, a page at a time.
func (s *store) Scan(ctx context.Context, f search.Filter, literal string, visit func(c *search.Stored) error) error {
	if err := f.Check(0); err != nil {
		return err
	}
	var failed error
	_, err := snapshot(ctx, s, "read the texts of chunks", func(h head) (struct{}, error) {
		filter, err := s.conditions(ctx, h, f)
		if filter == nil || err != nil {
			return struct{}{}, err
		}
		filter.Must = append(filter.Must, chunksAt(h.Generation).GetMust()...)
		return struct{}{}, s.each(ctx, listing{collection: s.main, filter: filter, payload: h.storedFields(), page: pageOfTexts}, func(p *client.RetrievedPoint) error {
			c := storedOf(p)
			if !strings.Contains(c.Chunk.Text, literal) {
				return nil
			}
			failed = visit(&c)
			return failed
		})
	})
	if failed != nil {
		return failed
	}
	return err
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

// At implements search.Reader.
func (s *store) At(ctx context.Context, trees []indexer.Tree, path string, a, b int) ([]search.Stored, error) {
	span := search.Span{Path: path, StartLine: a, EndLine: b}
	if err := span.Validate(); err != nil {
		return nil, err
	}
	return snapshot(ctx, s, "read chunks of "+path, func(h head) ([]search.Stored, error) {
		out := []search.Stored{}
		within, none := h.within(trees)
		if none {
			return out, nil
		}
		found := h.finder(trees)
		f := chunksAt(h.Generation, append(within, overlapping(span)...)...)
		err := s.each(ctx, listing{collection: s.main, filter: f, payload: h.storedFields(), page: pageOfTexts}, func(p *client.RetrievedPoint) error {
			c := storedOf(p)
			c.Tree = found(p)
			out = append(out, c)
			return nil
		})
		slices.SortFunc(out, func(a, b search.Stored) int {
			return cmp.Or(cmp.Compare(a.Chunk.StartLine, b.Chunk.StartLine), cmp.Compare(a.ID, b.ID))
		})
		return out, err
	})
}
