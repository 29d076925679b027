package adapters_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"loradex/adapters"
)

// TestDigestsArePinned holds the digests of adapters that PEFT made against those of the version that first read them:
// every vector of an index names its adapters by them, so that another digest would have the index encoded anew.
func TestDigestsArePinned(t *testing.T) {
	text, err := os.ReadFile("testdata/digests.json")
	if err != nil {
		t.Fatal(err)
	}
	pinned := map[string]string{}
	if err := json.Unmarshal(text, &pinned); err != nil {
		t.Fatal(err)
	}
	if len(pinned) < 30 {
		t.Fatalf("only %d digests", len(pinned))
	}
	for dir, want := range pinned {
		a, err := adapters.Load(filepath.FromSlash(dir))
		if err != nil {
			t.Errorf("%s: %v", dir, err)
			continue
		}
		if a.Digest != want {
			t.Errorf("%s: digest %s, want %s", dir, a.Digest, want)
		}
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}
}
