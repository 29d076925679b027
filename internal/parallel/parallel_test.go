package parallel_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"loradex/internal/parallel"
)

func TestEach(t *testing.T) {
	for _, n := range []int{0, 1, 7, 1000} {
		seen := make([]atomic.Int32, n)
		if err := parallel.Each(t.Context(), n, 8, func(i int) error { seen[i].Add(1); return nil }); err != nil {
			t.Error(err)
		}
		for i := range seen {
			if seen[i].Load() != 1 {
				t.Errorf("%d of %d was done %d times", i, n, seen[i].Load())
			}
		}
	}
	stop := errors.New("stop")
	if err := parallel.Each(t.Context(), 100, 1, func(i int) error {
		if i == 3 {
			return stop
		}
		return nil
	}); !errors.Is(err, stop) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := parallel.Each(ctx, 3, 8, func(int) error { t.Error("work was begun"); return nil }); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
