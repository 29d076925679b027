package sqlite_test

import (
	"context"
	"testing"

	"loradex/indexer"
	"loradex/search"
	"loradex/search/sqlite"
)

// index is a store with the index of its zero tree: what both of them can, the tree does.
type index struct {
	stored
	search.Trees
}

type stored struct{ *sqlite.Whole }

// tree returns the index of one tree.
func (x *index) tree(t indexer.Tree) search.Trees { return search.In(x.Whole, t) }

// openIndex opens a store that the caller closes.
func openIndex(ctx context.Context, name string, o sqlite.Options) (*index, error) {
	s, err := sqlite.Open(ctx, name, o)
	if err != nil {
		return nil, err
	}
	return &index{stored{s.(*sqlite.Whole)}, search.In(s, indexer.Tree{})}, nil
}

// open is openIndex where nothing goes wrong.
func open(t testing.TB, name string, o sqlite.Options) *index {
	t.Helper()
	s, err := openIndex(t.Context(), name, o)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	return s
}
