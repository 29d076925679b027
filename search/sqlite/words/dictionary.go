package words

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// This file defines how a dictionary is read.

const (
	dictionaryBlock = 16 // terms
	indexSize       = 16 // bytes for each block
)

// errDictionary says that a dictionary does not hold together.
var errDictionary = fmt.Errorf("%w: dictionary", ErrDamaged)

// entry is a term of a dictionary.
type entry struct {
	term   []byte // valid until the next one is read
	docs   uint64
	offset uint64 // of its postings
	size   uint64
}

// terms walks a dictionary from the beginning of a block on.
type terms struct {
	s      *Segment
	rest   []byte
	inside int // of the block
	entry
}

// at returns the walk from a block on.
func (s *Segment) at(block int) (terms, error) {
	b := s.index[block*indexSize:]
	from, postings := le.Uint64(b), le.Uint64(b[8:])
	if from > s.footer.dictionary || postings > s.postings {
		return terms{}, errDictionary
	}
	t := terms{s: s, rest: s.dictionary[from:]}
	t.offset = postings
	return t, nil
}

// next reads the next term; false at the end.
func (t *terms) next() (bool, error) {
	if len(t.rest) == 0 {
		return false, nil
	}
	position := t.s.footer.dictionary - uint64(len(t.rest))
	longest := min(uint64(len(t.rest)), 2+maxTerm+2*binary.MaxVarintLen64)
	if err := t.s.check(t.s.postings+position, longest); err != nil {
		return false, err
	}
	if t.inside%dictionaryBlock == 0 {
		t.term = t.term[:0]
	}
	t.inside++
	b := t.rest
	if len(b) < 2 || int(b[0]) > len(t.term) || int(b[0])+int(b[1]) > maxTerm || len(b) < 2+int(b[1]) {
		return false, errDictionary
	}
	t.term = append(t.term[:b[0]], b[2:2+int(b[1])]...)
	b = b[2+int(b[1]):]
	docs, n := binary.Uvarint(b)
	if n <= 0 {
		return false, errDictionary
	}
	size, m := binary.Uvarint(b[n:])
	t.offset += t.size
	if m <= 0 || docs == 0 || docs > uint64(t.s.docs) || t.offset > t.s.postings || size > t.s.postings-t.offset {
		return false, errDictionary
	}
	t.entry.docs, t.size, t.rest = docs, size, b[n+m:]
	return true, nil
}

// lookup finds a term; docs is 0 where the segment does not have it.
func (s *Segment) lookup(term string) (entry, error) {
	want := []byte(term)
	low, high := 0, len(s.index)/indexSize // the last block whose first term is not greater
	for low < high {
		middle := (low + high) / 2
		t, err := s.at(middle)
		if err != nil {
			return entry{}, err
		}
		if _, err := t.next(); err != nil {
			return entry{}, err
		}
		if bytes.Compare(t.term, want) <= 0 {
			low = middle + 1
		} else {
			high = middle
		}
	}
	if low == 0 {
		return entry{}, nil
	}
	t, err := s.at(low - 1)
	if err != nil {
		return entry{}, err
	}
	for range dictionaryBlock {
		if ok, err := t.next(); !ok || err != nil {
			return entry{}, err
		}
		if order := bytes.Compare(t.term, want); order == 0 {
			return t.entry, nil
		} else if order > 0 {
			break
		}
	}
	return entry{}, nil
}
