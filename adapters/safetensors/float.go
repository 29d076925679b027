package safetensors

// This file turns raw tensor bytes into float32.

import (
	"encoding/binary"
	"math"
	"unsafe"
)

// littleEndian says whether this machine stores numbers as the file does, which zero copy needs.
var littleEndian = binary.NativeEndian.Uint16([]byte{1, 0}) == 1

// float32 returns the tensor's elements. Aligned F32 aliases the tensor (never write to it); F16, BF16, F64 and unaligned
// F32 are converted into a new slice. F64 beyond float32's range becomes infinite. Nil for a type that is none of these floats.
func (t Tensor) float32() []float32 {
	if t.DType == F32 {
		if v, ok := viewFloat32(t.Data); ok {
			return v
		}
	}
	return convertFloat32(t.DType, t.Data)
}

// viewFloat32 returns data as float32 without copying, or false where alignment or byte order forbid it.
func viewFloat32(data []byte) ([]float32, bool) {
	if len(data) == 0 {
		return []float32{}, true
	}
	p := unsafe.Pointer(unsafe.SliceData(data))
	if !littleEndian || uintptr(p)%unsafe.Alignof(float32(0)) != 0 {
		return nil, false
	}
	return unsafe.Slice((*float32)(p), len(data)/4), true
}

// convertFloat32 returns a new slice with data's elements; nil for a type that is not a supported float.
func convertFloat32(dtype DType, data []byte) []float32 {
	size := dtype.Size()
	switch dtype {
	case F32, F16, BF16, F64:
	default:
		return nil
	}
	out := make([]float32, len(data)/size)
	switch dtype {
	case F32:
		for i := range out {
			out[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
		}
	case F16:
		for i := range out {
			out[i] = halfToFloat32(binary.LittleEndian.Uint16(data[2*i:]))
		}
	case BF16: // the upper half of a float32
		for i := range out {
			out[i] = math.Float32frombits(uint32(binary.LittleEndian.Uint16(data[2*i:])) << 16)
		}
	case F64:
		for i := range out {
			out[i] = float32(math.Float64frombits(binary.LittleEndian.Uint64(data[8*i:])))
		}
	}
	return out
}

// halfToFloat32 converts an IEEE 754 binary16 exactly.
func halfToFloat32(h uint16) float32 {
	sign := uint32(h>>15) << 31
	exp := uint32(h>>10) & 0x1f
	frac := uint32(h) & 0x3ff
	switch exp {
	case 0: // zero or subnormal: frac · 2^-24 is exact in float32
		f := float32(frac) * 0x1p-24
		return math.Float32frombits(math.Float32bits(f) | sign)
	case 0x1f: // infinity or NaN
		return math.Float32frombits(sign | 0xff<<23 | frac<<13)
	}
	return math.Float32frombits(sign | (exp+112)<<23 | frac<<13)
}
