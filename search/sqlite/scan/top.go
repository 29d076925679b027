package scan

import (
	"cmp"
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

// Top keeps the best k hits of any number: a bounded heap with the worst kept hit at its root.
type Top struct {
	k    int
	hits []Hit
}

// NewTop returns an empty Top of k hits. The caller bounds k.
func NewTop(k int) *Top { return &Top{k: k, hits: make([]Hit, 0, k)} }

// Push offers a hit.
func (t *Top) Push(id int64, score float32) {
	h := Hit{id, score}
	if len(t.hits) < t.k {
		t.hits = append(t.hits, h)
		t.up(len(t.hits) - 1)
		return
	}
	if t.k == 0 || better(h, t.hits[0]) >= 0 {
		return
	}
	t.hits[0] = h
	t.down(0)
}

// Merge offers every hit of another Top.
func (t *Top) Merge(o *Top) {
	for _, h := range o.hits {
		t.Push(h.ID, h.Score)
	}
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
