package vecfile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"unsafe"

	"loradex/search/sqlite/scan"
)

// This file defines the layout of the map file and decodes it.

// ErrDamaged is what every error wraps that a new build of the files would cure.
var ErrDamaged = errors.New("vector file is damaged or of another format")

const (
	version    = 1
	orderMark  = 0x01020304 // reads differently in another byte order
	headerSize = 128
	rowsOffset = 4096 // vectors start at a page, so mapped rows are aligned
	align      = 64   // every column starts at a cache line
	maxDims    = scan.MaxDims
	maxRows    = 1 << 31 // bounds sizes before they are multiplied
)

var (
	mapMagic   = [8]byte{'L', 'D', 'X', 'M', 'A', 'P', 0, 1}
	rowsMagic  = [8]byte{'L', 'D', 'X', 'R', 'O', 'W', 0, 1}
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
)

// Build names one rows file. A map only goes with the build that it names.
type Build [16]byte

// Header says what a map was made from.
type Header struct {
	Dims       int
	Generation int64 // of the database, at which the map was complete
	Stamp      int64 // random number of that generation: tells a restored backup from the real past
	Seq        int64 // greatest vector ID of the database that the map knows
	Build      Build
}

// Columns are the parallel arrays of a map; they may alias a mapped file. Rows ascend by chunk ID.
type Columns struct {
	Chunks []int64  // by row: chunk ID
	Files  []int64  // by row: ID of the chunk's file
	Kinds  []uint32 // by row: ID of the chunk's kind
	Slots  []uint32 // by row: where the vector is
	Signs  []uint64 // by row: scan.Words(Dims) words
	Texts  []int64  // by slot: ID of the text
	Sums   []uint32 // by slot: CRC-32C of the vector's bytes
}

// layout gives the offset of each column and the size of the file.
type layout struct {
	chunks, files, kinds, slots, signs, texts, sums, size int
}

func layoutOf(rows, slots, words int) layout {
	var l layout
	at := headerSize
	next := func(bytes int) int {
		start := at
		at = (at + bytes + align - 1) / align * align
		return start
	}
	l.chunks = next(rows * 8)
	l.files = next(rows * 8)
	l.kinds = next(rows * 4)
	l.slots = next(rows * 4)
	l.signs = next(rows * words * 8)
	l.texts = next(slots * 8)
	l.sums = next(slots * 4)
	l.size = at
	return l
}

// encodeHeader writes the header of a map whose columns have the given checksum.
func encodeHeader(h Header, rows, slots int, body uint32) []byte {
	b := make([]byte, headerSize)
	copy(b, mapMagic[:])
	e := binary.NativeEndian
	e.PutUint32(b[8:], orderMark)
	e.PutUint32(b[12:], version)
	e.PutUint32(b[16:], uint32(h.Dims))
	e.PutUint64(b[24:], uint64(h.Generation))
	e.PutUint64(b[32:], uint64(h.Stamp))
	e.PutUint64(b[40:], uint64(h.Seq))
	e.PutUint64(b[48:], uint64(rows))
	e.PutUint64(b[56:], uint64(slots))
	copy(b[64:], h.Build[:])
	e.PutUint32(b[80:], body)
	e.PutUint32(b[headerSize-4:], crc32.Checksum(b[:headerSize-4], castagnoli))
	return b
}

// decode checks a whole map file and returns its columns, which alias b. b must be aligned to 8 bytes, as mapped and
// allocated memory is.
func decode(b []byte) (Header, Columns, error) {
	var h Header
	var c Columns
	if len(b) < headerSize {
		return h, c, fmt.Errorf("%w: map is cut short", ErrDamaged)
	}
	e := binary.NativeEndian
	if [8]byte(b) != mapMagic || e.Uint32(b[8:]) != orderMark || e.Uint32(b[12:]) != version {
		return h, c, fmt.Errorf("%w: not a map of version %d", ErrDamaged, version)
	}
	if crc32.Checksum(b[:headerSize-4], castagnoli) != e.Uint32(b[headerSize-4:]) {
		return h, c, fmt.Errorf("%w: checksum of the map's header", ErrDamaged)
	}
	h = Header{
		Dims:       int(e.Uint32(b[16:])),
		Generation: int64(e.Uint64(b[24:])), Stamp: int64(e.Uint64(b[32:])), Seq: int64(e.Uint64(b[40:])),
		Build: Build(b[64:80]),
	}
	rows, slots := e.Uint64(b[48:]), e.Uint64(b[56:])
	if h.Dims < 1 || h.Dims > maxDims || rows > maxRows || slots > maxRows {
		return h, c, fmt.Errorf("%w: map of %d rows, %d slots, %d dimensions", ErrDamaged, rows, slots, h.Dims)
	}
	words := scan.Words(h.Dims)
	l := layoutOf(int(rows), int(slots), words)
	if l.size != len(b) {
		return h, c, fmt.Errorf("%w: map has %d bytes, its header says %d", ErrDamaged, len(b), l.size)
	}
	if crc32.Checksum(b[headerSize:], castagnoli) != e.Uint32(b[80:]) {
		return h, c, fmt.Errorf("%w: checksum of the map's columns", ErrDamaged)
	}
	n, m := int(rows), int(slots)
	c = Columns{
		Chunks: view[int64](b[l.chunks:], n), Files: view[int64](b[l.files:], n), Kinds: view[uint32](b[l.kinds:], n),
		Slots: view[uint32](b[l.slots:], n), Signs: view[uint64](b[l.signs:], n*words),
		Texts: view[int64](b[l.texts:], m), Sums: view[uint32](b[l.sums:], m),
	}
	return h, c, c.check()
}

// check refuses columns that a search could not index safely.
func (c Columns) check() error {
	for i, slot := range c.Slots {
		if int(slot) >= len(c.Texts) {
			return fmt.Errorf("%w: row %d points at slot %d of %d", ErrDamaged, i, slot, len(c.Texts))
		}
	}
	for i := 1; i < len(c.Chunks); i++ {
		if c.Chunks[i] <= c.Chunks[i-1] {
			return fmt.Errorf("%w: rows out of order at %d", ErrDamaged, i)
		}
	}
	return nil
}

// number is what columns are made of.
type number interface {
	int64 | uint64 | uint32 | float32
}

// view returns the first n numbers of b without copying.
func view[T number](b []byte, n int) []T {
	if n == 0 {
		return nil
	}
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(b))), n) //nolint:gosec // sizes were checked against len(b), columns are aligned
}

// bytesOf returns the memory of numbers.
func bytesOf[T number](s []T) []byte {
	if len(s) == 0 {
		return nil
	}
	var zero T
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), len(s)*int(unsafe.Sizeof(zero))) //nolint:gosec // reading numbers as bytes
}

// Sum returns the checksum of a vector as the map stores it.
func Sum(v []float32) uint32 { return crc32.Checksum(bytesOf(v), castagnoli) }
