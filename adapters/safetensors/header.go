package safetensors

// This file decodes and checks the header: the one part of a file that an attacker or a truncated download can
// bend, so every number in it is bounded before it is used.

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
)

const (
	prefixLen = 8           // the header's length, little-endian uint64
	maxHeader = 100_000_000 // the cap of the format's reference reader
	maxDims   = 16          // far beyond any real tensor
	maxName   = 4096        // bytes of one tensor name
)

// span is one tensor's entry: data[begin:end) counted from the end of the header.
type span struct {
	name       string
	dtype      DType
	shape      []int
	begin, end int
}

type header struct {
	spans    []span // by offset, as stored
	metadata map[string]string
	dataAt   int // offset of the first data byte in the file
}

type jsonEntry struct {
	DType   *string  `json:"dtype"`
	Shape   []int64  `json:"shape"`
	Offsets []uint64 `json:"data_offsets"`
}

// parseHeader decodes the header of a whole file.
func parseHeader(data []byte) (*header, error) {
	if len(data) < prefixLen {
		return nil, fmt.Errorf("file is %d bytes, shorter than the %d-byte length field", len(data), prefixLen)
	}
	n := binary.LittleEndian.Uint64(data)
	switch rest := uint64(len(data) - prefixLen); {
	case n > maxHeader:
		return nil, fmt.Errorf("header says %d bytes, more than the cap of %d", n, maxHeader)
	case n > rest:
		return nil, fmt.Errorf("header says %d bytes, but only %d follow: the file is cut short", n, rest)
	case n < 2:
		return nil, fmt.Errorf("header of %d bytes cannot hold a JSON object", n)
	}
	h := &header{dataAt: prefixLen + int(n)}
	if err := h.parseJSON(data[prefixLen:h.dataAt]); err != nil {
		return nil, err
	}
	if err := h.checkLayout(len(data) - h.dataAt); err != nil {
		return nil, err
	}
	return h, nil
}

// parseJSON walks the top-level object by hand, because a map would hide a name that occurs twice.
func (h *header) parseJSON(text []byte) error {
	if text[0] != '{' {
		return errors.New("header does not start with '{'")
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	if _, err := dec.Token(); err != nil {
		return fmt.Errorf("header is not JSON: %w", err)
	}
	seen := make(map[string]bool)
	for dec.More() {
		tok, err := dec.Token()
		if err != nil {
			return fmt.Errorf("header is not JSON: %w", err)
		}
		name, ok := tok.(string)
		if !ok {
			return fmt.Errorf("header key %v is not a string", tok)
		}
		if len(name) > maxName {
			return fmt.Errorf("tensor name of %d bytes, more than %d", len(name), maxName)
		}
		if seen[name] {
			return fmt.Errorf("tensor %q is listed twice", name)
		}
		seen[name] = true
		if name == "__metadata__" {
			if err := dec.Decode(&h.metadata); err != nil {
				return fmt.Errorf("__metadata__ is not a map of strings: %w", err)
			}
			continue
		}
		var e jsonEntry
		if err := dec.Decode(&e); err != nil {
			return fmt.Errorf("tensor %q: %w", name, err)
		}
		s, err := e.span(name)
		if err != nil {
			return fmt.Errorf("tensor %q: %w", name, err)
		}
		h.spans = append(h.spans, s)
	}
	if _, err := dec.Token(); err != nil {
		return fmt.Errorf("header is not JSON: %w", err)
	}
	if rest := text[dec.InputOffset():]; len(bytes.TrimRight(rest, " \t\r\n\x00")) != 0 {
		return errors.New("header has text after its JSON object")
	}
	return nil
}

// span checks one entry by itself: known type, sane shape, and a byte range as long as the shape says.
func (e *jsonEntry) span(name string) (span, error) {
	if e.DType == nil || e.Shape == nil || e.Offsets == nil {
		return span{}, errors.New("dtype, shape or data_offsets is missing")
	}
	s := span{name: name, dtype: DType(*e.DType), shape: make([]int, 0, len(e.Shape))}
	size := s.dtype.Size()
	if size == 0 {
		return span{}, fmt.Errorf("unknown dtype %q", *e.DType)
	}
	if len(e.Shape) > maxDims {
		return span{}, fmt.Errorf("%d dimensions, more than %d", len(e.Shape), maxDims)
	}
	want, empty := int64(size), false
	for _, d := range e.Shape {
		if d < 0 || d > math.MaxInt32 {
			return span{}, fmt.Errorf("dimension %d is out of range", d)
		}
		s.shape = append(s.shape, int(d))
		if d == 0 {
			empty = true
			continue
		}
		if want > math.MaxInt64/d {
			return span{}, fmt.Errorf("shape %v overflows", e.Shape)
		}
		want *= d
	}
	if empty {
		want = 0
	}
	if len(e.Offsets) != 2 {
		return span{}, fmt.Errorf("data_offsets has %d numbers, not 2", len(e.Offsets))
	}
	begin, end := e.Offsets[0], e.Offsets[1]
	if begin > end || end > math.MaxInt64 || end > math.MaxInt {
		return span{}, fmt.Errorf("data_offsets %v are not a range", e.Offsets)
	}
	if end-begin != uint64(want) {
		return span{}, fmt.Errorf("shape %v of %s needs %d bytes, data_offsets give %d", e.Shape, s.dtype, want, end-begin)
	}
	s.begin, s.end = int(begin), int(end)
	return s, nil
}

// checkLayout checks the entries together: they must tile the data exactly, in some order, with no gap and no overlap.
func (h *header) checkLayout(size int) error {
	slices.SortFunc(h.spans, func(a, b span) int {
		if a.begin != b.begin {
			return a.begin - b.begin
		}
		if a.end != b.end {
			return a.end - b.end
		}
		return strings.Compare(a.name, b.name)
	})
	at := 0
	for _, s := range h.spans {
		if s.end > size {
			return fmt.Errorf("tensor %q ends at byte %d of %d: the file is cut short", s.name, s.end, size)
		}
		if s.begin != at {
			return fmt.Errorf("tensor %q starts at byte %d, expected %d: tensors overlap or leave a gap", s.name, s.begin, at)
		}
		at = s.end
	}
	if at != size {
		return fmt.Errorf("%d bytes of data belong to no tensor", size-at)
	}
	return nil
}
