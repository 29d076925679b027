package words

import (
	"encoding/binary"
	"fmt"
)

// headSize is what is known of a full block without decoding it.
const headSize = 12

// errPostings says that postings do not hold together.
var errPostings = fmt.Errorf("%w: postings", ErrDamaged)

// postings reads the postings of a term block by block.
type postings struct {
	s      *Segment
	heads  []byte
	data   []byte // the full blocks and whatever follows, for packed numbers are loaded with slack
	full   int    // blocks
	blocks int    // with the rest
	rest   struct {
		docs, counts []uint32
		level        byte
	}
	loaded  int // block that docs hold; -1 for none
	counted int // block that counts hold; -1 for none
	docs    []uint32
	counts  []uint32
	space   [2][blockSize]uint32
}

// open prepares to read the postings of a term. ErrDamaged where they do not hold together.
func (s *Segment) open(e entry) (*postings, error) {
	if err := s.check(e.offset, e.size); err != nil {
		return nil, err
	}
	p := &postings{s: s, loaded: -1, counted: -1, full: int(e.docs / blockSize)} //nolint:gosec // at most maxDocs
	if uint64(p.full)*headSize > e.size {                                        //nolint:gosec // not negative
		return nil, errPostings
	}
	body := s.data[e.offset : e.offset+e.size]
	p.heads, body = body[:p.full*headSize], body[p.full*headSize:]
	end, next := 0, uint32(0)
	if p.full > 0 {
		last := p.heads[(p.full-1)*headSize:]
		end = int(le.Uint32(last[4:])) + packed(int(last[9])+int(last[10]))
		next = le.Uint32(last) + 1
	}
	if end > len(body) || p.full > 0 && next > s.footer.docs {
		return nil, errPostings
	}
	p.data = s.data[e.offset+uint64(len(p.heads)) : e.offset+uint64(len(p.heads)+end)+slack] //nolint:gosec // a footer follows
	p.blocks = p.full
	n := int(e.docs % blockSize)
	if body = body[end:]; n == 0 {
		return p, nil
	}
	p.blocks++
	return p, p.readRest(body, n, next)
}

// readRest decodes the documents behind the last full block.
func (p *postings) readRest(b []byte, n int, next uint32) error {
	if len(b) == 0 {
		return errPostings
	}
	numbers := make([]uint32, 2*n)
	p.rest.docs, p.rest.counts, p.rest.level = numbers[:n], numbers[n:], b[0]
	b = b[1:]
	for i := range n {
		gap, size := binary.Uvarint(b)
		if size <= 0 || gap>>1 >= uint64(p.s.footer.docs) {
			return errPostings
		}
		b = b[size:]
		count := uint64(1)
		if gap&1 == 0 {
			if count, size = binary.Uvarint(b); size <= 0 || count == 0 || count > maxCount {
				return errPostings
			}
			b = b[size:]
		}
		doc := uint64(next) + gap>>1
		if doc >= uint64(p.s.footer.docs) {
			return errPostings
		}
		p.rest.docs[i], p.rest.counts[i] = uint32(doc), uint32(count-1) //nolint:gosec // bounded above
		next = uint32(doc) + 1                                          //nolint:gosec // as above
	}
	return nil
}

// last returns the last document of a block.
func (p *postings) last(block int) uint32 {
	if block < p.full {
		return le.Uint32(p.heads[block*headSize:])
	}
	return p.rest.docs[len(p.rest.docs)-1]
}

// first returns a document that no document of a block is before.
func (p *postings) first(block int) uint32 {
	if block == 0 {
		return 0
	}
	return p.last(block-1) + 1
}

// level returns the bound of a block.
func (p *postings) level(block int) byte {
	if block < p.full {
		return p.heads[block*headSize+8]
	}
	return p.rest.level
}

// load decodes the documents of a block.
func (p *postings) load(block int) error {
	if block == p.loaded {
		return nil
	}
	p.loaded = block
	if block == p.full {
		p.docs = p.rest.docs
		return nil
	}
	head := p.heads[block*headSize:]
	gapBits, countBits, from := int(head[9]), int(head[10]), int(le.Uint32(head[4:]))
	if gapBits >= maxBits || countBits > maxBits || from+packed(gapBits+countBits)+slack > len(p.data) {
		p.loaded = -1
		return errPostings
	}
	unpack(&p.space[0], p.data[from:], gapBits)
	next := p.first(block)
	for i, gap := range &p.space[0] {
		next += gap
		p.space[0][i] = next
		next++
	}
	// A block of gaps cannot leave 32 bits, but for where it begins.
	if p.space[0][blockSize-1] != le.Uint32(head) || le.Uint32(head) >= p.s.footer.docs || p.space[0][0] > p.space[0][blockSize-1] {
		p.loaded = -1
		return errPostings
	}
	p.docs = p.space[0][:]
	return nil
}

// count decodes the counts of the block that was loaded, in units less one.
func (p *postings) count() {
	if p.counted == p.loaded {
		return
	}
	p.counted = p.loaded
	if p.loaded == p.full {
		p.counts = p.rest.counts
		return
	}
	head := p.heads[p.loaded*headSize:]
	unpack(&p.space[1], p.data[int(le.Uint32(head[4:]))+packed(int(head[9])):], int(head[10]))
	p.counts = p.space[1][:]
}

// seek returns the first block from one on that does not end before a document; blocks where there is none.
func (p *postings) seek(block int, doc uint32) int {
	if block >= p.blocks || p.last(block) >= doc {
		return block
	}
	step := 1
	for block+step < p.blocks && p.last(block+step) < doc {
		block += step
		step *= 2
	}
	low, high := block+1, min(block+step, p.blocks)
	for low < high {
		if middle := (low + high) / 2; p.last(middle) < doc {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low
}
