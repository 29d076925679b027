package vecfile

import (
	"bufio"
	"crypto/rand"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Appender adds vectors to a space's files. The caller makes sure that there is one at a time, with a lock. Nothing
// that it does is seen before Commit.
type Appender struct {
	dir, name string
	dims      int
	build     build
	base      *Set // what it appends to; nil for a new build, which no map names yet
	first     int  // slots that there were
	file      *os.File
	out       *bufio.Writer
	texts     []int64 // of the slots that came
	sums      []uint32
}

// Create starts a new build.
func Create(dir, name string, dims int) (*Appender, error) {
	a := &Appender{dir: dir, name: name, dims: dims}
	if _, err := rand.Read(a.build[:]); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(dir, rowsName(name, a.build)), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o644) //nolint:gosec // an index is as readable as the code it indexes
	if err != nil {
		return nil, err
	}
	a.file, a.out = f, bufio.NewWriterSize(f, 1<<20)
	if _, err := a.out.Write(encodeRowsHeader(dims, a.build)); err != nil {
		return nil, errors.Join(err, a.Abort())
	}
	return a, nil
}

// Continue appends behind the slots of an opened set, which stays usable.
func Continue(dir, name string, s *Set) (*Appender, error) {
	f, err := os.OpenFile(filepath.Join(dir, rowsName(name, s.Build)), os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	if _, err := f.Seek(int64(rowsOffset+s.Slots()*s.Dims*4), io.SeekStart); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &Appender{
		dir: dir, name: name, dims: s.Dims, build: s.Build, base: s, first: s.Slots(), file: f, out: bufio.NewWriterSize(f, 1<<20),
	}, nil
}

// Append writes a vector and returns its slot.
func (a *Appender) Append(text int64, v []float32) (uint32, error) {
	if len(v) != a.dims {
		return 0, fmt.Errorf("vector of %d dimensions for a file of %d", len(v), a.dims)
	}
	b := bytesOf(v)
	if _, err := a.out.Write(b); err != nil {
		return 0, err
	}
	a.texts = append(a.texts, text)
	a.sums = append(a.sums, crc32.Checksum(b, castagnoli))
	return uint32(a.first + len(a.texts) - 1), nil //nolint:gosec // bounded by the format
}

// Commit makes the vectors durable and replaces the map; a delta goes. Of c, the columns by row are used; h.Dims and
// what names files are filled in. Older builds of the space are removed.
func (a *Appender) Commit(h Header, c Columns) error {
	h.Dims, h.Build, h.FirstSlot = a.dims, a.build, 0
	if _, err := rand.Read(h.Map[:]); err != nil {
		return errors.Join(err, a.file.Close())
	}
	c.Texts, c.Sums, c.Dead = a.texts, a.sums, nil
	if a.base != nil {
		c.Texts = slices.Concat(a.base.Base.Texts, a.base.Delta.Texts, a.texts)
		c.Sums = slices.Concat(a.base.Base.Sums, a.base.Delta.Sums, a.sums)
	}
	if err := a.sync(); err != nil {
		return err
	}
	if err := writeMap(a.path(".map"), mapMagic, h, c); err != nil {
		return err
	}
	return errors.Join(removeFile(a.path(".delta")), removeFiles(a.dir, a.name, rowsName(a.name, a.build)))
}

// CommitDelta makes the vectors durable and replaces the delta; the map stays. Of c, the columns by row and Dead are
// used: all rows that the map does not have, and the rows of the map that no longer count. Only after Continue.
func (a *Appender) CommitDelta(h Header, c Columns) error {
	h.Dims, h.Build, h.Map, h.FirstSlot = a.dims, a.build, a.base.Map, len(a.base.Base.Texts)
	c.Texts = slices.Concat(a.base.Delta.Texts, a.texts)
	c.Sums = slices.Concat(a.base.Delta.Sums, a.sums)
	if err := a.sync(); err != nil {
		return err
	}
	if err := writeMap(a.path(".delta"), deltaMagic, h, c); err != nil {
		return err
	}
	return removeFiles(a.dir, a.name, rowsName(a.name, a.build))
}

func (a *Appender) path(suffix string) string { return filepath.Join(a.dir, a.name+suffix) }

// sync ends the rows file.
func (a *Appender) sync() error {
	err := a.out.Flush()
	if err == nil {
		err = a.file.Sync()
	}
	return errors.Join(err, a.file.Close())
}

// Abort gives up. Bytes behind the last committed slot are harmless; a build that was never committed is removed.
func (a *Appender) Abort() error {
	err := a.file.Close()
	if a.base == nil {
		err = errors.Join(err, os.Remove(a.file.Name()))
	}
	return err
}

// writeMap replaces a map or a delta: temporary file, fsync, rename, fsync of the folder.
func writeMap(path string, magic [8]byte, h Header, c Columns) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".tmp-*")
	if err != nil {
		return err
	}
	err = writeColumns(f, magic, h, c)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return syncDir(filepath.Dir(path))
}

func writeColumns(f *os.File, magic [8]byte, h Header, c Columns) error {
	b := body(c)
	if _, err := f.Write(encodeHeader(magic, h, c, crc32.Checksum(b, castagnoli))); err != nil {
		return err
	}
	if _, err := f.Write(b); err != nil {
		return err
	}
	if err := f.Chmod(0o644); err != nil { // an index is as readable as the code it indexes
		return err
	}
	return f.Sync()
}

// body lays the columns out behind the header.
func body(c Columns) []byte {
	columns := [][]byte{
		bytesOf(c.Chunks), bytesOf(c.Files), bytesOf(c.Kinds), bytesOf(c.Slots), bytesOf(c.Signs), bytesOf(c.Texts), bytesOf(c.Sums), bytesOf(c.Dead),
	}
	size := 0
	for _, column := range columns {
		size += padded(len(column))
	}
	b := make([]byte, size)
	at := 0
	for _, column := range columns {
		copy(b[at:], column)
		at += padded(len(column))
	}
	return b
}

// syncDir makes a rename durable. Systems that cannot sync a folder answer with an error that means nothing here: the
// files are derived, and a rename that is lost leaves the older map.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	_ = d.Sync()
	return d.Close()
}

// Remove deletes the files of a space.
func Remove(dir, name string) error {
	return errors.Join(removeFile(filepath.Join(dir, name+".map")), removeFile(filepath.Join(dir, name+".delta")), removeFiles(dir, name, ""))
}

func removeFile(path string) error {
	err := os.Remove(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// removeFiles deletes the rows files and temporary maps of a space, but for one. Mappings of deleted files stay valid.
func removeFiles(dir, name, keep string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	for _, e := range entries {
		own := strings.HasPrefix(e.Name(), name+"-") && strings.HasSuffix(e.Name(), ".rows") ||
			strings.HasPrefix(e.Name(), name+".map.tmp-") || strings.HasPrefix(e.Name(), name+".delta.tmp-")
		if own && e.Name() != keep {
			err = errors.Join(err, os.Remove(filepath.Join(dir, e.Name())))
		}
	}
	return err
}
