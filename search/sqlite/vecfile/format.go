package vecfile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"unsafe"

	"loradex/search/sqlite/scan"
)

// This file defines the layout of maps and deltas, and decodes them.

// ErrDamaged is what every error wraps that a new build of the files would cure.
var ErrDamaged = errors.New("vector file is damaged or of another format")

const (
	version    = 2
	orderMark  = 0x01020304 // reads differently in another byte order
	headerSize = 128
	rowsOffset = 4096 // vectors start at a page, so mapped rows are aligned
	align      = 64   // every column starts at a cache line
	maxDims    = scan.MaxDims
	maxRows    = 1 << 31 // bounds sizes before they are multiplied
)

var (
	mapMagic   = [8]byte{'L', 'D', 'X', 'M', 'A', 'P', 0, 1}
	deltaMagic = [8]byte{'L', 'D', 'X', 'D', 'E', 'L', 0, 1}
	rowsMagic  = [8]byte{'L', 'D', 'X', 'R', 'O', 'W', 0, 1}
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
)

// Build names one rows file, and each map. A map only goes with the rows that it names, a delta only with its map.
type Build [16]byte

// Header says what a map or a delta was made from.
type Header struct {
	Dims       int
	Generation int64 // of the database, at which the map was complete
	Stamp      int64 // random number of that generation: tells a restored backup from the real past
	Seq        int64 // greatest vector ID of the database that the map knows
	Build      Build // of the rows
	Map        Build // of the map itself; in a delta, of the map that it goes with
	FirstSlot  int   // slots that the map of a delta has; 0 in a map
}

// Columns are the parallel arrays of a map or a delta; they may alias a mapped file. Rows ascend by chunk ID.
type Columns struct {
	Chunks []int64  // by row: chunk ID
	Files  []int64  // by row: ID of the chunk's file
	Kinds  []uint32 // by row: ID of the chunk's kind
	Slots  []uint32 // by row: where the vector is
	Signs  []uint64 // by row: scan.Words(Dims) words
	Texts  []int64  // by slot from FirstSlot on: ID of the text
	Sums   []uint32 // by slot from FirstSlot on: CRC-32C of the vector's bytes
	Dead   []uint64 // in a delta: bitmap over the rows of its map, those that no longer count; nil for none
}

// layout gives the offset of each column and the size of the file.
type layout struct {
	chunks, files, kinds, slots, signs, texts, sums, dead, size int
}

func layoutOf(rows, slots, words, dead int) layout {
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
	l.dead = next(dead * 8)
	l.size = at
	return l
}

// encodeHeader writes the header of a file whose columns have the given sizes and checksum.
func encodeHeader(magic [8]byte, h Header, c Columns, body uint32) []byte {
	b := make([]byte, headerSize)
	copy(b, magic[:])
	e := binary.NativeEndian
	e.PutUint32(b[8:], orderMark)
	e.PutUint32(b[12:], version)
	e.PutUint32(b[16:], uint32(h.Dims))
	e.PutUint32(b[20:], body)
	e.PutUint64(b[24:], uint64(h.Generation))
	e.PutUint64(b[32:], uint64(h.Stamp))
	e.PutUint64(b[40:], uint64(h.Seq))
	e.PutUint64(b[48:], uint64(len(c.Chunks)))
	e.PutUint64(b[56:], uint64(len(c.Texts)))
	copy(b[64:], h.Build[:])
	copy(b[80:], h.Map[:])
	e.PutUint64(b[96:], uint64(h.FirstSlot))
	e.PutUint64(b[104:], uint64(len(c.Dead)))
	e.PutUint32(b[headerSize-4:], crc32.Checksum(b[:headerSize-4], castagnoli))
	return b
}

// decode checks a whole map or delta file and returns its columns, which alias b. b must be aligned to 8 bytes, as
// mapped and allocated memory is.
func decode(magic [8]byte, b []byte) (Header, Columns, error) {
	var h Header
	var c Columns
	if len(b) < headerSize {
		return h, c, fmt.Errorf("%w: map is cut short", ErrDamaged)
	}
	e := binary.NativeEndian
	if [8]byte(b) != magic || e.Uint32(b[8:]) != orderMark || e.Uint32(b[12:]) != version {
		return h, c, fmt.Errorf("%w: not a map of version %d", ErrDamaged, version)
	}
	if crc32.Checksum(b[:headerSize-4], castagnoli) != e.Uint32(b[headerSize-4:]) {
		return h, c, fmt.Errorf("%w: checksum of the map's header", ErrDamaged)
	}
	rows, slots, first, dead := e.Uint64(b[48:]), e.Uint64(b[56:]), e.Uint64(b[96:]), e.Uint64(b[104:])
	dims := e.Uint32(b[16:])
	if dims < 1 || dims > maxDims || rows > maxRows || slots > maxRows || first > maxRows || dead > maxRows/64 {
		return h, c, fmt.Errorf("%w: map of %d rows, %d slots from %d, %d dimensions", ErrDamaged, rows, slots, first, dims)
	}
	h = Header{
		Dims:       int(dims),
		Generation: int64(e.Uint64(b[24:])), Stamp: int64(e.Uint64(b[32:])), Seq: int64(e.Uint64(b[40:])),
		Build: Build(b[64:80]), Map: Build(b[80:96]), FirstSlot: int(first),
	}
	words := scan.Words(h.Dims)
	l := layoutOf(int(rows), int(slots), words, int(dead))
	if l.size != len(b) {
		return h, c, fmt.Errorf("%w: map has %d bytes, its header says %d", ErrDamaged, len(b), l.size)
	}
	if crc32.Checksum(b[headerSize:], castagnoli) != e.Uint32(b[20:]) {
		return h, c, fmt.Errorf("%w: checksum of the map's columns", ErrDamaged)
	}
	n, m := int(rows), int(slots)
	c = Columns{
		Chunks: view[int64](b[l.chunks:], n), Files: view[int64](b[l.files:], n), Kinds: view[uint32](b[l.kinds:], n),
		Slots: view[uint32](b[l.slots:], n), Signs: view[uint64](b[l.signs:], n*words),
		Texts: view[int64](b[l.texts:], m), Sums: view[uint32](b[l.sums:], m), Dead: view[uint64](b[l.dead:], int(dead)),
	}
	return h, c, c.check(h.FirstSlot + m)
}

// check refuses columns that a search could not index safely.
func (c Columns) check(slots int) error {
	for i, slot := range c.Slots {
		if int(slot) >= slots {
			return fmt.Errorf("%w: row %d points at slot %d of %d", ErrDamaged, i, slot, slots)
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
