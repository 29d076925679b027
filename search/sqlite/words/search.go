package words

import (
	"cmp"
	"context"
	"math"
	"math/bits"
	"slices"

	"loradex/search/sqlite/scan"
)

// This file defines how the best documents are found without scoring all: MaxScore (Turtle and Flood 1995, "Query
// evaluation: strategies and optimizations") over windows of documents, with bounds per block (Ding and Suel 2011, "Faster
// top-k document retrieval using block-max indexes").

// Term is a term of a query. Its score counts Weight times.
type Term struct {
	Text   string
	Weight float64 // more than 0, at most MaxWeight
}

// MaxWeight bounds the weight of a term, so that sums of scores stay within their range.
const MaxWeight = 1000

// Query asks for the K best documents. The terms are distinct.
type Query struct {
	Terms  []Term
	Filter *Filter // nil for everything
	K      int
}

// window is how many documents are looked at together.
const window = 4096

// Search returns the best chunks, best first, ties by number ascending: exactly those that have the greatest sums of
// BM25 over all terms. Its numbers are those of the whole index.
func (x *Index) Search(ctx context.Context, q Query) ([]scan.Hit, error) {
	top := scan.NewTop(min(q.K, int(x.Docs)))
	if x.Docs == 0 || q.K <= 0 {
		return top.Sorted(), ctx.Err()
	}
	average := math.Max(1, float64(x.Tokens)/float64(x.Docs))
	run := &run{top: top, sums: make([]int64, window), average: average, least: -1}
	run.at, run.by = lengthNorm(average)
	lists := make([][]*cursor, len(x.Parts))
	for _, t := range q.Terms {
		f, err := x.find(t.Text)
		if err != nil {
			return nil, err
		}
		worth := t.Weight * IDF(f.have, x.Docs) * fixed
		for i, e := range f.entries {
			if e.docs == 0 {
				continue
			}
			list, err := x.Parts[i].Segment.open(e)
			if err != nil {
				return nil, err
			}
			lists[i] = append(lists[i], &cursor{postings: list, worth: worth})
		}
	}
	for i := range x.Parts {
		run.lists = lists[i]
		if err := run.part(ctx, &x.Parts[i], q.Filter); err != nil {
			return nil, err
		}
	}
	return top.Sorted(), ctx.Err()
}

// run is one search.
type run struct {
	top     *scan.Top
	average float64
	at, by  float64 // of the norm
	least   int64   // a sum up to it changes nothing; -1 while all count
	newest  int64   // greatest chunk that was offered

	// of the present part
	later   bool // its chunks come after all that were offered before: of equal scores the kept one wins
	s       *Segment
	lists   []*cursor
	allowed []uint64
	// of the present window
	sums    []int64 // by document
	touched [window / 64]uint64
	found   []uint32
}

// cursor is where a search is in the postings of a term.
type cursor struct {
	*postings
	worth float64 // of a factor of 1
	block int     // that the window begins in
	max   int64   // greatest score in the window
}

// part offers the documents of a part.
func (r *run) part(ctx context.Context, p *Part, f *Filter) error {
	if r.s = p.Segment; len(r.lists) == 0 {
		return ctx.Err()
	}
	r.allowed = p.allowed(f)
	r.later = r.s.chunk(0) > r.newest
	r.limit()
	for base := uint32(0); base < r.s.docs; base += window {
		if base/window%64 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if err := r.window(base, min(base+window, r.s.docs)); err != nil {
			return err
		}
	}
	return nil
}

// window offers the documents from base to before end.
func (r *run) window(base, end uint32) error {
	if r.allowed != nil && !anySet(r.allowed, base, end-1) {
		return nil
	}
	active := 0 // cursors with documents in the window, at the front
	sum := int64(0)
	for i, c := range r.lists {
		if err := r.bound(c, base, end); err != nil {
			return err
		}
		if c.max > 0 {
			sum += c.max
			r.lists[i], r.lists[active] = r.lists[active], c
			active++
		}
	}
	if sum <= r.least {
		return nil
	}
	lists := r.lists[:active]
	slices.SortFunc(lists, func(a, b *cursor) int { return cmp.Compare(a.max, b.max) })
	// A document that has none but the first lists cannot come in.
	optional, rest := 0, int64(0)
	for optional < active && rest+lists[optional].max <= r.least {
		rest += lists[optional].max
		optional++
	}
	for _, c := range lists[optional:] {
		if err := r.add(c, base, end); err != nil {
			return err
		}
	}
	r.collect(base, end)
	for i := optional - 1; i >= 0; i-- {
		if err := r.complete(lists[i], base, rest); err != nil {
			return err
		}
		rest -= lists[i].max
	}
	r.offer(base)
	return nil
}

