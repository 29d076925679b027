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

	"loradex/embed"
	"loradex/indexer/watch"
)

// sizeEncoder gives texts their length as a vector, and ends with its context as the real one does.
type sizeEncoder struct {
	change func() // called in the middle of its work
}

func (c *sizeEncoder) Each(ctx context.Context, rows []embed.Row, take func(i int, vector []float32, tokens int) error) error {
	const batch = 16
	for at := 0; at < len(rows); at += batch {
		c.change()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(10 * time.Millisecond): // a change that comes is heard of before; else nothing is lost but time
		}
		for i := at; i < min(at+batch, len(rows)); i++ {
			if err := take(i, []float32{float32(len(rows[i].Text))}, 1); err != nil {
				return err
			}
		}
	}
	return nil
}

// TestYielding: runs that are cut short whenever they encode get everything encoded all the same, each text once.
func TestYielding(t *testing.T) {
	w := &follower{}
	inner := &sizeEncoder{}
	missing := map[string]bool{}
	for i := range 200 {
		missing[strings.Repeat("x", i+1)] = true
	}
	runs, idle := 0, 0
	for err := errYield; err != nil; runs++ {
		if runs > 40 {
			t.Fatal("it never ends")
		}
		changed := make(chan struct{})
		w.current = watch.Update{Changed: changed}
		inner.change = sync.OnceFunc(func() { close(changed) })
		var rows []embed.Row
		for text := range missing {
			rows = append(rows, embed.Row{Text: text})
		}
		err = w.encoder(inner).Each(t.Context(), rows, func(i int, v []float32, _ int) error {
			if v[0] != float32(len(rows[i].Text)) || !missing[rows[i].Text] {
				t.Errorf("row %d has the vector of row %v, or has two", i, v[0]-1)
			}
			delete(missing, rows[i].Text)
			return nil
		})
		if err != nil && !errors.Is(err, errYield) {
			t.Fatal(err)
		}
		if len(missing) == len(rows) {
			idle++
		} else {
			idle = 0
		}
		if idle > 1 {
			t.Fatal("two runs in a row made nothing")
		}
	}
	if runs < 2 || len(missing) != 0 {
		t.Errorf("after %d runs %d texts are missing", runs, len(missing))
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
