package onnxfile

// This file reads tensors.

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"google.golang.org/protobuf/encoding/protowire"

	"loradex/adapters/safetensors"
)

// tensor is an initializer, or the value of a Constant. Its data alias the file where they lie there in one piece.
type tensor struct {
	dims     []int
	kind     int // TensorProto.DataType
	data     []byte
	external bool // the data lie in another file
}

// dtype is the type of elements that weights have; "" for any other.
func (t *tensor) dtype() safetensors.DType {
	switch t.kind {
	case 1:
		return safetensors.F32
	case 10:
		return safetensors.F16
	case 11:
		return safetensors.F64
	case 16:
		return safetensors.BF16
	}
	return ""
}

// ints are the values of an int64 tensor; nil for any other.
func (t *tensor) ints() []int64 {
	if t.kind != kindInt64 {
		return nil
	}
	out := make([]int64, 0, len(t.data)/8)
	for at := 0; at+8 <= len(t.data); at += 8 {
		out = append(out, int64(binary.LittleEndian.Uint64(t.data[at:]))) //nolint:gosec // two's complement
	}
	return out
}

// scalar is the value of a float tensor with one element; 0 for any other.
func (t *tensor) scalar() float64 {
	if t.dtype() != safetensors.F32 || len(t.data) != 4 {
		return 0
	}
	return float64(math.Float32frombits(binary.LittleEndian.Uint32(t.data)))
}

func parseTensor(message []byte) (name string, t tensor, err error) {
	err = each(message, func(field protowire.Number, kind protowire.Type, value []byte, number uint64) (err error) {
		switch field {
		case tensorName:
			name, err = text(value)
		case tensorType:
			t.kind = int(min(number, math.MaxInt32)) //nolint:gosec // bounded
		case tensorExternal:
			t.external = true
		case tensorPlace:
			t.external = t.external || number != 0
		case tensorRaw, tensorFloats: // packed floats are laid out as raw ones are; one by one, each is a piece
			t.add(value)
		case tensorDims:
			err = numbers(kind, value, number, func(d uint64) error {
				if len(t.dims) == maxDims || d > math.MaxInt32 {
					return fmt.Errorf("a shape of more than %d dimensions, or with one of %d", maxDims, d)
				}
				t.dims = append(t.dims, int(d))
				return nil
			})
		case tensorInts:
			err = numbers(kind, value, number, func(v uint64) error {
				t.add(binary.LittleEndian.AppendUint64(nil, v))
				return nil
			})
		}
		return err
	})
	if err == nil {
		err = t.check()
	}
	return name, t, err
}

// add appends a piece of data; the first is a view of the file.
func (t *tensor) add(piece []byte) {
	if len(t.data) == 0 {
		t.data = piece[:len(piece):len(piece)] // so that a second piece is not written into the file
		return
	}
	t.data = append(t.data, piece...)
}

// numbers calls visit for the values of a repeated number, packed or not.
func numbers(kind protowire.Type, packed []byte, one uint64, visit func(uint64) error) error {
	switch kind { //nolint:exhaustive // no others are numbers of this kind
	case protowire.VarintType:
		return visit(one)
	case protowire.BytesType:
		for len(packed) > 0 {
			v, n := protowire.ConsumeVarint(packed)
			if n < 0 {
				return protowire.ParseError(n)
			}
			packed = packed[n:]
			if err := visit(v); err != nil {
				return err
			}
		}
		return nil
	}
	return errors.New("a number is not written as one")
}

// check compares a tensor's data with its shape.
func (t *tensor) check() error {
	size := t.dtype().Size()
	if t.kind == kindInt64 {
		size = 8
	}
	if size == 0 || t.external {
		return nil // it can never be weights
	}
	want := int64(size)
	for _, d := range t.dims {
		if d > 0 && want > math.MaxInt64/int64(d) {
			return fmt.Errorf("shape %v overflows", t.dims)
		}
		want *= int64(d)
	}
	if want != int64(len(t.data)) {
		return fmt.Errorf("shape %v needs %d bytes, %d are there", t.dims, want, len(t.data))
	}
	return nil
}
