// Package storetest holds the tests that every store must pass: what the indexer and the search rely on, and no more.
//
//	func TestStore(t *testing.T) {
//		storetest.Run(t, func(t *testing.T, dir string) storetest.Store {
//			store, err := sqlite.Open(t.Context(), dir, sqlite.Options{})
//			...
//			return store
//		})
//	}
//
// To add a store: implement search.Reader and indexer.Sink in a folder below search, call Run from one test, and
// nothing else is needed. The suite opens the same folder again to see what is durable, so whatever the store keeps
// elsewhere must be found by the folder's name. It closes the stores that it opened.
package storetest

import (
	"testing"

	"loradex/indexer"
	"loradex/internal/fault"
	"loradex/search"
)

// Store is what a store is to the rest of Loradex.
type Store interface {
	search.Reader
	indexer.Sink
	search.Forest
}

// Open opens the store that belongs to a folder, making it where there is none. It fails the test on an error.
type Open func(t *testing.T, dir string) Store

// Run runs the suite.
func Run(t *testing.T, open Open) {
	for _, c := range []struct {
		name string
		run  func(t *testing.T, e *env)
	}{
		{"Empty", testEmpty},
		{"PutAndRead", testPutAndRead},
		{"PutReplaces", testPutReplaces},
		{"PutIsIdempotent", testPutIsIdempotent},
		{"PutRefusesBadFiles", testPutRefusesBadFiles},
		{"Remove", testRemove},
		{"Touch", testTouch},
		{"ChunkListCache", testChunkListCache},
		{"RepoState", testRepoState},
		{"Pending", testPending},
		{"PendingOfCachedTexts", testPendingOfCachedTexts},
		{"Covered", testCovered},
		{"Spaces", testSpaces},
		{"DropSpace", testDropSpace},
		{"UnknownSpace", testUnknownSpace},
		{"BadVectors", testBadVectors},
		{"DenseExact", testDenseExact},
		{"DenseApproximate", testDenseApproximate},
		{"DenseTies", testDenseTies},
		{"DenseFilters", testDenseFilters},
		{"DenseSeesChanges", testDenseSeesChanges},
		{"VectorOf", testVectorOf},
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
			c.run(t, &env{open: open, dir: t.TempDir()})
		})
	}
}

// env is where one test of the suite runs.
type env struct {
	open Open
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
