package words

import (
	"bytes"
	"fmt"
	"io"
	"slices"
)

// This file defines how segments become one.

// MaxDocs is how many documents a segment can have.
const MaxDocs = maxDocs

// gone marks a document that a merged segment does not have.
const gone = ^uint32(0)

// Merge writes the documents of parts that are not dead as one segment.
func Merge(to io.Writer, parts []Part) error {
	d, places, err := mergeDocs(parts)
	if err != nil {
		return err
	}
	unit := 1.0
	if len(parts) > 0 {
		unit = parts[0].Segment.unit
	}
	tokens := d.tokens()
	w := newWriter(to, d.lengths, tokens, unit, float64(tokens)/float64(max(1, len(d.ids))))
	m := merger{places: places}
	for _, p := range parts {
		if p.Segment.unit != unit {
			return fmt.Errorf("%w: segments of different units", ErrDamaged)
		}
		t := terms{s: p.Segment, rest: p.Segment.dictionary}
		more, err := t.next()
		if err != nil {
			return err
		}
		m.walks, m.more = append(m.walks, t), append(m.more, more)
	}
	for w.err == nil {
		more, err := m.next()
		if err != nil {
			return err
		}
		if !more {
			break
		}
		if len(m.docs) > 0 {
			w.term(string(m.term), m.docs, m.counts)
		}
	}
	return w.end(d)
}

// mergeDocs orders the living documents of parts by chunk, and returns where each of them comes to stand.
func mergeDocs(parts []Part) (*docs, [][]uint32, error) {
	type place struct {
		Doc
		part, doc int
	}
	var all []place
	places := make([][]uint32, len(parts))
	for i, p := range parts {
		places[i] = slices.Repeat([]uint32{gone}, p.Segment.Docs())
		for doc := range p.Segment.docs {
			if !p.dead(doc) {
				all = append(all, place{p.Segment.Doc(doc), i, int(doc)})
			}
		}
	}
	if len(all) > maxDocs {
		return nil, nil, errTooMany
	}
	slices.SortFunc(all, func(a, b place) int { return compareDocs(a.Doc, b.Doc) })
	d := &docs{ids: make([]Doc, len(all)), lengths: make([]uint32, len(all))}
	for at, p := range all {
		if at > 0 && p.Chunk == all[at-1].Chunk {
			return nil, nil, fmt.Errorf("%w: chunk %d stands in two segments", ErrDamaged, p.Chunk)
		}
		d.ids[at], d.lengths[at] = p.Doc, parts[p.part].Segment.length(uint32(p.doc)) //nolint:gosec // bounded by maxDocs
		places[p.part][p.doc] = uint32(at)                                            //nolint:gosec // as above
	}
	return d, places, nil
}

// merger walks the dictionaries of several segments as one.
type merger struct {
	walks        []terms
	more         []bool // walks have a term
	places       [][]uint32
	term         []byte
	docs, counts []uint32 // postings of the term, in the merged segment
}

// next collects the postings of the next term; false at the end.
func (m *merger) next() (bool, error) {
	least := -1
	for i := range m.walks {
		if m.more[i] && (least < 0 || bytes.Compare(m.walks[i].term, m.walks[least].term) < 0) {
			least = i
		}
	}
	if least < 0 {
		return false, nil
	}
	m.term = append(m.term[:0], m.walks[least].term...)
	m.docs, m.counts = m.docs[:0], m.counts[:0]
	sorted := true
	for i := range m.walks {
		if !m.more[i] || !bytes.Equal(m.walks[i].term, m.term) {
			continue
		}
		ordered, err := m.take(i)
		if err != nil {
			return false, err
		}
		sorted = sorted && ordered
		before := slices.Clone(m.term)
		if m.more[i], err = m.walks[i].next(); err != nil {
			return false, err
		}
		if m.more[i] && bytes.Compare(m.walks[i].term, before) <= 0 {
			return false, fmt.Errorf("%w: dictionary out of order", ErrDamaged)
		}
	}
	if !sorted {
		m.sort()
	}
	return true, nil
}

// take appends the postings of a walk's term, and tells whether they follow on those that are there.
func (m *merger) take(walk int) (ordered bool, err error) {
	t := &m.walks[walk]
	p, err := t.s.open(t.entry)
	if err != nil {
		return false, err
	}
	before := len(m.docs)
	for block := range p.blocks {
		if err := p.load(block); err != nil {
			return false, err
		}
		p.count()
		for i, doc := range p.docs {
			if at := m.places[walk][doc]; at != gone {
				m.docs, m.counts = append(m.docs, at), append(m.counts, p.counts[i]+1)
			}
		}
	}
	return before == 0 || before == len(m.docs) || m.docs[before-1] < m.docs[before], nil
}

// sort orders the postings by document.
func (m *merger) sort() {
	both := make([]uint64, len(m.docs))
	for i, doc := range m.docs {
		both[i] = uint64(doc)<<32 | uint64(m.counts[i])
	}
	slices.Sort(both)
	for i, b := range both {
		m.docs[i], m.counts[i] = uint32(b>>32), uint32(b) //nolint:gosec // the halves
	}
}
