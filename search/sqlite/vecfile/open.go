package vecfile

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/edsrzf/mmap-go"
)

// Set is the opened files of a space, mapped read-only. It is immutable and safe for concurrent use until Close.
type Set struct {
	Header          // of the delta where there is one, else of the map
	Base    Columns // of the map
	Delta   Columns // empty where there is no delta
	vectors []float32
	maps    []mmap.MMap
}

// Slots returns how many vectors there are.
func (s *Set) Slots() int { return len(s.Base.Texts) + len(s.Delta.Texts) }

// Open maps the files of a space. The error is fs.ErrNotExist where there are none, and wraps ErrDamaged where they do
// not hold together.
func Open(dir, name string) (*Set, error) {
	// Between reading the map and opening its rows another process may commit a new build and remove the old one.
	var err error
	for range 3 {
		var s *Set
		if s, err = open(dir, name); err == nil || !errors.Is(err, errRowsGone) {
			return s, err
		}
	}
	return nil, err
}

var errRowsGone = fmt.Errorf("%w: the rows file is missing", ErrDamaged)

func open(dir, name string) (*Set, error) {
	s := &Set{}
	body, err := s.mapFile(filepath.Join(dir, name+".map"), -1)
	if err != nil {
		return nil, err
	}
	if s.Header, s.Base, err = decode(mapMagic, body); err == nil {
		err = s.openDelta(filepath.Join(dir, name+".delta"))
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	data := s.Slots() * s.Dims * 4
	rows, err := s.mapFile(filepath.Join(dir, rowsName(name, s.Build)), rowsOffset+data)
	if errors.Is(err, fs.ErrNotExist) {
		err = errRowsGone
	}
	if err == nil {
		err = checkRowsHeader(rows, s.Dims, s.Build)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	s.vectors = view[float32](rows[rowsOffset : rowsOffset+data])
	return s, nil
}

// openDelta maps the delta. One that goes with another map was left by a process that was killed after it had
// replaced the map, or was replaced between opening the two: the map alone shows an earlier state, which is sound.
func (s *Set) openDelta(path string) error {
	body, err := s.mapFile(path, -1)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	h, c, err := decode(deltaMagic, body)
	if err != nil {
		return err
	}
	if h.Map != s.Map || h.Build != s.Build {
		return nil
	}
	if h.Dims != s.Dims || h.FirstSlot != len(s.Base.Texts) || len(c.Dead) > 0 && len(c.Dead) != (len(s.Base.Chunks)+63)/64 {
		return fmt.Errorf("%w: the delta does not fit its map", ErrDamaged)
	}
	s.Header, s.Delta = h, c
	return nil
}

// mapFile maps the first size bytes of a file, or all of it where size is negative. A shorter file is damaged: mapping
// beyond its end would fault when it is read.
func (s *Set) mapFile(path string, size int) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // read only; the mapping outlives it
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if size < 0 {
		size = int(info.Size())
	}
	if info.Size() < int64(size) || size < headerSize {
		return nil, fmt.Errorf("%w: %s has %d bytes", ErrDamaged, filepath.Base(path), info.Size())
	}
	m, err := mmap.MapRegion(f, size, mmap.RDONLY, 0, 0)
	if err != nil {
		return nil, fmt.Errorf("map %s: %w", filepath.Base(path), err)
	}
	s.maps = append(s.maps, m)
	return m, nil
}

// Sum returns the checksum that the vector of a slot should have.
func (s *Set) Sum(slot uint32) uint32 {
	if at := int(slot) - len(s.Base.Texts); at >= 0 {
		return s.Delta.Sums[at]
	}
	return s.Base.Sums[slot]
}

// Vector returns the vector of a slot. It aliases the mapping: it must not be kept beyond Close.
func (s *Set) Vector(slot uint32) []float32 {
	return s.vectors[int(slot)*s.Dims : (int(slot)+1)*s.Dims : (int(slot)+1)*s.Dims]
}

// Close unmaps the files.
func (s *Set) Close() error {
	var err error
	for i := range s.maps {
		err = errors.Join(err, s.maps[i].Unmap())
	}
	s.maps, s.vectors, s.Base, s.Delta = nil, nil, Columns{}, Columns{}
	return err
}

func rowsName(name string, b build) string { return name + "-" + hex.EncodeToString(b[:]) + ".rows" }

func encodeRowsHeader(dims int, b build) []byte {
	h := make([]byte, rowsOffset)
	copy(h, rowsMagic[:])
	e := binary.NativeEndian
	e.PutUint32(h[8:], orderMark)
	e.PutUint32(h[12:], version)
	e.PutUint32(h[16:], uint32(dims))
	copy(h[64:], b[:])
	e.PutUint32(h[headerSize-4:], crc32.Checksum(h[:headerSize-4], castagnoli))
	return h
}

func checkRowsHeader(h []byte, dims int, b build) error {
	want := encodeRowsHeader(dims, b)
	if len(h) < rowsOffset || !bytes.Equal(h[:headerSize], want[:headerSize]) {
		return fmt.Errorf("%w: header of the rows file", ErrDamaged)
	}
	return nil
}

var _ io.Closer = (*Set)(nil)
