package embed

import (
	"slices"
	"testing"
)

// requestOf is a request of texts with so many tokens each.
func requestOf(t *testing.T, lengths ...int) *job {
	t.Helper()
	var rows [][]*sequence
	for _, n := range lengths {
		rows = append(rows, []*sequence{{ids: make([]int32, n)}})
	}
	return newJob(t.Context(), rows)
}

// TestQueueOrder keeps the queue full: no request may wait for ever.
func TestQueueOrder(t *testing.T) {
	newOrder := func() *queue { return &queue{e: &Encoder{opts: Options{BatchTokens: 100, PackBytes: 1}}} }
	t.Run("a short request is not overtaken by longer ones", func(t *testing.T) {
		q, short := newOrder(), requestOf(t, 5)
		pending := []*job{requestOf(t, 50), short, requestOf(t, 50), requestOf(t, 50)}
		for range 3 {
			batch, owners := q.next(pending)
			pending = settle(pending, owners, batch, nil)
			if slices.Contains(owners, short) {
				return
			}
			for range owners {
				pending = append(pending, requestOf(t, 50))
			}
		}
		t.Error("the short request was never in a batch")
	})
	t.Run("small and large requests alternate", func(t *testing.T) {
		q, large := newOrder(), requestOf(t, slices.Repeat([]int{50}, 20)...)
		pending := []*job{large}
		for i := range 6 {
			pending = append(pending, requestOf(t, 60))
			batch, owners := q.next(pending)
			if got, want := slices.Contains(owners, large), i%2 == 1; got != want {
				t.Fatalf("batch %d: of the large request %v, want %v", i, got, want)
			}
			if n := len(batch); n == 0 || q.e.fits(batch) != n {
				t.Fatalf("batch %d of %d sequences does not fit", i, n)
			}
			pending = settle(pending, owners, batch, nil)
		}
	})
	t.Run("every sequence is in one batch", func(t *testing.T) {
		q := newOrder()
		pending := []*job{requestOf(t, 30, 10, 20), requestOf(t, 99), requestOf(t, 40, 40, 40, 7), requestOf(t, 3)}
		seen, jobs := 0, slices.Clone(pending)
		for len(pending) > 0 {
			batch, owners := q.next(pending)
			seen += len(batch)
			pending = settle(pending, owners, batch, nil)
		}
		if seen != 9 {
			t.Errorf("%d sequences in all batches, want 9", seen)
		}
		for _, j := range jobs {
			for range j.made { // each is handed over, and then the job is at its end
				seen--
			}
		}
		if seen != 0 {
			t.Errorf("%d sequences were not handed over", seen)
		}
	})
}
