package qdrant_test

import (
	"context"
	"testing"

	"loradex/indexer"
	"loradex/search"
	"loradex/search/qdrant"
)

// index is a store with the index of its zero tree: what both of them can, the tree does.
type index struct {
	stored
	search.Trees
}

type stored struct{ *qdrant.Whole }

// tree returns the index of one tree.
func (x *index) tree(t indexer.Tree) search.Trees { return search.In(x.Whole, t) }

// openIndex opens a store that the caller closes.
func openIndex(ctx context.Context, name string, o qdrant.Options) (*index, error) {
	s, err := qdrant.Open(ctx, name, o)
	if err != nil {
		return nil, err
	}
	return &index{stored{s.(*qdrant.Whole)}, search.In(s, indexer.Tree{})}, nil
}

// open is openIndex where nothing goes wrong.
func open(t testing.TB, name string, o qdrant.Options) *index {
	t.Helper()
	s, err := openIndex(t.Context(), name, o)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	return s
}
