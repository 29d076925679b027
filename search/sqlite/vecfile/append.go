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
	build     Build
	fresh     bool // a new build, which no map names yet
	file      *os.File
	out       *bufio.Writer
	texts     []int64
	sums      []uint32
}

// Create starts a new build.
func Create(dir, name string, dims int) (*Appender, error) {
	a := &Appender{dir: dir, name: name, dims: dims, fresh: true}
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
	if _, err := f.Seek(int64(rowsOffset+len(s.Texts)*s.Dims*4), io.SeekStart); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &Appender{
		dir: dir, name: name, dims: s.Dims, build: s.Build, file: f, out: bufio.NewWriterSize(f, 1<<20),
		texts: slices.Clone(s.Texts), sums: slices.Clone(s.Sums),
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
	return uint32(len(a.texts) - 1), nil
}

// Commit makes the vectors durable and replaces the map. Of c, the columns by row are used; h.Dims and h.Build are
// filled in. Older builds of the space are removed.
func (a *Appender) Commit(h Header, c Columns) error {
	h.Dims, h.Build = a.dims, a.build
	c.Texts, c.Sums = a.texts, a.sums
	err := a.out.Flush()
	if err == nil {
		err = a.file.Sync()
	}
	if err = errors.Join(err, a.file.Close()); err != nil {
		return err
	}
	if err := writeMap(filepath.Join(a.dir, a.name+".map"), h, c); err != nil {
		return err
	}
	return removeFiles(a.dir, a.name, rowsName(a.name, a.build))
}

// Abort gives up. Bytes behind the last committed slot are harmless; a build that was never committed is removed.
func (a *Appender) Abort() error {
	err := a.file.Close()
	if a.fresh {
		err = errors.Join(err, os.Remove(a.file.Name()))
	}
	return err
}

// writeMap replaces a map file: temporary file, fsync, rename, fsync of the folder.
func writeMap(path string, h Header, c Columns) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".tmp-*")
	if err != nil {
		return err
	}
	err = writeColumns(f, h, c)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return syncDir(filepath.Dir(path))
}

func writeColumns(f *os.File, h Header, c Columns) error {
	b := body(c)
	if _, err := f.Write(encodeHeader(h, len(c.Chunks), len(c.Texts), crc32.Checksum(b, castagnoli))); err != nil {
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
	l := layoutOf(len(c.Chunks), len(c.Texts), len(c.Signs)/max(1, len(c.Chunks)))
	b := make([]byte, l.size-headerSize)
	copy(b[l.chunks-headerSize:], bytesOf(c.Chunks))
	copy(b[l.files-headerSize:], bytesOf(c.Files))
	copy(b[l.kinds-headerSize:], bytesOf(c.Kinds))
	copy(b[l.slots-headerSize:], bytesOf(c.Slots))
	copy(b[l.signs-headerSize:], bytesOf(c.Signs))
	copy(b[l.texts-headerSize:], bytesOf(c.Texts))
	copy(b[l.sums-headerSize:], bytesOf(c.Sums))
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
	err := os.Remove(filepath.Join(dir, name+".map"))
	if errors.Is(err, os.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, removeFiles(dir, name, ""))
}

// removeFiles deletes the rows files and temporary maps of a space, but for one. Mappings of deleted files stay valid.
func removeFiles(dir, name, keep string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	for _, e := range entries {
		own := strings.HasPrefix(e.Name(), name+"-") && strings.HasSuffix(e.Name(), ".rows") ||
			strings.HasPrefix(e.Name(), name+".map.tmp-")
		if own && e.Name() != keep {
			err = errors.Join(err, os.Remove(filepath.Join(dir, e.Name())))
		}
	}
	return err
}
