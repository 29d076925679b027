package words

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
)

// This file defines the sections of a segment's file and its footer.

// ErrDamaged is what every error wraps that a new build of the files would cure.
var ErrDamaged = errors.New("word file is damaged or of another format")

const (
	version    = 1
	pageSize   = 64 << 10
	footerSize = 96
	docSize    = 24      // chunk, file, kind, length
	maxDocs    = 1 << 24 // of a segment; so 128 packed gaps never leave 32 bits
	maxTerm    = 255     // bytes of a term
)

var (
	magic      = [8]byte{'L', 'D', 'X', 'W', 'R', 'D', 0, 1}
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
	le         = binary.LittleEndian
)

// footer ends a file.
type footer struct {
	postings, dictionary, index uint64 // bytes
	docs                        uint32
	tokens                      uint64
	unit                        float64 // weight that a count of 1 stands for
	average                     float64 // length that bounds were computed at
	sums                        uint32  // checksum of the checksums
}

// body is the length of what is under checksums.
func (f *footer) body() uint64 {
	return f.postings + f.dictionary + f.index + uint64(f.docs)*docSize
}

// pages counts checksums.
func (f *footer) pages() uint64 { return (f.body() + pageSize - 1) / pageSize }

func (f *footer) encode() []byte {
	b := make([]byte, 0, footerSize)
	b = append(b, magic[:]...)
	b = le.AppendUint32(b, version)
	b = le.AppendUint32(b, f.docs)
	for _, n := range []uint64{
		f.postings, f.dictionary, f.index, f.tokens,
		math.Float64bits(f.unit), math.Float64bits(f.average), math.Float64bits(k1), math.Float64bits(b0),
	} {
		b = le.AppendUint64(b, n)
	}
	b = le.AppendUint32(b, f.sums)
	b = le.AppendUint32(b, 0)
	b = le.AppendUint32(b, 0)
	return le.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

// decodeFooter reads the footer of a file and checks that its sections fill the file.
func decodeFooter(data []byte) (f footer, err error) {
	if len(data) < footerSize {
		return f, fmt.Errorf("%w: %d bytes", ErrDamaged, len(data))
	}
	b := data[len(data)-footerSize:]
	if [8]byte(b) != magic || le.Uint32(b[footerSize-4:]) != crc32.Checksum(b[:footerSize-4], castagnoli) {
		return f, fmt.Errorf("%w: footer", ErrDamaged)
	}
	number := func(i int) uint64 { return le.Uint64(b[16+8*i:]) }
	f = footer{
		docs: le.Uint32(b[12:]), postings: number(0), dictionary: number(1), index: number(2), tokens: number(3),
		unit: math.Float64frombits(number(4)), average: math.Float64frombits(number(5)), sums: le.Uint32(b[80:]),
	}
	sound := le.Uint32(b[8:]) == version && number(6) == math.Float64bits(k1) && number(7) == math.Float64bits(b0) &&
		f.docs <= maxDocs && max(f.postings, f.dictionary, f.index) < 1<<48 && f.index%indexSize == 0 &&
		f.unit > 0 && f.unit <= 1 && f.average > 0 && !math.IsInf(f.average, 0) &&
		f.body()+4*f.pages()+footerSize == uint64(len(data))
	if !sound {
		return f, fmt.Errorf("%w: sections", ErrDamaged)
	}
	return f, nil
}
