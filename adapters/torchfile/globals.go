package torchfile

import (
	"errors"
	"fmt"

	"loradex/adapters/safetensors"
	"loradex/internal/fault"
)

// This file is the table of what a pickle may name, and what it means here.

// storageTypes are the typed storages of torch, by the type of their elements.
var storageTypes = map[global]safetensors.DType{
	"torch.DoubleStorage": safetensors.F64, "torch.FloatStorage": safetensors.F32,
	"torch.HalfStorage": safetensors.F16, "torch.BFloat16Storage": safetensors.BF16,
	"torch.LongStorage": safetensors.I64, "torch.IntStorage": safetensors.I32, "torch.ShortStorage": safetensors.I16,
	"torch.CharStorage": safetensors.I8, "torch.ByteStorage": safetensors.U8, "torch.BoolStorage": safetensors.Bool,
}

// functions are the callables of a state dict. Each only arranges its arguments.
var functions = map[global]func(args tuple) (any, error){
	"collections.OrderedDict":         orderedDict,
	"torch._utils._rebuild_tensor":    rebuildTensor,
	"torch._utils._rebuild_tensor_v2": rebuildTensor,
	"torch._utils._rebuild_parameter": rebuildParameter,
}

// storage is the memory under tensors: a run of elements of one type, by the key that names its bytes in the file.
type storage struct {
	key   string
	dtype safetensors.DType
	numel int
}

// tensor is a view of a storage.
type tensor struct {
	storage *storage
	offset  int // in elements
	shape   []int
	stride  []int // in elements
}

// reduce is the opcode that calls a function.
func reduce(function, args any) (any, error) {
	name, ok := function.(global)
	call := functions[name]
	if !ok || call == nil {
		return nil, fault.New(fault.Unsupported, "calls %s, which a state dict does not do", typeName(function))
	}
	t, ok := args.(tuple)
	if !ok {
		return nil, fmt.Errorf("calls %s with %s", name, typeName(args))
	}
	v, err := call(t)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return v, nil
}

// orderedDict is OrderedDict(), or OrderedDict([(key, value), …]) as Python 2 wrote it.
func orderedDict(args tuple) (any, error) {
	d := &dict{}
	if len(args) == 0 {
		return d, nil
	}
	pairs, ok := args[0].(*list)
	if !ok || len(args) > 1 {
		return nil, errors.New("arguments are no list of pairs")
	}
	for _, p := range pairs.items {
		pair := tuple(nil)
		switch p := p.(type) {
		case tuple:
			pair = p
		case *list:
			pair = p.items
		}
		if len(pair) != 2 {
			return nil, errors.New("arguments are no list of pairs")
		}
		d.pairs = append(d.pairs, [2]any{pair[0], pair[1]})
	}
	return d, nil
}

// maxDims bounds the dimensions of a tensor. The encoder's have two.
const maxDims = 16

// rebuildTensor is (storage, offset, size, stride, requires_grad, hooks, …); what follows the stride says nothing about
// values.
func rebuildTensor(args tuple) (any, error) {
	if len(args) < 4 {
		return nil, errors.New("too few arguments")
	}
	s, ok := args[0].(*storage)
	if !ok {
		return nil, errors.New("the first argument is no storage")
	}
	offset, ok := args[1].(int64)
	if !ok || offset < 0 || offset > int64(s.numel) {
		return nil, errors.New("the offset lies outside the storage")
	}
	shape, err := ints(args[2])
	if err != nil {
		return nil, err
	}
	stride, err := ints(args[3])
	if err != nil {
		return nil, err
	}
	t := &tensor{storage: s, offset: int(offset), shape: shape, stride: stride}
	return t, t.check()
}

// rebuildParameter is (tensor, requires_grad, hooks): the tensor.
func rebuildParameter(args tuple) (any, error) {
	if len(args) == 0 {
		return nil, errors.New("too few arguments")
	}
	t, ok := args[0].(*tensor)
	if !ok {
		return nil, errors.New("the first argument is no tensor")
	}
	return t, nil
}

// ints is a size or a stride: a tuple of non-negative integers.
func ints(v any) ([]int, error) {
	t, ok := v.(tuple)
	if !ok || len(t) > maxDims {
		return nil, errors.New("a size or stride is no short tuple")
	}
	out := make([]int, len(t))
	for i, item := range t {
		n, ok := item.(int64)
		if !ok || n < 0 || n > maxElements {
			return nil, errors.New("a size or stride is no sensible number")
		}
		out[i] = int(n)
	}
	return out, nil
}

// maxElements bounds every count, so that products of two of them with an element size cannot overflow.
const maxElements = 1 << 40

// check compares a view with its storage. It may not have more elements than the storage either: with a stride of 0 a
// tensor of any size fits in one number, and would be blown up when it is read.
func (t *tensor) check() error {
	if len(t.shape) != len(t.stride) {
		return errors.New("size and stride have different lengths")
	}
	elements, last := 1, t.offset
	for _, n := range t.shape {
		if n == 0 {
			return nil // no element at all
		}
	}
	for i, n := range t.shape {
		if n > t.storage.numel/elements {
			return fmt.Errorf("a tensor of size %v in a storage of %d", t.shape, t.storage.numel)
		}
		elements *= n
		if n > 1 && t.stride[i] > t.storage.numel/(n-1) { // before the product, which could overflow
			return errors.New("a stride leaves the storage")
		}
		last += (n - 1) * t.stride[i]
		if last >= t.storage.numel {
			return fmt.Errorf("a tensor of size %v and stride %v leaves its storage of %d", t.shape, t.stride, t.storage.numel)
		}
	}
	if t.offset >= t.storage.numel {
		return errors.New("the offset lies outside the storage")
	}
	return nil
}

// elements is how many numbers the tensor has.
func (t *tensor) elements() int {
	n := 1
	for _, d := range t.shape {
		n *= d
	}
	return n
}

// contiguous tells whether the elements lie one after the other, in order.
func (t *tensor) contiguous() bool {
	step := 1
	for i := len(t.shape) - 1; i >= 0; i-- {
		if t.shape[i] != 1 && t.stride[i] != step {
			return false
		}
		step *= t.shape[i]
	}
	return true
}
