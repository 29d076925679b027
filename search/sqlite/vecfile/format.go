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

// build names one rows file, and each map. A map only goes with the rows that it names, a delta only with its map.
type build [16]byte

// Header says what a map or a delta was made from.
type Header struct {
	Dims       int
	Generation int64 // of the database, at which the map was complete
	Stamp      int64 // random number of that generation: tells a restored backup from the real past
	Seq        int64 // greatest vector ID of the database that the map knows
	Build      build // of the rows
	Map        build // of the map itself; in a delta, of the map that it goes with
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

// columnBytes are the lengths of the columns in a file, in the order of Columns. They lie one behind another, padded.
func columnBytes(rows, slots, words, dead int) [8]int {
	return [8]int{rows * 8, rows * 8, rows * 4, rows * 4, rows * words * 8, slots * 8, slots * 4, dead * 8}
}

func padded(bytes int) int { return (bytes + align - 1) / align * align }

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
		Build: build(b[64:80]), Map: build(b[80:96]), FirstSlot: int(first),
	}
	words := scan.Words(h.Dims)
	lengths, size := columnBytes(int(rows), int(slots), words, int(dead)), headerSize
	for _, n := range lengths {
		size += padded(n)
	}
	if size != len(b) {
		return h, c, fmt.Errorf("%w: map has %d bytes, its header says %d", ErrDamaged, len(b), size)
	}
	if crc32.Checksum(b[headerSize:], castagnoli) != e.Uint32(b[20:]) {
		return h, c, fmt.Errorf("%w: checksum of the map's columns", ErrDamaged)
	}
	var columns [8][]byte
	rest := b[headerSize:]
	for i, n := range lengths {
		columns[i], rest = rest[:n], rest[padded(n):]
	}
	c = Columns{
		Chunks: view[int64](columns[0]), Files: view[int64](columns[1]), Kinds: view[uint32](columns[2]), Slots: view[uint32](columns[3]),
		Signs: view[uint64](columns[4]), Texts: view[int64](columns[5]), Sums: view[uint32](columns[6]), Dead: view[uint64](columns[7]),
	}
	return h, c, c.check(h.FirstSlot + int(slots))
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

// view returns memory as numbers.
func view[T number](b []byte) []T {
	if len(b) == 0 {
		return nil
	}
	var zero T
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/int(unsafe.Sizeof(zero))) //nolint:gosec // columns are aligned
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
