package safetensors

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"io"
	"math"
	"slices"
	"strings"
	"unsafe"

	"loradex/internal/atomicfile"
	"loradex/internal/fault"
)

// Write stores tensors and metadata at path, replacing a file atomically. The result depends only on the tensors and the metadata, not on
// their order: wide types come first, then names in byte order, so that every tensor is aligned for its type.
//
// Errors: Invalid for a tensor whose data does not fit its shape, a repeated name or an unknown type; Unavailable
// where the file cannot be written.
func Write(path string, tensors []Tensor, metadata map[string]string) error {
	sorted, head, err := encodeHeader(tensors, metadata)
	if err != nil {
		return err
	}
	err = atomicfile.Write(path, 0o644, func(w io.Writer) error {
		if _, err := w.Write(head); err != nil {
			return err
		}
		for _, t := range sorted {
			if _, err := w.Write(t.Data); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fault.Wrap(fault.Unavailable, err, "%s: cannot write", path)
	}
	return nil
}

// FromFloat32 makes an F32 tensor that owns its bytes.
func FromFloat32(name string, shape []int, values []float32) Tensor {
	t := Tensor{Name: name, DType: F32, Shape: slices.Clone(shape), Data: make([]byte, 4*len(values))}
	if littleEndian && len(values) > 0 {
		copy(t.Data, unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(values))), len(t.Data)))
		return t
	}
	for i, v := range values {
		binary.LittleEndian.PutUint32(t.Data[4*i:], math.Float32bits(v))
	}
	return t
}

// encodeHeader checks the tensors and returns them in file order with the length field and padded JSON.
func encodeHeader(tensors []Tensor, metadata map[string]string) ([]Tensor, []byte, error) {
	sorted := slices.Clone(tensors)
	slices.SortFunc(sorted, func(a, b Tensor) int {
		if d := b.DType.Size() - a.DType.Size(); d != 0 {
			return d
		}
		return strings.Compare(a.Name, b.Name)
	})
	seen := make(map[string]bool, len(sorted))
	head := bytes.NewBuffer(make([]byte, prefixLen))
	enc := json.NewEncoder(head)
	enc.SetEscapeHTML(false)
	head.WriteByte('{')
	// put writes one member; Encode ends each value with a newline, which is legal white space.
	put := func(key string, value any) error {
		if head.Len() > prefixLen+1 {
			head.WriteByte(',')
		}
		if err := enc.Encode(key); err != nil {
			return err
		}
		head.Truncate(head.Len() - 1)
		head.WriteByte(':')
		if err := enc.Encode(value); err != nil {
			return err
		}
		head.Truncate(head.Len() - 1)
		return nil
	}
	if len(metadata) > 0 {
		if err := put("__metadata__", metadata); err != nil { // a Go map is written with sorted keys
			return nil, nil, fault.Wrap(fault.Invalid, err, "metadata")
		}
	}
	at := uint64(0)
	for _, t := range sorted {
		end := at + uint64(len(t.Data))
		e := jsonEntry{DType: (*string)(&t.DType), Shape: make([]int64, len(t.Shape)), Offsets: []uint64{at, end}}
		for i, d := range t.Shape {
			e.Shape[i] = int64(d)
		}
		if _, err := e.span(t.Name); err != nil {
			return nil, nil, fault.Wrap(fault.Invalid, err, "tensor %q", t.Name)
		}
		if seen[t.Name] || t.Name == "__metadata__" || len(t.Name) > maxName {
			return nil, nil, fault.New(fault.Invalid, "tensor name %.80q is repeated, reserved or too long", t.Name)
		}
		seen[t.Name] = true
		if err := put(t.Name, e); err != nil {
			return nil, nil, fault.Wrap(fault.Invalid, err, "tensor %q", t.Name)
		}
		at = end
	}
	head.WriteByte('}')
	for head.Len()%8 != 0 { // data starts aligned for every type
		head.WriteByte(' ')
	}
	out := head.Bytes()
	if len(out)-prefixLen > maxHeader {
		return nil, nil, fault.New(fault.Invalid, "header of %d bytes is more than the format's cap", len(out)-prefixLen)
	}
	binary.LittleEndian.PutUint64(out, uint64(len(out)-prefixLen))
	return sorted, out, nil
}
