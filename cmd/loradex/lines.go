package main

// This file reads JSON lines from outside: bounded, numbered, strict.

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"

	"loradex/internal/fault"
)

// maxLine is the longest line of input, in bytes.
const maxLine = 16 << 20

// lineReader reads lines that are not blank and counts all.
type lineReader struct {
	s      *bufio.Scanner
	number int // of the line that was read last, from 1
}

func newLineReader(r io.Reader) *lineReader {
	s := bufio.NewScanner(r)
	s.Buffer(make([]byte, 0, 64<<10), maxLine)
	return &lineReader{s: s}
}

// next returns the next line, valid until the next call; io.EOF at the end.
func (l *lineReader) next() ([]byte, error) {
	for l.s.Scan() {
		l.number++
		if line := bytes.TrimSpace(l.s.Bytes()); len(line) > 0 {
			return line, nil
		}
	}
	err := l.s.Err()
	switch {
	case err == nil:
		return nil, io.EOF
	case errors.Is(err, bufio.ErrTooLong):
		l.number++
		return nil, fault.New(fault.Invalid, "longer than %d bytes", maxLine)
	default:
		return nil, fault.Wrap(fault.Unavailable, err, "standard input cannot be read")
	}
}

// decodeStrict reads one JSON value with known fields and nothing after it.
func decodeStrict(data []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is more after the value")
	}
	return nil
}
