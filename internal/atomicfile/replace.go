package atomicfile

import (
	"errors"
	"io"
	"os"
	"path/filepath"

	"loradex/internal/fault"
)

// Replace writes a file in one step: who reads it sees the old content or the new one. A link stays, and what it points to
// is replaced; what is no file, such as a pipe or a terminal, is written to as it is.
func Replace(path string, write func(io.Writer) error) error {
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		target = path // it is made new; any other error shows again below
	}
	if info, statErr := os.Stat(path); statErr == nil && !info.Mode().IsRegular() && !info.IsDir() {
		err = writeTo(path, write)
	} else {
		err = Write(target, 0o640, write)
	}
	if f := (*fault.Error)(nil); err == nil || errors.As(err, &f) { // what is to be written could not be made
		return err
	}
	return fault.Wrap(fault.Unavailable, err, "%s cannot be written", path).WithHint("name a file in a folder that exists and that you may write to, and check the space on its disk")
}

func writeTo(path string, write func(io.Writer) error) error {
	file, err := os.OpenFile(path, os.O_WRONLY, 0) //nolint:gosec // the user names it
	if err != nil {
		return err
	}
	if err := write(file); err != nil {
		_ = file.Close() // the first error is the one to report
		return err
	}
	return file.Close()
}

// Content is the content of a file that is at hand.
func Content(data []byte) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	}
}
