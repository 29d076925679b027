package words

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"math"
)

// This file defines how a segment is written: front to back, term by term.

// docs are the columns of a segment's documents.
type docs struct {
	ids     []Doc
	lengths []uint32
}

func (d *docs) tokens() (n uint64) {
	for _, length := range d.lengths {
		n += uint64(length)
	}
	return n
}

// writer writes a segment.
type writer struct {
	to         io.Writer
	err        error
	page       []byte // of the present page
	sums       []byte
	dictionary []byte
	index      []byte
	last       string // term
	terms      int
	lengths    []uint32
	footer     footer
	buffer     []byte // of postings, used again
}

// errTooMany says that a segment cannot have so many documents.
var errTooMany = errors.New("too many chunks for a word file")

// newWriter begins a segment whose documents have some lengths. unit is the weight that a count of 1 stands for, average the
// length to compute bounds at.
func newWriter(to io.Writer, lengths []uint32, tokens uint64, unit, average float64) *writer {
	w := &writer{to: to, lengths: lengths}
	w.footer = footer{docs: uint32(len(lengths)), tokens: tokens, unit: unit, average: math.Max(1, average)} //nolint:gosec // bounded below
	if len(lengths) > maxDocs {
		w.err = errTooMany
	}
	return w
}

// write appends to the body.
func (w *writer) write(b []byte) {
	for len(b) > 0 && w.err == nil {
		n := min(len(b), pageSize-len(w.page))
		w.page = append(w.page, b[:n]...)
		if b = b[n:]; len(w.page) == pageSize {
			w.endPage()
		}
	}
}

func (w *writer) endPage() {
	w.sums = le.AppendUint32(w.sums, crc32.Checksum(w.page, castagnoli))
	_, err := w.to.Write(w.page)
	w.err, w.page = errors.Join(w.err, err), w.page[:0]
}

// term writes the postings of a term. Terms ascend, and so do documents.
func (w *writer) term(text string, at, counts []uint32) {
	w.buffer = w.appendPostings(w.buffer[:0], at, counts)
	w.write(w.buffer)
	shared := 0
	if w.terms%dictionaryBlock == 0 {
		w.index = le.AppendUint64(w.index, uint64(len(w.dictionary)))
		w.index = le.AppendUint64(w.index, w.footer.postings)
	} else {
		for shared < min(len(text), len(w.last)) && text[shared] == w.last[shared] {
			shared++
		}
	}
	w.dictionary = append(w.dictionary, byte(shared), byte(len(text)-shared))
	w.dictionary = append(w.dictionary, text[shared:]...)
	w.dictionary = binary.AppendUvarint(w.dictionary, uint64(len(at)))
	w.dictionary = binary.AppendUvarint(w.dictionary, uint64(len(w.buffer)))
	w.footer.postings += uint64(len(w.buffer))
	w.last = text
	w.terms++
}

// appendPostings encodes the postings of a term; package documentation has the layout.
func (w *writer) appendPostings(dst []byte, at, counts []uint32) []byte {
	lengthAt, lengthBy := lengthNorm(w.footer.average)
	level := func(at, counts []uint32) byte {
		best := 0.0
		for i, doc := range at {
			best = math.Max(best, factor(float64(counts[i])*w.footer.unit, lengthAt+lengthBy*float64(w.lengths[doc])))
		}
		return quantise(best)
	}
	full := len(at) / blockSize
	heads := len(dst)
	dst = append(dst, make([]byte, full*headSize)...)
	start, next := len(dst), uint32(0)
	for i := range full {
		var gaps, values [blockSize]uint32
		for j := range gaps {
			doc := at[i*blockSize+j]
			gaps[j], next = doc-next, doc+1
			values[j] = counts[i*blockSize+j] - 1
		}
		gapBits, countBits := width(gaps[:]), width(values[:])
		head := dst[heads+i*headSize:]
		le.PutUint32(head, next-1)
		le.PutUint32(head[4:], uint32(len(dst)-start)) //nolint:gosec // at most 7 bytes for each of maxDocs
		head[8] = level(at[i*blockSize:(i+1)*blockSize], counts[i*blockSize:])
		head[9], head[10] = byte(gapBits), byte(countBits)
		dst = pack(pack(dst, &gaps, gapBits), &values, countBits)
	}
	at, counts = at[full*blockSize:], counts[full*blockSize:]
	if len(at) == 0 {
		return dst
	}
	dst = append(dst, level(at, counts))
	for i, doc := range at {
		gap := uint64(doc - next)
		if next = doc + 1; counts[i] == 1 {
			dst = binary.AppendUvarint(dst, gap<<1|1)
			continue
		}
		dst = binary.AppendUvarint(binary.AppendUvarint(dst, gap<<1), uint64(counts[i]))
	}
	return dst
}

// end writes what follows the postings.
func (w *writer) end(d *docs) error {
	w.write(w.dictionary)
	w.write(w.index)
	columns := make([]byte, 0, 1<<16)
	for _, id := range d.ids {
		if columns = le.AppendUint64(columns, uint64(id.Chunk)); len(columns) >= 1<<16 { //nolint:gosec // the bits are kept
			w.write(columns)
			columns = columns[:0]
		}
	}
	for _, id := range d.ids {
		if columns = le.AppendUint64(columns, uint64(id.File)); len(columns) >= 1<<16 { //nolint:gosec // the bits are kept
			w.write(columns)
			columns = columns[:0]
		}
	}
	for _, id := range d.ids {
		columns = le.AppendUint32(columns, id.Kind)
	}
	for _, length := range d.lengths {
		columns = le.AppendUint32(columns, length)
	}
	w.write(columns)
	if len(w.page) > 0 {
		w.endPage()
	}
	if w.err != nil {
		return w.err
	}
	w.footer.dictionary, w.footer.index = uint64(len(w.dictionary)), uint64(len(w.index))
	w.footer.sums = crc32.Checksum(w.sums, castagnoli)
	_, err := w.to.Write(append(w.sums, w.footer.encode()...))
	return err
}
