package storetest_test

import (
	"context"
	"testing"

	"loradex/indexer"
	"loradex/indexer/indexertest"
	"loradex/internal/fault"
	"loradex/search"
	"loradex/search/qdrant"
	"loradex/search/qdrant/qdranttest"
	"loradex/search/sqlite"
)

// store is a store with the index of its zero tree: what both of them can, the tree does.
type store struct {
	backend
	search.Trees
}

// backend puts the methods of a store behind those of its tree.
type backend struct{ search.Backend }

// of returns a store with the index of its zero tree.
func of(b search.Backend) store { return store{backend{b}, search.In(b, indexer.Tree{})} }

// tree returns the index of one tree.
func (s store) tree(t indexer.Tree) search.Trees { return search.In(s.Backend, t) }

// pendingCount returns the number of texts that lack a vector in a space.
func (s store) pendingCount(ctx context.Context, space string) (int, error) {
	_, n, err := s.Pending(ctx, space, "", 0)
	return n, err
}

// TestSQLite is the suite over the embedded store.
func TestSQLite(t *testing.T) {
	run(t, func(t *testing.T, dir string) search.Backend {
		s, err := sqlite.Open(t.Context(), dir, sqlite.Options{})
		must(t, err)
		return s
	})
}

// TestQdrant is the suite over a real server.
func TestQdrant(t *testing.T) { runQdrant(t, realServer(t)) }

// TestQdrantDouble is the suite over the double: generations, claims, caches and ties are ours, and this is where their
// mistakes show. See package qdranttest for what it cannot show.
func TestQdrantDouble(t *testing.T) { runQdrant(t, qdranttest.Serve(t)) }

func runQdrant(t *testing.T, address string) {
	t.Helper()
	run(t, func(t *testing.T, dir string) search.Backend {
		s, err := qdrant.Open(t.Context(), dir, qdrant.Options{Address: address})
		must(t, err)
		return s
	})
}

// run runs the suite, and that of package indexertest over a tree of the store. open opens the store that belongs to a
// folder, making it where there is none; it fails the test on an error.
func run(t *testing.T, open func(t *testing.T, dir string) search.Backend) {
	t.Helper()
	newEnv := func(t *testing.T) *env {
		return &env{open: func(t *testing.T, dir string) store { return of(open(t, dir)) }, dir: t.TempDir()}
	}
	t.Run("Indexer", func(t *testing.T) {
		indexertest.Run(t, func(t *testing.T) indexer.Store {
			return newEnv(t).store(t).Trees
		})
	})
	for _, c := range []struct {
		name string
		run  func(t *testing.T, e *env)
	}{
		{"Empty", testEmpty},
		{"PutAndRead", testPutAndRead},
		{"Named", testNamed},
		{"Scan", testScan},
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
		{"LexicalWeights", testLexicalWeights},
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
			c.run(t, newEnv(t))
		})
	}
}

// env is where one test of the suite runs.
type env struct {
	open func(t *testing.T, dir string) store
	dir  string
}

// store opens the test's store; it is closed when the test ends.
func (e *env) store(t *testing.T) store {
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