// bound moves a cursor to the window and bounds what its term can add there.
func (r *run) bound(c *cursor, base, end uint32) error {
	c.max = 0
	if c.block = c.seek(c.block, base); c.block == c.blocks {
		return nil
	}
	// One that covers the window may have nothing in it; a long block is decoded seldom.
	if c.last(c.block) >= end {
		if c.first(c.block) >= end {
			return nil
		}
		if err := c.load(c.block); err != nil {
			return err
		}
		if i, _ := slices.BinarySearch(c.docs, base); i == len(c.docs) || c.docs[i] >= end {
			return nil
		}
	}
	level := byte(0)
	for block := c.block; block < c.blocks && c.first(block) < end; block++ {
		level = max(level, c.level(block))
	}
	c.max = int64(c.worth*bound(level, r.s.average, r.average)*(1+1e-9)) + 1
	return nil
}

// add adds the scores of a term to those of the window's documents.
func (r *run) add(c *cursor, base, end uint32) error {
	unit := r.s.unit
	for block := c.block; block < c.blocks && c.first(block) < end; block++ {
		if r.allowed != nil && !anySet(r.allowed, max(base, c.first(block)), min(end-1, c.last(block))) {
			continue
		}
		if err := c.load(block); err != nil {
			return err
		}
		c.count()
		from := 0
		if c.docs[0] < base {
			from, _ = slices.BinarySearch(c.docs, base)
		}
		for i := from; i < len(c.docs); i++ {
			doc := c.docs[i]
			if doc >= end {
				break
			}
			at := doc - base
			norm := r.at + r.by*float64(r.s.length(doc))
			r.sums[at] += int64(c.worth * factor(float64(c.counts[i]+1)*unit, norm))
			r.touched[at>>6] |= 1 << (at & 63)
		}
	}
	return nil
}

// collect lists the documents of the window that were touched and pass.
func (r *run) collect(base, end uint32) {
	r.found = r.found[:0]
	for i, w := range r.touched[:(end-base+63)/64] {
		if w == 0 {
			continue
		}
		r.touched[i] = 0
		passing := w
		if r.allowed != nil {
			passing &= r.allowed[int(base>>6)+i]
		}
		for out := w &^ passing; out != 0; out &= out - 1 {
			r.sums[i*64+bits.TrailingZeros64(out)] = 0
		}
		for ; passing != 0; passing &= passing - 1 {
			r.found = append(r.found, uint32(i*64+bits.TrailingZeros64(passing))) //nolint:gosec // within the window
		}
	}
}

// complete adds the scores of a term to the found documents, but for those that cannot come in: rest is the most that this
// term and those after it can add.
func (r *run) complete(c *cursor, base uint32, rest int64) error {
	kept := r.found[:0]
	block, last, at := c.block, c.last(c.block), 0
	for _, place := range r.found {
		if r.sums[place]+rest <= r.least {
			r.sums[place] = 0
			continue
		}
		kept = append(kept, place)
		doc := base + place
		if doc > last {
			if block = c.seek(block, doc); block == c.blocks {
				last = gone // the rest has not got it
				continue
			}
			last, at = c.last(block), 0
		}
		if block != c.loaded {
			if block == c.blocks || c.first(block) > doc {
				continue
			}
			if err := c.load(block); err != nil {
				return err
			}
			at = 0
		}
		docs := c.docs
		for at < len(docs) && docs[at] < doc {
			at++
		}
		if at < len(docs) && docs[at] == doc {
			c.count()
			norm := r.at + r.by*float64(r.s.length(doc))
			r.sums[place] += int64(c.worth * factor(float64(c.counts[at]+1)*r.s.unit, norm))
		}
	}
	r.found = kept
	return nil
}

// offer offers the found documents.
func (r *run) offer(base uint32) {
	changed := false
	for _, place := range r.found {
		sum := r.sums[place]
		if r.sums[place] = 0; sum <= r.least {
			continue
		}
		chunk := r.s.chunk(base + place)
		r.newest = max(r.newest, chunk)
		changed = r.top.Push(chunk, float32(float64(sum)/fixed)) || changed
	}
	if changed {
		r.limit()
	}
}

// limit finds the sum that a document must exceed. Scores are compared as float32.
func (r *run) limit() {
	worst, full := r.top.Worst()
	if !full {
		return
	}
	other := math.Nextafter32(worst.Score, 0)
	if r.later {
		other = math.Nextafter32(worst.Score, math.MaxFloat32)
	}
	// Half of the way a sum rounds to the other side.
	r.least = int64((float64(other)+float64(worst.Score))/2*fixed) - 1
}
