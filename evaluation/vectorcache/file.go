package vectorcache

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"os"

	"loradex/internal/fault"
)

// This file defines one file of the cache.

const (
	extension = ".vectors"
	magic     = "LXVC"
	version   = 1
	header    = 16
	// maxDimensions bounds what a header may claim; no encoder comes near it.
	maxDimensions = 1 << 16
)

// file is one file of records. It is only read, or written and read by the process that made it.
type file struct {
	f          *os.File
	dimensions int
	w          *bufio.Writer // nil where it is only read
	end        int64         // where the next record goes
}

// recordSize is the length of a record in bytes.
func (f *file) recordSize() int64 { return sha256.Size + 4*int64(f.dimensions) + crc32.Size }

func (f *file) offset(i int) int64 { return header + int64(i)*f.recordSize() }

// create makes a file under a name of its own.
func create(dir string, dimensions int) (*file, error) {
	if dimensions < 1 || dimensions > maxDimensions {
		return nil, fault.New(fault.Invalid, "a vector of %d dimensions cannot be cached", dimensions)
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, writeError(err)
	}
	out, err := os.CreateTemp(dir, "*"+extension)
	if err != nil {
		return nil, writeError(err)
	}
	f := &file{f: out, dimensions: dimensions, w: bufio.NewWriterSize(out, 1<<16), end: header}
	head, _ := binary.Append([]byte(magic), binary.LittleEndian, []uint32{version, uint32(dimensions), 0}) //nolint:gosec // bounded above; numbers never fail
	if _, err := f.w.Write(head); err != nil {
		return nil, errors.Join(writeError(err), out.Close())
	}
	return f, nil
}

// open reads the digests of a file; nil for a file that is none of this version, or has no whole record.
func open(path string) (*file, [][sha256.Size]byte, error) {
	in, err := os.Open(path) //nolint:gosec // a file of the cache's own folder
	if err != nil {
		return nil, nil, readError(err)
	}
	f := &file{f: in}
	info, err := in.Stat()
	if err != nil {
		return nil, nil, errors.Join(readError(err), in.Close())
	}
	var head [header]byte
	if _, err := io.ReadFull(in, head[:]); err != nil || string(head[:4]) != magic || binary.LittleEndian.Uint32(head[4:]) != version {
		return nil, nil, in.Close()
	}
	if n := binary.LittleEndian.Uint32(head[8:]); n > 0 && n <= maxDimensions {
		f.dimensions = int(n)
	}
	records := (info.Size() - header) / f.recordSize()
	if f.dimensions == 0 || records == 0 {
		return nil, nil, in.Close()
	}
	digests := make([][sha256.Size]byte, records)
	for i := range digests {
		if _, err := in.ReadAt(digests[i][:], f.offset(i)); err != nil {
			return nil, nil, errors.Join(readError(err), in.Close())
		}
	}
	return f, digests, nil
}

// append adds a record and returns its place.
func (f *file) append(text [sha256.Size]byte, vector []float32) (int64, error) {
	if len(vector) != f.dimensions {
		return 0, fault.New(fault.Invalid, "a vector of %d dimensions among those of %d", len(vector), f.dimensions)
	}
	record := make([]byte, 0, f.recordSize())
	record = append(record, text[:]...)
	record, _ = binary.Append(record, binary.LittleEndian, vector) // numbers never fail
	record = binary.LittleEndian.AppendUint32(record, crc32.ChecksumIEEE(record))
	if _, err := f.w.Write(record); err != nil {
		return 0, writeError(err)
	}
	at := f.end
	f.end += int64(len(record))
	return at, nil
}

// read returns the vector of a record; nil where it is not whole, or of another text.
func (f *file) read(offset int64, text [sha256.Size]byte) ([]float32, error) {
	if f.w != nil {
		if err := f.w.Flush(); err != nil { // it may be in the buffer still
			return nil, writeError(err)
		}
	}
	record := make([]byte, f.recordSize())
	if _, err := f.f.ReadAt(record, offset); err != nil {
		return nil, readError(err)
	}
	body := record[:len(record)-crc32.Size]
	if crc32.ChecksumIEEE(body) != binary.LittleEndian.Uint32(record[len(body):]) || [sha256.Size]byte(body[:sha256.Size]) != text {
		return nil, nil
	}
	vector := make([]float32, f.dimensions)
	_, err := binary.Decode(body[sha256.Size:], binary.LittleEndian, vector)
	return vector, err
}

func (f *file) close() error {
	var flushed error
	if f.w != nil {
		flushed = f.w.Flush()
	}
	if err := errors.Join(flushed, f.f.Close()); err != nil {
		return writeError(err)
	}
	return nil
}

func readError(err error) error {
	return fault.Wrap(fault.Unavailable, err, "the vector cache cannot be read")
}

func writeError(err error) error {
	return fault.Wrap(fault.Unavailable, err, "the vector cache cannot be written")
}
