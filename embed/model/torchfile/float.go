package torchfile

import (
	"encoding/binary"
	"math"
	"slices"
	"unsafe"

	"loradex/adapters/safetensors"
	"loradex/internal/fault"
)

// Float32 gives the values and the shape of a tensor. A contiguous fp32 tensor is a view of the file, which must not
// be written to; fp16, bf16 and fp64 are converted. Errors: NotFound, and Unsupported for a type that is no float.
func (f *File) Float32(name string) ([]float32, []int, error) {
	t, ok := f.contents.tensors[name]
	if !ok {
		return nil, nil, fault.New(fault.NotFound, "%s: no tensor %q", f.path, name)
	}
	values := toFloat32(t.storage.dtype, f.bytes(t))
	if values == nil {
		return nil, nil, fault.New(fault.Unsupported, "%s: tensor %q is %s, not a floating-point type that can be read",
			f.path, name, t.storage.dtype)
	}
	return values, slices.Clone(t.shape), nil
}

// littleEndian tells whether this machine stores numbers as torch's files do, so that a view of the file is right.
var littleEndian = binary.NativeEndian.Uint16([]byte{1, 0}) == 1

// toFloat32 converts little-endian elements, or views them where they are aligned fp32. nil: the type is no float.
func toFloat32(dtype safetensors.DType, data []byte) []float32 {
	size := dtype.Size()
	var one func([]byte) float32
	switch dtype { //nolint:exhaustive // the others are no floats
	case safetensors.F32:
		if p := unsafe.Pointer(unsafe.SliceData(data)); len(data) > 0 && littleEndian && uintptr(p)%4 == 0 {
			return unsafe.Slice((*float32)(p), len(data)/4)
		}
		one = func(b []byte) float32 { return math.Float32frombits(binary.LittleEndian.Uint32(b)) }
	case safetensors.F16:
		one = func(b []byte) float32 { return half(binary.LittleEndian.Uint16(b)) }
	case safetensors.BF16: // the upper half of a float32
		one = func(b []byte) float32 { return math.Float32frombits(uint32(binary.LittleEndian.Uint16(b)) << 16) }
	case safetensors.F64:
		one = func(b []byte) float32 { return float32(math.Float64frombits(binary.LittleEndian.Uint64(b))) }
	default:
		return nil
	}
	out := make([]float32, len(data)/size)
	for i := range out {
		out[i] = one(data[i*size:])
	}
	return out
}

// half converts IEEE 754 binary16. Its 15 lower bits, moved to the place of a float32, are the value times 2^-112;
// multiplying that back is exact, for subnormal numbers too. Infinity and NaN only need the wider exponent filled.
func half(h uint16) float32 {
	const exponent = 0x7c00
	bits := math.Float32bits(math.Float32frombits(uint32(h&0x7fff)<<13) * 0x1p112)
	if h&exponent == exponent {
		bits |= 0xff << 23
	}
	return math.Float32frombits(bits | uint32(h>>15)<<31)
}
