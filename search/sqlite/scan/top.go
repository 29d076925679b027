package scan

import (
	"cmp"
	"context"
	"slices"
)

// Hit is a number with its score: that of a row, or of what the row belongs to.
type Hit struct {
	ID    int64
	Score float32
}

// better orders hits: score descending, then ID ascending.
func better(a, b Hit) int {
	if c := cmp.Compare(b.Score, a.Score); c != 0 {
		return c
	}
	return cmp.Compare(a.ID, b.ID)
}

// Best returns the k best hits of n pieces of work, best first; the caller bounds k. fn offers those of a piece. It is called on as
// many cores as there are where that is worth it. The hits do not depend on the order in which they are offered.
func Best(ctx context.Context, k, n int, parallel bool, fn func(i int, top *Top) error) ([]Hit, error) {
	tops := make([]*Top, 1)
	if parallel {
		tops = make([]*Top, workers(n))
	}
	for w := range tops {
		tops[w] = NewTop(k)
	}
	if err := share(ctx, len(tops), n, func(w, i int) error { return fn(i, tops[w]) }); err != nil {
		return nil, err
	}
	for _, t := range tops[1:] {
		tops[0].merge(t)
	}
	return tops[0].Sorted(), nil
}

// Top keeps the best k hits of any number: a bounded heap with the worst kept hit at its root.
type Top struct {
	k    int
	hits []Hit
}

// NewTop returns a Top that keeps k hits; the caller bounds k.
func NewTop(k int) *Top { return &Top{k: k, hits: make([]Hit, 0, k)} }

// Push offers a hit, and tells whether it is kept.
func (t *Top) Push(id int64, score float32) bool {
	h := Hit{id, score}
	if len(t.hits) < t.k {
		t.hits = append(t.hits, h)
		t.up(len(t.hits) - 1)
		return true
	}
	if t.k == 0 || better(h, t.hits[0]) >= 0 {
		return false
	}
	t.hits[0] = h
	t.down(0)
	return true
}

// merge offers every hit of another Top.
func (t *Top) merge(o *Top) {
	for _, h := range o.hits {
		t.Push(h.ID, h.Score)
	}
}

// Worst returns the hit that goes next; false while there is room for more.
func (t *Top) Worst() (Hit, bool) {
	if t.k == 0 || len(t.hits) < t.k {
		return Hit{}, false
	}
	return t.hits[0], true
}

// Sorted returns the kept hits, best first. The Top is used up.
func (t *Top) Sorted() []Hit {
	slices.SortFunc(t.hits, better)
	return t.hits
}

func (t *Top) up(i int) {
	for i > 0 {
		parent := (i - 1) / 2
		if better(t.hits[i], t.hits[parent]) <= 0 {
			return // i is not worse than its parent
		}
		t.hits[i], t.hits[parent] = t.hits[parent], t.hits[i]
		i = parent
	}
}

func (t *Top) down(i int) {
	for {
		worst := i
		for _, child := range [2]int{2*i + 1, 2*i + 2} {
			if child < len(t.hits) && better(t.hits[child], t.hits[worst]) > 0 {
				worst = child
			}
		}
		if worst == i {
			return
		}
		t.hits[i], t.hits[worst] = t.hits[worst], t.hits[i]
		i = worst
	}
}
