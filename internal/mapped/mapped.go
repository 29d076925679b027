// Package mapped gives the bytes of a file, memory-mapped where the file system can.
//
//	data, unmap, err := mapped.Bytes(f, path)
//	if err != nil {
//		return err
//	}
//	f.Close() // the mapping outlives the descriptor
//	…
//	if unmap != nil {
//		err = unmap()
//	}
package mapped

import (
	"errors"
	"io"
	"os"

	"github.com/edsrzf/mmap-go"

	"loradex/internal/fault"
)

// Bytes returns what an open file holds, from its start; path stands in messages. The data must not be written to, and
// dies with unmap. Some network and FUSE mounts map nothing: there the file is read into memory, and unmap is nil, as it
// is for an empty file.
//
// Errors: Invalid for what is no regular file, Unavailable where it cannot be read.
func Bytes(f *os.File, path string) (data []byte, unmap func() error, err error) {
	info, err := f.Stat()
	if err != nil {
		return nil, nil, fault.Wrap(fault.Unavailable, err, "%s: cannot stat", path)
	}
	if !info.Mode().IsRegular() {
		return nil, nil, fault.New(fault.Invalid, "%s: not a regular file", path)
	}
	if info.Size() == 0 { // which cannot be mapped
		return nil, nil, nil
	}
	m, mapErr := mmap.Map(f, mmap.RDONLY, 0)
	if mapErr == nil {
		return m, m.Unmap, nil
	}
	if data, err = io.ReadAll(f); err != nil {
		return nil, nil, fault.Wrap(fault.Unavailable, errors.Join(mapErr, err), "%s: can neither map nor read", path)
	}
	return data, nil, nil
}
