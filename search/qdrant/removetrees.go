package qdrant

import (
	"context"
	"slices"

	client "github.com/qdrant/go-client/qdrant"

	"loradex/indexer"
	"loradex/internal/fault"
)

// This file defines how trees go, with all that they alone needed.

// RemoveTrees implements search.Backend. Texts, vectors and chunk lists that are only kept for what may come back go too,
// of all trees. What was deleted, the server removes from its files when it next merges segments.
func (s *store) RemoveTrees(ctx context.Context, trees ...indexer.Tree) error {
	err := s.write(ctx, "remove trees", true, func(tx *transaction) error {
		for _, t := range trees {
			if _, ok := tx.head.tree(t); !ok {
				return fault.New(fault.NotFound, "the index does not hold the %s", t).WithHint("`loradex status` lists what it holds")
			}
		}
		return tx.removeTrees(ctx, trees)
	})
	if err != nil {
		return err
	}
	// The trees are gone with the head. What they leave goes now, and no search may be reading the past any more.
	return s.write(ctx, "remove trees", false, func(tx *transaction) error {
		h := tx.head
		h.Floor, tx.next.Floor = h.Generation, h.Generation
		if err := tx.put(ctx, h); err != nil {
			return err
		}
		if err := s.collect(ctx, h); err != nil {
			return err
		}
		return tx.forgetUnused(ctx)
	})
}

// removeTrees takes trees out of the next head, one after the other: what two of them share goes with the second.
func (tx *transaction) removeTrees(ctx context.Context, trees []indexer.Tree) error {
	gone := map[string]bool{}
	for _, t := range trees {
		e, _ := tx.head.tree(t)
		gone[e.member()] = true
	}
	byTree := map[string][]fileRecord{}
	left := map[string]bool{} // versions
	err := tx.s.eachFile(ctx, filesAt(tx.head.Generation), func(f fileRecord) error {
		byTree[f.member] = append(byTree[f.member], f)
		left[f.version] = left[f.version] || !gone[f.member]
		return nil
	})
	if err != nil {
		return err
	}
	for _, t := range trees {
		e, _ := tx.head.tree(t)
		c := change{tx: tx, tree: e, old: map[string]string{}, held: map[string]bool{}}
		for _, f := range byTree[e.member()] {
			c.paths, c.old[f.Path] = append(c.paths, f.Path), f.version
			c.held[f.version] = left[f.version]
		}
		if err := c.apply(ctx); err != nil {
			return err
		}
	}
	tx.next.Trees = slices.DeleteFunc(slices.Clone(tx.next.Trees), func(e treeEntry) bool { return gone[e.member()] })
	return nil
}

// forgetUnused deletes vectors of texts that no chunk has, and chunk lists of contents that no file has.
func (tx *transaction) forgetUnused(ctx context.Context) error {
	s, g := tx.s, tx.head.Generation
	digests := map[string]bool{}
	chunks := listing{collection: s.main, page: pageSize, payload: client.NewWithPayloadInclude(fieldDigest), filter: chunksAt(g)}
	if err := s.each(ctx, chunks, func(p *client.RetrievedPoint) error {
		digests[p.GetPayload()[fieldDigest].GetStringValue()] = true
		return tx.beat(ctx)
	}); err != nil {
		return err
	}
	lists := map[string]bool{}
	if err := s.eachFile(ctx, filesAt(g), func(f fileRecord) error {
		lists[listID(f.Blob, f.Language, f.Chunker).GetUuid()] = true
		return nil
	}); err != nil {
		return err
	}
	err := tx.sift(ctx, s.main, &client.Filter{Must: []*client.Condition{client.NewMatchKeyword(fieldType, typeList)}},
		func(p *client.RetrievedPoint) bool { return lists[p.GetId().GetUuid()] })
	for _, e := range tx.head.Spaces {
		if err != nil {
			return err
		}
		// Texts are the points without generations.
		err = tx.sift(ctx, s.alias(e.Space.ID), &client.Filter{MustNot: []*client.Condition{above(fieldTo, -1)}},
			func(p *client.RetrievedPoint) bool { return digests[p.GetPayload()[fieldText].GetStringValue()] })
	}
	return err
}

// sift deletes the points of a filter that are not to be kept.
func (tx *transaction) sift(ctx context.Context, collection string, f *client.Filter, keep func(p *client.RetrievedPoint) bool) error {
	var ids []*client.PointId
	l := listing{collection: collection, filter: f, payload: client.NewWithPayloadInclude(fieldText), page: pageSize}
	if err := tx.s.each(ctx, l, func(p *client.RetrievedPoint) error {
		if !keep(p) {
			ids = append(ids, p.GetId())
		}
		return tx.beat(ctx)
	}); err != nil {
		return err
	}
	for part := range slices.Chunk(ids, pageSize) {
		if err := tx.beat(ctx); err != nil {
			return err
		}
		if err := tx.s.remove(ctx, collection, client.NewPointsSelectorIDs(part)); err != nil {
			return err
		}
	}
	return nil
}
