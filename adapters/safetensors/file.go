// Package safetensors reads and writes the safetensors format: a length, a JSON header, then raw tensors.
//
// Files are memory-mapped, so opening one costs its header and the tensors are read by the page cache when they
// are used. Everything that the header says is checked before it is believed: a damaged or hostile file is an
// error of code Corrupt that names it, never a panic and never a large allocation.
//
//	f, err := safetensors.Open("model.safetensors")
//	if err != nil {
//		return err
//	}
//	defer f.Close()
//	weights, shape, err := f.Float32("embeddings.word_embeddings.weight")
//
// What Tensor and Float32 return may alias the mapping: it is read-only and dies with Close. A file that another
// program cuts short while it is mapped faults on access; replace files by rename, as [Write] does.
package safetensors

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"slices"
	"sync"

	"loradex/internal/fault"
	"loradex/internal/mapped"
)

// Tensor is one named array. Data is row-major, little-endian.
type Tensor struct {
	Name  string
	DType DType
	Shape []int
	Data  []byte
}

// Len is the number of elements.
func (t Tensor) Len() int {
	n := 1
	for _, d := range t.Shape {
		n *= d
	}
	return n
}

// File is an open file of tensors, safe for concurrent readers until Close.
type File struct {
	path     string
	size     int64
	tensors  map[string]func() Tensor
	metadata map[string]string
	unmap    func() error
	close    sync.Once
	closeErr error
}

// Format reads a file of tensors that is in memory; name stands in messages. The File aliases data. [Decode] is one, and
// package torchfile has another.
type Format func(name string, data []byte) (*File, error)

// Open is [Format.Open] of a safetensors file: Corrupt where its content breaks the format.
func Open(path string) (*File, error) { return Format(Decode).Open(path) }

// Open maps the file and checks it. Where the file system cannot map (some network and FUSE mounts), the
// file is read into memory instead.
//
// Errors: NotFound without such a file, Unavailable where it cannot be read, and those of the format.
func (decode Format) Open(path string) (*File, error) {
	f, err := os.Open(path)
	if err != nil {
		code := fault.Unavailable
		if errors.Is(err, fs.ErrNotExist) {
			code = fault.NotFound
		}
		return nil, fault.Wrap(code, err, "%s: cannot open", path)
	}
	defer f.Close()
	return decode.FromFile(f, path)
}

// FromFile is Open for a file that is already open, from its start; path stands in messages. The caller closes f,
// at once if it likes.
func (decode Format) FromFile(f *os.File, path string) (*File, error) {
	data, unmap, err := mapped.Bytes(f, path)
	if err != nil {
		return nil, err
	}
	file, err := decode(path, data)
	if err != nil {
		if unmap != nil {
			err = errors.Join(err, unmap())
		}
		return nil, err
	}
	file.unmap = unmap
	return file, nil
}

// Decode is the [Format] of safetensors.
func Decode(name string, data []byte) (*File, error) {
	h, err := parseHeader(data)
	if err != nil {
		return nil, fault.Wrap(fault.Corrupt, err, "%s: not a valid safetensors file", name).
			WithHint("copy or download the file again; it may be cut short")
	}
	tensors := make(map[string]func() Tensor, len(h.spans))
	for _, s := range h.spans {
		begin, end := h.dataAt+s.begin, h.dataAt+s.end
		t := Tensor{Name: s.name, DType: s.dtype, Shape: s.shape, Data: data[begin:end:end]}
		tensors[s.name] = func() Tensor { return t }
	}
	f := NewFile(name, len(data), tensors)
	f.metadata = h.metadata
	return f, nil
}

// NewFile is for a [Format]: a file of size bytes with tensors that are made when they are asked for.
func NewFile(name string, size int, tensors map[string]func() Tensor) *File {
	return &File{path: name, size: int64(size), tensors: tensors}
}

// Path is where the file lies, as it was given.
func (f *File) Path() string { return f.path }

// Size is the file's size in bytes.
func (f *File) Size() int64 { return f.size }

// Names lists the tensors in byte order of their names.
func (f *File) Names() []string { return slices.Sorted(maps.Keys(f.tensors)) }

// Metadata is the header's free map of strings; nil where there is none. Do not write to it.
func (f *File) Metadata() map[string]string { return f.metadata }

// Tensor returns a tensor by name. Its Data may alias the file: never write to it.
func (f *File) Tensor(name string) (Tensor, bool) {
	t, ok := f.tensors[name]
	if !ok {
		return Tensor{}, false
	}
	return t(), true
}

// Float32 returns a tensor's elements, in row-major order, and its shape.
//
// Errors: NotFound for an unknown name, Unsupported for a type that is not one of these floats.
func (f *File) Float32(name string) ([]float32, []int, error) {
	t, ok := f.Tensor(name)
	if !ok {
		return nil, nil, fault.New(fault.NotFound, "%s: no tensor %q", f.path, name)
	}
	v := t.float32()
	if v == nil {
		return nil, nil, fault.New(fault.Unsupported, "%s: tensor %q is %s, not a floating-point type that can be read", f.path, name, t.DType).
			WithHint("store it as F32, F16, BF16 or F64")
	}
	return v, slices.Clone(t.Shape), nil
}

// Close unmaps the file. Every slice that came from it is invalid afterwards. Closing again returns the first result.
func (f *File) Close() error {
	f.close.Do(func() {
		if f.unmap == nil {
			return
		}
		if err := f.unmap(); err != nil {
			f.closeErr = fault.Wrap(fault.Unavailable, err, "%s: cannot unmap", f.path)
		}
	})
	return f.closeErr
}
