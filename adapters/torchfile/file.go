package torchfile

import (
	"slices"

	"loradex/adapters/safetensors"
	"loradex/internal/fault"
)

// Decode is the format of torch.save: it reads the state dict of a file that is in memory. Tensors are views of the file where
// they are contiguous, and copies, made when they are asked for, where they are transposed or strided.
//
// Errors: Corrupt for a damaged file, and Unsupported for one that asks for more than a state dict does.
func Decode(name string, data []byte) (*safetensors.File, error) {
	c, err := parse(data)
	switch {
	case fault.CodeOf(err) == fault.Unsupported: // refusals keep their hint
		return nil, fault.Wrap(fault.Unsupported, err, "%s", name)
	case err != nil:
		return nil, fault.Wrap(fault.Corrupt, err, "%s: not a file of torch.save that can be read", name).
			WithHint("copy or download the file again; it may be cut short")
	}
	tensors := make(map[string]func() safetensors.Tensor, len(c.tensors))
	for name, t := range c.tensors {
		tensors[name] = func() safetensors.Tensor {
			return safetensors.Tensor{Name: name, DType: t.storage.dtype, Shape: slices.Clone(t.shape), Data: t.bytes(c.data[t.storage])}
		}
	}
	return safetensors.NewFile(name, len(data), tensors), nil
}

// bytes are the tensor's elements in order. The size of a copy is bounded by the storage: [tensor.check].
func (t *tensor) bytes(data []byte) []byte {
	size, n := t.storage.dtype.Size(), t.elements()
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
