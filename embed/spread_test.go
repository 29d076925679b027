//go:build cgo && ORT

package embed_test

import (
	"math"
	"testing"
)

// TestSpread: the figure of the default model, which the fusion of rankings was tuned with.
func TestSpread(t *testing.T) {
	spread, err := shared(t).Spread(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(spread-0.0896) > 0.001 {
		t.Errorf("%v, want .0896", spread)
	}
}
