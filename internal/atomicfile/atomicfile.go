// Package atomicfile replaces files so that a reader, or a crash, sees the old content or the new one and nothing
// between: a temporary file in the same folder, fsync, rename, fsync of the folder.
//
//	err := atomicfile.WriteBytes(path, 0o644, data)
package atomicfile

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Write creates or replaces the file at path with what fill writes. On any error the old file is left as it was
// and the temporary file is removed.
func Write(path string, mode fs.FileMode, fill func(io.Writer) error) error {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, ".tmp-*")
	if err != nil {
		return err
	}
	if err := complete(f, mode, fill); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return SyncDir(dir)
}

// WriteBytes is [Write] of some bytes.
func WriteBytes(path string, mode fs.FileMode, data []byte) error {
	return Write(path, mode, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// complete fills the file, makes it durable and closes it, whatever happens.
func complete(f *os.File, mode fs.FileMode, fill func(io.Writer) error) error {
	w := bufio.NewWriterSize(f, 1<<16)
	err := fill(w)
	if err == nil {
		err = w.Flush()
	}
	if err == nil {
		err = errors.Join(f.Chmod(mode), f.Sync())
	}
	return errors.Join(err, f.Close())
}

// SyncDir makes renames within dir durable.
func SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
