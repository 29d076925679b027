package workspace

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"loradex/adapters"
	"loradex/embed"
	"loradex/indexer"
	"loradex/indexer/watch"
)

// sizeEncoder gives texts their length as a vector, and ends with its context as the real one does.
type sizeEncoder struct {
	texts  []string
	change func() // called in the middle of its work
}

func (c *sizeEncoder) Encode(ctx context.Context, rows []embed.Row) ([][]float32, error) {
	c.change()
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-time.After(10 * time.Millisecond): // a change that comes is heard of before; else nothing is lost but time
	}
	out := make([][]float32, len(rows))
	for i, r := range rows {
		c.texts = append(c.texts, r.Text)
		out[i] = []float32{float32(len(r.Text))}
	}
	return out, nil
}

// TestYielding: runs that are cut short whenever they encode get everything encoded all the same, each text once.
func TestYielding(t *testing.T) {
	w := &follower{kept: map[adapters.Mix]map[string][]float32{}}
	inner := &sizeEncoder{}
	plans := []indexer.SpacePlan{{Space: embed.Space{ID: "s"}}}
	var rows []embed.Row
	for i := range 200 {
		rows = append(rows, embed.Row{Text: strings.Repeat("x", i+1)})
	}
	runs := 0
	for err := errYield; err != nil; runs++ {
		if runs > 20 {
			t.Fatal("it never ends")
		}
		changed := make(chan struct{})
		w.current = watch.Update{Changed: changed}
		inner.change = sync.OnceFunc(func() { close(changed) })
		var got [][]float32
		e := &steppedEncoder{inner: w.encoder(inner, plans), step: func(int) {}}
		if got, err = e.Encode(t.Context(), rows); err == nil {
			for i, v := range got {
				if v[0] != float32(i+1) {
					t.Errorf("row %d has the vector of row %v", i, v[0]-1)
				}
			}
		} else if !errors.Is(err, errYield) {
			t.Fatal(err)
		}
	}
	slices.Sort(inner.texts)
	if runs < 2 || len(slices.Compact(inner.texts)) != len(rows) {
		t.Errorf("%d runs encoded %d texts", runs, len(inner.texts))
	}
	w.encoder(inner, []indexer.SpacePlan{{Space: embed.Space{ID: "other"}}})
	if len(w.kept) != 0 {
		t.Error("vectors of another space are kept")
	}
}

// TestOnce: a note that was written is not written again.
func TestOnce(t *testing.T) {
	var got []string
	note := once(func(format string, args ...any) { got = append(got, fmt.Sprintf(format, args...)) })
	for _, n := range []int{1, 2, 1, 2} {
		note("%d %% of %s", n, "it")
	}
	if !slices.Equal(got, []string{"1 % of it", "2 % of it"}) {
		t.Errorf("%q", got)
	}
}
