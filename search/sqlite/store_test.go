package sqlite_test

import (
	"testing"

	"loradex/search/sqlite"
	"loradex/search/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T, dir string) storetest.Store {
		return open(t, dir, sqlite.Options{})
	})
}

// open opens a store that the caller closes.
func open(t testing.TB, dir string, o sqlite.Options) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), dir, o)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	return s
}
