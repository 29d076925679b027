package train

import (
	"math/rand/v2"
)

// pick is one example in a batch, with the positive that stands for it there.
type pick struct {
	example  int
	positive int // position in Set.Documents
}

// plan is the batches of a whole run. It depends on the data and the options alone, so that a resumed run goes on with
// the batches that it would have had.
type plan struct {
	set     *Set
	opts    Options
	batches [][]pick
}

// newPlan shuffles the examples of every epoch and cuts them into batches in which no document is a positive twice: it
// would be a negative of its own query. Of several positives of an example, each epoch takes the next one.
func newPlan(set *Set, o Options) *plan {
	p := &plan{set: set, opts: o}
	for epoch := 0; epoch < o.Epochs; epoch++ {
		if o.Steps > 0 && len(p.batches) >= o.Steps*o.Accumulate {
			break
		}
		p.batches = append(p.batches, p.epoch(epoch)...)
	}
	if o.Steps > 0 && len(p.batches) > o.Steps*o.Accumulate {
		p.batches = p.batches[:o.Steps*o.Accumulate]
	}
	return p
}

// steps is the number of steps; a rest that does not fill the last one is left out.
func (p *plan) steps() int { return len(p.batches) / p.opts.Accumulate }

func (p *plan) epoch(epoch int) [][]pick {
	size := min(p.opts.Batch, len(p.set.Examples))
	rng := rand.New(rand.NewPCG(p.opts.Seed, uint64(epoch))) //nolint:gosec // repeatable on purpose
	type open struct {
		picks []pick
		has   map[int]bool
	}
	const window = 64 // open batches that are looked at for each example
	var waiting []*open
	var full [][]pick
	for _, i := range rng.Perm(len(p.set.Examples)) {
		positives := p.set.Examples[i].Positives
		d := positives[(epoch+int(mix64(p.opts.Seed^uint64(i))%uint64(len(positives))))%len(positives)] //nolint:gosec // a remainder fits
		placed := false
		for at, b := range waiting {
			if b.has[d] {
				continue
			}
			b.picks, b.has[d], placed = append(b.picks, pick{i, d}), true, true
			if len(b.picks) == size {
				full = append(full, b.picks)
				waiting = append(waiting[:at], waiting[at+1:]...)
			}
			break
		}
		if !placed {
			if len(waiting) == window {
				waiting = waiting[1:] // an example that fits nowhere so often is one of too many with one document
			}
			waiting = append(waiting, &open{[]pick{{i, d}}, map[int]bool{d: true}})
		}
	}
	for _, b := range waiting {
		if len(b.picks) >= max(2, size/2) { // a smaller batch has few negatives
			full = append(full, b.picks)
		}
	}
	if len(full) == 0 && len(waiting) > 0 && len(waiting[0].picks) > 1 {
		full = append(full, waiting[0].picks)
	}
	return full
}

// candidates lists the documents of a batch: the positives in order, then hard negatives, then random ones.
func (p *plan) candidates(at int) []int {
	picks := p.batches[at]
	rng := rand.New(rand.NewPCG(p.opts.Seed^golden, uint64(at))) //nolint:gosec // repeatable on purpose
	var docs []int
	seen := map[int]bool{}
	for _, k := range picks {
		docs, seen[k.positive] = append(docs, k.positive), true
	}
	for _, k := range picks {
		negatives := p.set.Examples[k.example].Negatives
		for _, j := range rng.Perm(len(negatives))[:min(p.opts.HardNegatives, len(negatives))] {
			if p.opts.Loss.Kind == "triplet" || !seen[negatives[j]] {
				docs, seen[negatives[j]] = append(docs, negatives[j]), true
			}
		}
	}
	if p.opts.Side != "query" {
		return docs
	}
	extra := min(p.opts.ExtraNegatives, len(p.set.Documents)-len(docs))
	for tries := 0; extra > 0 && tries < 4*p.opts.ExtraNegatives; tries++ {
		if d := rng.IntN(len(p.set.Documents)); !seen[d] {
			docs, seen[d] = append(docs, d), true
			extra--
		}
	}
	return docs
}

// relate says which documents answer which queries of a batch.
func (p *plan) relate(picks []pick, docs []int) relation {
	r := relation{queries: len(picks), documents: len(docs), exclude: make([]bool, len(picks)*len(docs))}
	at := map[int][]int{}
	for j, d := range docs {
		at[d] = append(at[d], j)
	}
	for i, k := range picks {
		e := p.set.Examples[k.example]
		r.scores = append(r.scores, e.Score)
		for _, d := range e.Positives {
			for _, j := range at[d] {
				r.exclude[i*len(docs)+j] = j != i
			}
		}
	}
	return r
}
