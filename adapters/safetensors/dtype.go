package safetensors

// DType is the element type of a tensor, spelled as in the file.
type DType string

// The element types that the format defines and this package reads. The sub-byte types of newer files (F4, F6…)
// are refused as corrupt: no consumer here could use them.
const (
	F64    DType = "F64"
	F32    DType = "F32"
	F16    DType = "F16"
	BF16   DType = "BF16"
	f8e4m3 DType = "F8_E4M3"
	f8e5m2 DType = "F8_E5M2"
	I64    DType = "I64"
	I32    DType = "I32"
	I16    DType = "I16"
	I8     DType = "I8"
	u64    DType = "U64"
	u32    DType = "U32"
	u16    DType = "U16"
	U8     DType = "U8"
	Bool   DType = "BOOL"
)

// Size is the number of bytes of one element, or 0 for a type that this package does not know.
func (d DType) Size() int {
	switch d {
	case F64, I64, u64:
		return 8
	case F32, I32, u32:
		return 4
	case F16, BF16, I16, u16:
		return 2
	case f8e4m3, f8e5m2, I8, U8, Bool:
		return 1
	}
	return 0
}
