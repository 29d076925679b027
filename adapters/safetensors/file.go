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

// File is an open safetensors file, safe for concurrent readers until Close.
type File struct {
	path     string
	size     int64
	names    []string
	tensors  map[string]Tensor
	metadata map[string]string
	unmap    func() error
	close    sync.Once
	closeErr error
}

// Open maps the file and checks its header. Where the file system cannot map (some network and FUSE mounts), the
// file is read into memory instead, and [File.Mapped] says so.
//
// Errors: NotFound without such a file, Corrupt where its content breaks the format, Unavailable where it cannot be read.
func Open(path string) (*File, error) {
	f, err := os.Open(path)
	if err != nil {
		code := fault.Unavailable
		if errors.Is(err, fs.ErrNotExist) {
			code = fault.NotFound
		}
		return nil, fault.Wrap(code, err, "%s: cannot open", path)
	}
	defer f.Close()
	return FromFile(f, path)
}

// FromFile is Open for a file that is already open, from its start; path stands in messages. The caller closes f,
// at once if it likes.
func FromFile(f *os.File, path string) (*File, error) {
	data, unmap, err := mapped.Bytes(f, path)
	if err != nil {
		return nil, err
	}
	file, err := newFile(path, data)
	if err != nil {
		if unmap != nil {
			err = errors.Join(err, unmap())
		}
		return nil, err
	}
	file.unmap = unmap
	return file, nil
}

// Decode is Open for a file that is already in memory; name stands in messages. The File aliases data.
func Decode(name string, data []byte) (*File, error) { return newFile(name, data) }

func newFile(path string, data []byte) (*File, error) {
	h, err := parseHeader(data)
	if err != nil {
		return nil, corrupt(path, err)
	}
	f := &File{
		path: path, size: int64(len(data)), metadata: h.metadata,
		names: make([]string, 0, len(h.spans)), tensors: make(map[string]Tensor, len(h.spans)),
	}
	for _, s := range h.spans {
		begin, end := h.dataAt+s.begin, h.dataAt+s.end
		f.tensors[s.name] = Tensor{Name: s.name, DType: s.dtype, Shape: s.shape, Data: data[begin:end:end]}
		f.names = append(f.names, s.name)
	}
	slices.Sort(f.names)
	return f, nil
}

// Path is what Open was given.
func (f *File) Path() string { return f.path }

// Size is the file's size in bytes.
func (f *File) Size() int64 { return f.size }

// Mapped says whether the tensors lie in a memory mapping, and not in the heap.
func (f *File) Mapped() bool { return f.unmap != nil }

// Names lists the tensors in byte order of their names. The slice is the caller's.
func (f *File) Names() []string { return slices.Clone(f.names) }

// Metadata is the header's free map of strings; nil where there is none. Do not write to it.
func (f *File) Metadata() map[string]string { return f.metadata }

// Tensor returns a tensor by name. Its Data aliases the file: never write to it.
func (f *File) Tensor(name string) (Tensor, bool) {
	t, ok := f.tensors[name]
	return t, ok
}

// Float32 returns a tensor's elements, as [Tensor.Float32] does, and its shape.
//
// Errors: NotFound for an unknown name, Unsupported for a type that is not one of these floats.
func (f *File) Float32(name string) ([]float32, []int, error) {
	t, ok := f.tensors[name]
	if !ok {
		return nil, nil, fault.New(fault.NotFound, "%s: no tensor %q", f.path, name)
	}
	v := t.Float32()
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

func corrupt(path string, err error) error {
	return fault.Wrap(fault.Corrupt, err, "%s: not a valid safetensors file", path).
		WithHint("copy or download the file again; it may be cut short")
}
