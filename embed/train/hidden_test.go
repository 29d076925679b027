//go:build cgo && ORT

package train

import (
	"math"
	"testing"

	"loradex/embed"
)

// Outputs of frozen blocks from the cache, computed anew, or computed within the whole graph: the same losses.
func TestHiddenCacheIsExact(t *testing.T) {
	enc := openEncoder(t, embed.Options{})
	set := task(24, 0)
	for _, o := range []Options{
		{FirstLayer: 1},
		{FirstLayer: 1, Dropout: 0.2, MicroBatch: 3},
		{FirstLayer: 1, Method: "dora", HardNegatives: 1},
	} {
		o.Batch, o.Epochs, o.Rank = 8, 3, 4
		var want []float64
		for _, limit := range []int64{-1, 1 << 20, 5000} { // none, all, some
			o.CacheBytes = limit
			tr := newTrainer(t, enc, Job{Data: set}, o)
			if (tr.cut == 1) != (limit > 0) {
				t.Fatalf("limit %d: the graph is cut at block %d", limit, tr.cut)
			}
			got := steps(t, tr, 9)
			if used := tr.hidden.used; used > max(0, limit) || limit > 0 && used == 0 {
				t.Errorf("limit %d: %d bytes are used", limit, used)
			}
			if want == nil {
				want = got
			}
			for i, x := range got {
				if math.Abs(x-want[i]) > 1e-5 {
					t.Errorf("%+v, limit %d: step %d has loss %.7f, want %.7f", o, limit, i, x, want[i])
				}
			}
		}
	}
}

// From the second epoch on, no frozen block is computed. Where the cache is too small, some are.
func TestHiddenCacheSparesTheFrozenBlocks(t *testing.T) {
	enc := openEncoder(t, embed.Options{})
	set := task(24, 0)
	for _, tt := range []struct {
		limit  int64
		spared bool
	}{{1 << 20, true}, {20000, false}} {
		tr := newTrainer(t, enc, Job{Data: set}, Options{FirstLayer: 1, Batch: 8, Epochs: 3, Rank: 2, CacheBytes: tt.limit})
		steps(t, tr, 3)
		if err := tr.frozen.close(); err != nil {
			t.Fatal(err)
		}
		err := error(nil)
		for i := 0; i < 6 && err == nil; i++ {
			err = tr.Step(t.Context())
		}
		if (err == nil) != tt.spared {
			t.Errorf("limit %d, with the frozen graph closed: %v", tt.limit, err)
		}
		if !tt.spared {
			continue
		}
		tokens := 0
		for _, side := range tr.tokens {
			for _, ids := range side {
				tokens += len(ids)
			}
		}
		if want := int64(4 * 16 * tokens); tr.hidden.used != want || len(tr.hidden.rows) != 48 {
			t.Errorf("%d bytes of %d texts, want %d of 48", tr.hidden.used, len(tr.hidden.rows), want)
		}
	}
}
