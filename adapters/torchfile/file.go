package torchfile

import (
	"errors"
	"io/fs"
	"os"
	"slices"

	"loradex/adapters/safetensors"
	"loradex/internal/fault"
	"loradex/internal/mapped"
)

// File is an opened file of torch.save. It is safe for concurrent use until Close.
type File struct {
	path     string
	size     int64
	names    []string
	contents *contents
	unmap    func() error
}

// Open maps a file and reads its state dict. Errors: NotFound, Unavailable, Corrupt for a damaged file, and Unsupported
// for one that asks for more than a state dict does.
func Open(path string) (*File, error) {
	f, err := os.Open(path) //nolint:gosec // opening what the caller names is the purpose
	if err != nil {
		code := fault.Unavailable
		if errors.Is(err, fs.ErrNotExist) {
			code = fault.NotFound
		}
		return nil, fault.Wrap(code, err, "%s: cannot open", path)
	}
	defer f.Close() //nolint:errcheck // read only; the mapping outlives the descriptor
	return FromFile(f, path)
}

// FromFile is Open for a file that is already open, from its start; path stands in messages. The caller closes f, at once
// if it likes.
func FromFile(f *os.File, path string) (*File, error) {
	data, unmap, err := mapped.Bytes(f, path)
	if err != nil {
		return nil, err
	}
	file, err := Decode(path, data)
	if err != nil {
		if unmap != nil {
			err = errors.Join(err, unmap())
		}
		return nil, err
	}
	file.unmap = unmap
	return file, nil
}

// Decode reads a file that is in memory; name is for messages. The data must not change while the File is in use.
func Decode(name string, data []byte) (*File, error) {
	c, err := parse(data)
	if err != nil {
		return nil, corrupt(name, err)
	}
	f := &File{path: name, size: int64(len(data)), contents: c, names: make([]string, 0, len(c.tensors))}
	for tensor := range c.tensors {
		f.names = append(f.names, tensor)
	}
	slices.Sort(f.names)
	return f, nil
}

// corrupt puts the file's name before an error; refusals keep their code and hint.
func corrupt(path string, err error) error {
	if code := fault.CodeOf(err); code == fault.Unsupported {
		return fault.Wrap(code, err, "%s", path)
	}
	return fault.Wrap(fault.Corrupt, err, "%s: not a file of torch.save that can be read", path).
		WithHint("copy or download the file again; it may be cut short")
}

// Names lists the tensors, sorted.
func (f *File) Names() []string { return slices.Clone(f.names) }

// Tensor gives type, shape and bytes of a tensor, in the order of its elements. They are a view of the file for a
// contiguous tensor, and a copy for a transposed or strided one.
func (f *File) Tensor(name string) (safetensors.Tensor, bool) {
	t, ok := f.contents.tensors[name]
	if !ok {
		return safetensors.Tensor{}, false
	}
	return safetensors.Tensor{Name: name, DType: t.storage.dtype, Shape: slices.Clone(t.shape), Data: f.bytes(t)}, true
}

// Float32 gives the values of a tensor, as [safetensors.Tensor.Float32] does, and its shape. A contiguous fp32 tensor is a
// view of the file. Errors: NotFound, and Unsupported for a type that is no float.
func (f *File) Float32(name string) ([]float32, []int, error) {
	t, ok := f.Tensor(name)
	if !ok {
		return nil, nil, fault.New(fault.NotFound, "%s: no tensor %q", f.path, name)
	}
	values := t.Float32()
	if values == nil {
		return nil, nil, fault.New(fault.Unsupported, "%s: tensor %q is %s, not a floating-point type that can be read", f.path, name, t.DType)
	}
	return values, t.Shape, nil
}

// Size is the file's size in bytes.
func (f *File) Size() int64 { return f.size }

// Close unmaps the file. Views of it are invalid after that.
func (f *File) Close() error {
	if f.unmap == nil {
		return nil
	}
	unmap := f.unmap
	f.unmap = nil
	if err := unmap(); err != nil {
		return fault.Wrap(fault.Unavailable, err, "%s: cannot unmap", f.path)
	}
	return nil
}

// bytes are the tensor's elements in order. The size of a copy is bounded by the storage: [tensor.check].
func (f *File) bytes(t *tensor) []byte {
	data, size, n := f.contents.data[t.storage], t.storage.dtype.Size(), t.elements()
	if n == 0 {
		return nil
	}
	if t.contiguous() {
		from, to := t.offset*size, (t.offset+n)*size
		return data[from:to:to]
	}
	out := make([]byte, 0, n*size)
	index := make([]int, len(t.shape))
	for range n {
		at := t.offset
		for i, k := range index {
			at += k * t.stride[i]
		}
		out = append(out, data[at*size:(at+1)*size]...)
		for i := len(index) - 1; i >= 0; i-- { // the last index runs fastest
			if index[i]++; index[i] < t.shape[i] {
				break
			}
			index[i] = 0
		}
	}
	return out
}
