package indexertest_test

import (
	"testing"

	"loradex/indexer"
	"loradex/indexer/indexertest"
)

// TestStore: what the tests of the indexer take for an index is one.
func TestStore(t *testing.T) {
	indexertest.Run(t, func(*testing.T) indexer.Store { return indexertest.NewStore() })
}
