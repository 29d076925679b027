package words

import (
	"fmt"
	"hash/crc32"
	"sync/atomic"
)

// Segment is an immutable part of an index, over a file that may be mapped. Safe for concurrent use.
type Segment struct {
	footer
	data       []byte // all of the file
	dictionary []byte
	index      []byte
	chunks     []byte // columns
	files      []byte
	kinds      []byte
	lengths    []byte
	sums       []byte
	checked    []atomic.Uint32 // bitmap by page: its checksum was right; nil for data that needs no check
}

// Decode returns the segment that a file holds. trusted data was written by this process and is not checked against its
// checksums. ErrDamaged for what is no segment.
func Decode(data []byte, trusted bool) (*Segment, error) {
	f, err := decodeFooter(data)
	if err != nil {
		return nil, err
	}
	s := &Segment{footer: f, data: data}
	rest := data[f.postings:]
	for _, section := range []struct {
		to   *[]byte
		size uint64
	}{
		{&s.dictionary, f.dictionary},
		{&s.index, f.index},
		{&s.chunks, uint64(f.docs) * 8},
		{&s.files, uint64(f.docs) * 8},
		{&s.kinds, uint64(f.docs) * 4},
		{&s.lengths, uint64(f.docs) * 4},
		{&s.sums, f.pages() * 4},
	} {
		*section.to, rest = rest[:section.size:section.size], rest[section.size:]
	}
	if trusted {
		return s, nil
	}
	if crc32.Checksum(s.sums, castagnoli) != f.sums {
		return nil, fmt.Errorf("%w: checksums", ErrDamaged)
	}
	s.checked = make([]atomic.Uint32, (f.pages()+31)/32)
	start := f.postings + f.dictionary // the index and the columns are used without asking again
	if err := s.check(start, f.body()-start); err != nil {
		return nil, err
	}
	for i := uint32(1); i < f.docs; i++ {
		if s.chunk(i) <= s.chunk(i-1) {
			return nil, fmt.Errorf("%w: chunks out of order", ErrDamaged)
		}
	}
	return s, nil
}

// check makes sure that a part of the body is as it was written.
func (s *Segment) check(from, n uint64) error {
	if s.checked == nil || n == 0 {
		return nil
	}
	for page := from / pageSize; page <= (from+n-1)/pageSize; page++ {
		word, bit := &s.checked[page/32], uint32(1)<<(page%32)
		if word.Load()&bit != 0 {
			continue
		}
		b := s.data[page*pageSize : min((page+1)*pageSize, s.body())]
		if crc32.Checksum(b, castagnoli) != le.Uint32(s.sums[4*page:]) {
			return fmt.Errorf("%w: page %d", ErrDamaged, page)
		}
		word.Or(bit)
	}
	return nil
}

// Check verifies every checksum.
func (s *Segment) Check() error { return s.check(0, s.body()) }

// Docs counts the documents.
func (s *Segment) Docs() int { return int(s.docs) }

// Bytes is the size of the file.
func (s *Segment) Bytes() int { return len(s.data) }

// Unit is the weight that a count of 1 stands for.
func (s *Segment) Unit() float64 { return s.unit }

// Doc returns what a document is.
func (s *Segment) Doc(doc uint32) Doc { return Doc{s.chunk(doc), s.file(doc), s.kind(doc)} }

func (s *Segment) chunk(doc uint32) int64   { return int64(le.Uint64(s.chunks[8*int(doc):])) } //nolint:gosec // the bits are kept
func (s *Segment) file(doc uint32) int64    { return int64(le.Uint64(s.files[8*int(doc):])) }  //nolint:gosec // as above
func (s *Segment) kind(doc uint32) uint32   { return le.Uint32(s.kinds[4*int(doc):]) }
func (s *Segment) length(doc uint32) uint32 { return le.Uint32(s.lengths[4*int(doc):]) }

// find returns the document of a chunk.
func (s *Segment) find(chunk int64) (uint32, bool) {
	low, high := uint32(0), s.docs
	for low < high {
		if middle := (low + high) / 2; s.chunk(middle) < chunk {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low, low < s.docs && s.chunk(low) == chunk
}
