package qdrant_test

import (
	"context"
	"testing"

	"loradex/indexer"
	"loradex/search"
	"loradex/search/qdrant"
	"loradex/search/storetest"
)

// TestStore is the suite over a real server.
func TestStore(t *testing.T) {
	address := realServer(t)
	storetest.Run(t, func(t *testing.T, dir string) search.Backend {
		return open(t, dir, qdrant.Options{Address: address}).Store
	})
}

// TestStoreOverDouble is the suite over the double: generations, claims, caches and ties are ours, and this is where
// their mistakes show. See double_test.go for what it cannot show.
func TestStoreOverDouble(t *testing.T) {
	d := startDouble(t)
	storetest.Run(t, func(t *testing.T, dir string) search.Backend {
		return open(t, dir, qdrant.Options{Address: d.address}).Store
	})
}

// index is a store with the index of its zero tree: what both of them can, the tree does.
type index struct {
	stored
	*search.Trees
}

type stored struct{ *qdrant.Store }

// tree returns the index of one tree.
func (x *index) tree(t indexer.Tree) *search.Trees { return search.In(x.Store, t) }

// openIndex opens a store that the caller closes.
func openIndex(ctx context.Context, name string, o qdrant.Options) (*index, error) {
	s, err := qdrant.Open(ctx, name, o)
	if err != nil {
		return nil, err
	}
	return &index{stored{s}, search.In(s, indexer.Tree{})}, nil
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
