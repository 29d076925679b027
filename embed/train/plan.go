package train

import (
	"math/rand/v2"

	"loradex/internal/dataset"
)

// example is a query with the places of the documents that answer it, and of those that only look so.
type example struct {
	positives, negatives []int
	score                float32 // the wanted cosine with the first positive, for the regression loss: its grade, 1 at most
}

// examplesOf takes one example of each query.
func examplesOf(data *dataset.Dataset) []example {
	out := make([]example, len(data.Queries))
	for q, judged := range data.Judgements {
		e := &out[q]
		for _, j := range judged {
			if !j.Relevant() {
				continue
			}
			if e.positives = append(e.positives, int(j.Doc)); len(e.positives) == 1 {
				e.score = min(1, float32(j.Grade))
			}
		}
		if data.Negatives != nil {
			for _, doc := range data.Negatives[q] {
				e.negatives = append(e.negatives, int(doc))
			}
		}
	}
	return out
}

// pick is one example in a batch, with the positive that stands for it there.
type pick struct {
	example  int // and query
	positive int // position of a document
}

// plan is the batches of a whole run. It depends on the data and the options alone, so that a resumed run goes on with
// the batches that it would have had.
type plan struct {
	all       []example
	documents int // how many there are
	opts      Options
	batches   [][]pick
	perEpoch  int // batches of the first epoch
}

// newPlan shuffles the examples of every epoch and cuts them into batches in which no document is a positive twice: it
// would be a negative of its own query. Of several positives of an example, each epoch takes the next one.
func newPlan(data *dataset.Dataset, o Options) *plan {
	p := &plan{all: examplesOf(data), documents: len(data.Docs), opts: o}
	for epoch := range o.Epochs {
		if o.Steps > 0 && len(p.batches) >= o.Steps*o.Accumulate {
			break
		}
		p.batches = append(p.batches, p.epoch(epoch)...)
		if epoch == 0 {
			p.perEpoch = len(p.batches)
		}
	}
	if o.Steps > 0 && len(p.batches) > o.Steps*o.Accumulate {
		p.batches = p.batches[:o.Steps*o.Accumulate]
	}
	return p
}

// steps is the number of steps; a rest that does not fill the last one is left out.
func (p *plan) steps() int { return len(p.batches) / p.opts.Accumulate }

// examples is how many different ones are in the batches of the first steps.
func (p *plan) examples(steps int) int {
	seen := map[int]bool{}
	for _, b := range p.batches[:steps*p.opts.Accumulate] {
		for _, k := range b {
			seen[k.example] = true
		}
	}
	return len(seen)
}

func (p *plan) epoch(epoch int) [][]pick {
	picks, distinct := make([]pick, len(p.all)), map[int]bool{}
	for i := range picks {
		picks[i] = pick{i, p.positive(i, epoch)}
		distinct[picks[i].positive] = true
	}
	size := min(p.opts.Batch, len(distinct)) // no batch can hold more
	if size < 2 {
		return nil
	}
	enough := max(2, size/2)                                 // a smaller batch has few negatives
	rng := rand.New(rand.NewPCG(p.opts.Seed, uint64(epoch))) //nolint:gosec // repeatable on purpose
	type open struct {
		picks []pick
		has   map[int]bool
	}
	const window = 64 // open batches that are looked at for each example
	var waiting []*open
	var full [][]pick
	for _, i := range rng.Perm(len(picks)) {
		d, placed := picks[i].positive, false
		for at, b := range waiting {
			if b.has[d] {
				continue
			}
			b.picks, b.has[d], placed = append(b.picks, picks[i]), true, true
			if len(b.picks) == size {
				full = append(full, b.picks)
				waiting = append(waiting[:at], waiting[at+1:]...)
			}
			break
		}
		if !placed {
			if len(waiting) == window {
				if len(waiting[0].picks) < enough {
					continue // an example that fits nowhere so often is one of too many with one document
				}
				full, waiting = append(full, waiting[0].picks), waiting[1:]
			}
			waiting = append(waiting, &open{[]pick{picks[i]}, map[int]bool{d: true}})
		}
	}
	for _, b := range waiting {
		if len(b.picks) >= enough {
			full = append(full, b.picks)
		}
	}
	if len(full) == 0 && len(waiting) > 0 && len(waiting[0].picks) > 1 {
		full = append(full, waiting[0].picks)
	}
	return full
}

// positive is the document that stands for an example in an epoch. A score belongs to the first one.
func (p *plan) positive(example, epoch int) int {
	all := p.all[example].positives
	if p.opts.Loss.Kind == "cosine" {
		return all[0]
	}
	n := uint64(len(all))
	first := mix64(p.opts.Seed^uint64(example)) % n //nolint:gosec // only its bits matter
	return all[(uint64(epoch)+first)%n]             //nolint:gosec // an epoch is not negative
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
		negatives := p.all[k.example].negatives
		for _, j := range rng.Perm(len(negatives))[:min(p.opts.HardNegatives, len(negatives))] {
			if p.opts.Loss.Kind == "triplet" || !seen[negatives[j]] {
				docs, seen[negatives[j]] = append(docs, negatives[j]), true
			}
		}
	}
	if p.opts.Side != "query" {
		return docs
	}
	extra := min(p.opts.ExtraNegatives, p.documents-len(docs))
	for tries := 0; extra > 0 && tries < 4*p.opts.ExtraNegatives; tries++ {
		if d := rng.IntN(p.documents); !seen[d] {
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
		e := p.all[k.example]
		r.scores = append(r.scores, e.score)
		for _, d := range e.positives {
			for _, j := range at[d] {
				r.exclude[i*len(docs)+j] = j != i
			}
		}
	}
	return r
}
