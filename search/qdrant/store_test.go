package qdrant_test

import (
	"testing"

	"loradex/search/qdrant"
	"loradex/search/storetest"
)

// TestStore is the suite over a real server.
func TestStore(t *testing.T) {
	address := realServer(t)
	storetest.Run(t, func(t *testing.T, dir string) storetest.Store {
		return open(t, dir, qdrant.Options{Address: address})
	})
}

// TestStoreOverDouble is the suite over the double: generations, claims, caches and ties are ours, and this is where
// their mistakes show. See double_test.go for what it cannot show.
func TestStoreOverDouble(t *testing.T) {
	d := startDouble(t)
	storetest.Run(t, func(t *testing.T, dir string) storetest.Store {
		return open(t, dir, qdrant.Options{Address: d.address})
	})
}

// open opens a store that the caller closes.
func open(t testing.TB, name string, o qdrant.Options) *qdrant.Store {
	t.Helper()
	s, err := qdrant.Open(t.Context(), name, o)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	return s
}
