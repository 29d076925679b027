package dataset

// This file defines the reader and the writer of lines shared by all text formats of a data set.

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"hash"
	"io"
	"iter"
	"os"

	"loradex/internal/fault"
)

// MaxLine is the longest line that a file of a data set may have, in bytes. Memory for a line grows only as far as
// the line is really long.
const MaxLine = 16 << 20

// withFile calls f with a file, whose bytes go into sum on the way.
func withFile(path string, sum hash.Hash, f func(r io.Reader) error) error {
	file, err := os.Open(path)
	if err != nil {
		return openError(err, path)
	}
	defer file.Close()
	return f(io.TeeReader(file, sum))
}

// Lines calls f with every line of r that is not blank, without its line end, and its number from 1. An error of f is
// wrapped so that its message starts with name and line; Invalid for a line longer than limit bytes. The slice is valid only
// during the call.
func Lines(r io.Reader, name string, limit int, f func(n int, line []byte) error) error {
	scanner := bufio.NewScanner(r)
	scanner.Buffer(make([]byte, 0, min(limit, 64<<10)), limit)
	n := 0
	for scanner.Scan() {
		n++
		line := scanner.Bytes()
		if n == 1 {
			line = bytes.TrimPrefix(line, []byte("\ufeff")) // a byte order mark is not part of the first line
		}
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		if err := f(n, line); err != nil {
			return fault.Wrap(fault.Invalid, err, "%s:%d", name, n)
		}
	}
	err := scanner.Err()
	if errors.Is(err, bufio.ErrTooLong) {
		return fault.New(fault.Invalid, "%s:%d: the line is longer than %d MiB", name, n+1, limit>>20)
	}
	if err != nil {
		return fault.Wrap(fault.Unavailable, err, "cannot read %s after line %d", name, n)
	}
	return nil
}

// EncodeLines writes a line of JSON for each row. Unavailable where it cannot.
func EncodeLines[T any](w io.Writer, rows iter.Seq[T]) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for row := range rows {
		if err := enc.Encode(row); err != nil {
			return fault.Wrap(fault.Unavailable, err, "a line cannot be written")
		}
	}
	return nil
}
