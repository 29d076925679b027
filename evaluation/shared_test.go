package evaluation_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"loradex/internal/dataset"
)

// TestSharedDatasets opens every reference data set beside the checkout, where there is one, and compares its size with
// the reference figures.
func TestSharedDatasets(t *testing.T) {
	root := filepath.Join("..", "..", "shared", "data")
	data, err := os.ReadFile(filepath.Join(root, "reference.json"))
	if err != nil {
		t.Skip("no reference data sets beside this checkout")
	}
	var reference map[string]struct{ Queries, Corpus int }
	if err := json.Unmarshal(data, &reference); err != nil {
		t.Fatal(err)
	}
	for name, want := range reference {
		ds, err := dataset.Open(filepath.Join(root, name), "test")
		if err != nil {
			t.Error(err)
			continue
		}
		if len(ds.Queries) != want.Queries || len(ds.Docs) != want.Corpus || ds.Name != name {
			t.Errorf("%s: %d queries, %d documents; want %d, %d", ds.Name, len(ds.Queries), len(ds.Docs), want.Queries, want.Corpus)
		}
	}
}
