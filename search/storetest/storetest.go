// Package storetest holds the tests that every store must pass: what the indexer and the search rely on, and no more.
//
//	func TestStore(t *testing.T) {
//		storetest.Run(t, func(t *testing.T, dir string) search.Backend {
//			store, err := sqlite.Open(t.Context(), dir, sqlite.Options{})
//			...
//			return store
//		})
//	}
//
// To add a store: implement search.Backend in a folder below search, call Run from one test, and
// nothing else is needed. The suite opens the same folder again to see what is durable, so whatever the store keeps
// elsewhere must be found by the folder's name. It closes the stores that it opened.
package storetest

import (
	"context"
	"testing"

	"loradex/indexer"
	"loradex/indexer/indexertest"
	"loradex/internal/fault"
	"loradex/search"
)

// Store is a store with the index of its zero tree: what both of them can, the tree does.
type Store struct {
	backend
	*search.Trees
}

// backend puts the methods of a store behind those of its tree.
type backend struct{ search.Backend }

// Of returns a store with the index of its zero tree.
func Of(b search.Backend) Store { return Store{backend{b}, search.In(b, indexer.Tree{})} }

// Tree returns the index of one tree.
func (s Store) Tree(t indexer.Tree) *search.Trees { return search.In(s.Backend, t) }

// PendingCount returns the number of texts that lack a vector in a space.
func (s Store) PendingCount(ctx context.Context, space string) (int, error) {
	_, n, err := s.Pending(ctx, space, "", 0)
	return n, err
}

// Open opens the store that belongs to a folder, making it where there is none. It fails the test on an error.
type Open func(t *testing.T, dir string) search.Backend

// Run runs the suite, and that of package indexertest over a tree of the store.
func Run(t *testing.T, open Open) {
	t.Run("Indexer", func(t *testing.T) {
		indexertest.Run(t, func(t *testing.T) indexer.Store {
			return (&env{open: func(t *testing.T, dir string) Store { return Of(open(t, dir)) }, dir: t.TempDir()}).store(t).Trees
		})
	})
	for _, c := range []struct {
		name string
		run  func(t *testing.T, e *env)
	}{
		{"Empty", testEmpty},
		{"PutAndRead", testPutAndRead},
		{"PutReplaces", testPutReplaces},
		{"PutIsIdempotent", testPutIsIdempotent},
		{"Remove", testRemove},
		{"PendingOfCachedTexts", testPendingOfCachedTexts},
		{"DropSpace", testDropSpace},
		{"UnknownSpace", testUnknownSpace},
		{"BadVectors", testBadVectors},
		{"DenseExact", testDenseExact},
		{"DenseApproximate", testDenseApproximate},
		{"DenseTies", testDenseTies},
		{"DenseFilters", testDenseFilters},
		{"DenseSeesChanges", testDenseSeesChanges},
		{"Vectors", testVectors},
		{"Lexical", testLexical},
		{"LexicalTies", testLexicalTies},
		{"LexicalFilters", testLexicalFilters},
		{"LexicalOddQueries", testLexicalOddQueries},
		{"BadRequests", testBadRequests},
		{"At", testAt},
		{"TreesShare", testTreesShare},
		{"TreeStates", testTreeStates},
		{"StoredTree", testStoredTree},
		{"RemoveTrees", testRemoveTrees},
		{"RandomTrees", testRandomTrees},
		{"Reopen", testReopen},
		{"RandomOperations", testRandomOperations},
		{"ReadersBesideWriter", testReadersBesideWriter},
		{"Canceled", testCanceled},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.run(t, &env{open: func(t *testing.T, dir string) Store { return Of(open(t, dir)) }, dir: t.TempDir()})
		})
	}
}

// env is where one test of the suite runs.
type env struct {
	open func(t *testing.T, dir string) Store
	dir  string
}

// store opens the test's store; it is closed when the test ends.
func (e *env) store(t *testing.T) Store {
	t.Helper()
	s := e.open(t, e.dir)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return s
}

// must fails the test at once on an error.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%v (%s)", err, fault.CodeOf(err))
	}
}

// wantCode fails the test unless err has a code.
func wantCode(t *testing.T, err error, code fault.Code, what string) {
	t.Helper()
	if err == nil || fault.CodeOf(err) != code {
		t.Errorf("%s: got %v (%s), want code %s", what, err, fault.CodeOf(err), code)
	}
}
