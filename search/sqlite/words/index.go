package words

import (
	"math/bits"
	"slices"
	"sync"
)

// This file defines an index of several segments and its numbers.

// Part is a segment without the documents that went.
type Part struct {
	Segment *Segment
	Dead    []uint64 // bitmap by document; nil for none
}

func (p *Part) dead(doc uint32) bool {
	return len(p.Dead) > 0 && p.Dead[doc>>6]&(1<<(doc&63)) != 0
}

// Live counts the documents that are not dead.
func (p *Part) Live() int {
	n := p.Segment.Docs()
	for _, w := range p.Dead {
		n -= bits.OnesCount64(w)
	}
	return n
}

// Bury returns the part without the documents of files that are not kept, too.
func (p *Part) Bury(kept func(file int64) bool) Part {
	dead := make([]uint64, (p.Segment.Docs()+63)/64)
	copy(dead, p.Dead)
	for doc := range p.Segment.docs {
		if !kept(p.Segment.file(doc)) {
			dead[doc>>6] |= 1 << (doc & 63)
		}
	}
	if !slices.ContainsFunc(dead, func(w uint64) bool { return w != 0 }) {
		dead = nil
	}
	return Part{p.Segment, dead}
}

// Index is what a search reads: segments whose living documents are all different. It is immutable, and safe for concurrent
// use.
type Index struct {
	Parts  []Part
	Docs   int64 // that live
	Tokens int64 // of those

	mu    sync.Mutex // guards known
	known map[string]*found
}

// found is what an index knows of a term.
type found struct {
	have    int64   // living documents that have it
	entries []entry // by part; without the term's text
}

// maxKnownTerms bounds the terms that an index remembers.
const maxKnownTerms = 1 << 13

// NewIndex makes an index of parts, which come in the order of their chunks where they have one.
func NewIndex(parts []Part) *Index {
	x := &Index{Parts: parts, known: map[string]*found{}}
	for i := range parts {
		p := &parts[i]
		x.Docs += int64(p.Live())
		x.Tokens += int64(p.Segment.tokens) //nolint:gosec // a sum of 32-bit numbers
		for at, w := range p.Dead {
			for ; w != 0; w &= w - 1 {
				x.Tokens -= int64(p.Segment.length(uint32(at*64 + bits.TrailingZeros64(w)))) //nolint:gosec // bounded by maxDocs
			}
		}
	}
	return x
}

// Have returns how many living documents have a term.
func (x *Index) Have(term string) (int64, error) {
	f, err := x.find(term)
	if err != nil {
		return 0, err
	}
	return f.have, nil
}

// find looks a term up in every part, once.
func (x *Index) find(term string) (*found, error) {
	x.mu.Lock()
	f := x.known[term]
	x.mu.Unlock()
	if f != nil {
		return f, nil
	}
	f = &found{entries: make([]entry, len(x.Parts))}
	for i := range x.Parts {
		e, err := x.Parts[i].Segment.lookup(term)
		if err != nil {
			return nil, err
		}
		have := int64(e.docs) //nolint:gosec // at most maxDocs
		if e.docs > 0 && x.Parts[i].Dead != nil {
			dead, err := x.Parts[i].countDead(e)
			if err != nil {
				return nil, err
			}
			have -= dead
		}
		e.term = nil
		f.entries[i] = e
		f.have += have
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(x.known) >= maxKnownTerms {
		clear(x.known)
	}
	x.known[term] = f
	return f, nil
}

// countDead counts the dead documents that have a term. It decodes the blocks in which there is one.
func (p *Part) countDead(e entry) (n int64, err error) {
	list, err := p.Segment.open(e)
	if err != nil {
		return 0, err
	}
	for block := range list.blocks {
		if !anySet(p.Dead, list.first(block), list.last(block)) {
			continue
		}
		if err := list.load(block); err != nil {
			return 0, err
		}
		for _, doc := range list.docs {
			if p.dead(doc) {
				n++
			}
		}
	}
	return n, nil
}

// anySet tells whether a bitmap has a bit between two places, both included.
func anySet(bitmap []uint64, from, to uint32) bool {
	if from > to || int(to>>6) >= len(bitmap) {
		return true // of damaged data, which decoding will find
	}
	first, last := int(from>>6), int(to>>6)
	head, tail := ^uint64(0)<<(from&63), ^uint64(0)>>(63-to&63)
	if first == last {
		return bitmap[first]&head&tail != 0
	}
	if bitmap[first]&head != 0 || bitmap[last]&tail != 0 {
		return true
	}
	for _, w := range bitmap[first+1 : last] {
		if w != 0 {
			return true
		}
	}
	return false
}

// allowed returns the living documents that pass a filter as a bitmap, nil for all of the segment.
func (p *Part) allowed(f *Filter) []uint64 {
	n := p.Segment.Docs()
	if f == nil && p.Dead == nil {
		return nil
	}
	bitmap := make([]uint64, (n+63)/64)
	for i := range bitmap {
		bitmap[i] = ^uint64(0)
	}
	if n%64 != 0 {
		bitmap[len(bitmap)-1] = 1<<(n%64) - 1
	}
	for i, w := range p.Dead {
		bitmap[i] &^= w
	}
	if f != nil {
		f.narrow(p.Segment, bitmap)
	}
	return bitmap
}

// Filter narrows a search.
type Filter struct {
	File     func(file int64) bool  // nil for all
	Kind     func(kind uint32) bool // nil for all
	Chunk    func(chunk int64) bool // nil for all
	Excluded []int64                // chunks that are left out
}

// narrow takes out of a bitmap what does not pass.
func (f *Filter) narrow(s *Segment, bitmap []uint64) {
	if f.File != nil || f.Kind != nil || f.Chunk != nil {
		last, passes := int64(-1), false // chunks of a file stand together
		for i, word := range bitmap {
			for w := word; w != 0; w &= w - 1 {
				doc := uint32(i*64 + bits.TrailingZeros64(w)) //nolint:gosec // bounded by maxDocs
				if f.File != nil {
					if file := s.file(doc); file != last {
						last, passes = file, f.File(file)
					}
					if !passes {
						bitmap[i] &^= w & -w
						continue
					}
				}
				if f.Kind != nil && !f.Kind(s.kind(doc)) || f.Chunk != nil && !f.Chunk(s.chunk(doc)) {
					bitmap[i] &^= w & -w
				}
			}
		}
	}
	for _, chunk := range f.Excluded {
		if doc, ok := s.find(chunk); ok {
			bitmap[doc>>6] &^= 1 << (doc & 63)
		}
	}
}

// AppendChunks appends the chunks of the living documents.
func (p *Part) AppendChunks(to []int64) []int64 {
	for doc := range p.Segment.docs {
		if !p.dead(doc) {
			to = append(to, p.Segment.chunk(doc))
		}
	}
	return to
}
